/**
 * What kind of network an IP address belongs to, by the registries of special-purpose addresses (RFC 6890, IANA). Just
 * `public` ones are out in the Internet; whatever carries an IPv4 address inside an IPv6 one is judged by that.
 */

export type AddressKind =
  | 'public'
  | 'loopback'
  | 'private'
  | 'link-local'
  | 'shared'
  | 'multicast'
  | 'unspecified'
  | 'reserved';

/** `address` as systems write it: without brackets, perhaps with a zone (`fe80::1%eth0`). What is no address is `reserved`. */
export function addressKind(address: string): AddressKind {
  const four = parseIpv4(address);
  if (four !== undefined) return kindOf(IPV4, BigInt(four), 32);
  const six = parseIpv6(address.split('%')[0] ?? '');
  return six === undefined ? 'reserved' : ipv6Kind(six);
}

/** As URLs write it (`[::1]`, `127.0.0.1`); undefined for a name. */
export function addressOfHost(host: string): string | undefined {
  if (host.startsWith('[') && host.endsWith(']')) return host.slice(1, -1);
  return parseIpv4(host) === undefined ? undefined : host;
}

interface Block {
  readonly bits: bigint;
  readonly length: number;
  readonly kind: AddressKind;
}

/** `192.168.0.0/16`, in the order of the registry. */
const IPV4 = [
  ['0.0.0.0/32', 'unspecified'],
  ['0.0.0.0/8', 'reserved'],
  ['10.0.0.0/8', 'private'],
  ['100.64.0.0/10', 'shared'],
  ['127.0.0.0/8', 'loopback'],
  // Cloud metadata services answer at 169.254.169.254.
  ['169.254.0.0/16', 'link-local'],
  // Azure's wire server: a public address that is reachable from its machines only.
  ['168.63.129.16/32', 'reserved'],
  ['172.16.0.0/12', 'private'],
  ['192.0.0.0/24', 'reserved'],
  ['192.0.2.0/24', 'reserved'],
  ['192.88.99.0/24', 'reserved'],
  ['192.168.0.0/16', 'private'],
  ['198.18.0.0/15', 'reserved'],
  ['198.51.100.0/24', 'reserved'],
  ['203.0.113.0/24', 'reserved'],
  ['224.0.0.0/4', 'multicast'],
  ['240.0.0.0/4', 'reserved'],
].map(([range, kind]): Block => {
  const [base = '', length = ''] = (range ?? '').split('/');
  return { bits: BigInt(parseIpv4(base) ?? 0), length: Number(length), kind: kind as AddressKind };
});

const IPV6 = [
  ['::/128', 'unspecified'],
  ['::1/128', 'loopback'],
  ['fc00::/7', 'private'],
  ['fe80::/10', 'link-local'],
  // Site-local, deprecated but still routed by some.
  ['fec0::/10', 'private'],
  ['ff00::/8', 'multicast'],
  // A translator to IPv4 of the network's own choice.
  ['64:ff9b:1::/48', 'private'],
  // Protocol assignments, Teredo among them: a tunnel to anywhere.
  ['2001::/23', 'reserved'],
  ['2001:db8::/32', 'reserved'],
  ['3fff::/20', 'reserved'],
].map(([range, kind]): Block => {
  const [base = '', length = ''] = (range ?? '').split('/');
  return { bits: parseIpv6(base) ?? 0n, length: Number(length), kind: kind as AddressKind };
});

/** Ranges that carry an IPv4 address, and how many bits follow it. */
const CARRIERS = [
  // Mapped, translated (SIIT), compatible, NAT64, 6to4.
  ['::ffff:0:0/96', 0],
  ['::ffff:0:0:0/96', 0],
  ['::/96', 0],
  ['64:ff9b::/96', 0],
  ['2002::/16', 80],
].map(([range, after]) => {
  const [base = '', length = ''] = String(range).split('/');
  return { bits: parseIpv6(base) ?? 0n, length: Number(length), after: BigInt(after ?? 0) };
});

function ipv6Kind(address: bigint): AddressKind {
  const own = IPV6.find((block) => contains(block, address, 128));
  if (own !== undefined) return own.kind;
  const carrier = CARRIERS.find((block) => contains(block, address, 128));
  if (carrier !== undefined) return kindOf(IPV4, (address >> carrier.after) & 0xffff_ffffn, 32);
  // All that is given out is in 2000::/3.
  return address >> 125n === 1n ? 'public' : 'reserved';
}

function kindOf(blocks: readonly Block[], address: bigint, width: number): AddressKind {
  return blocks.find((block) => contains(block, address, width))?.kind ?? 'public';
}

function contains({ bits, length }: Pick<Block, 'bits' | 'length'>, address: bigint, width: number): boolean {
  const shift = BigInt(width - length);
  return address >> shift === bits >> shift;
}

/** Four decimal numbers, as URLs are normalised to and systems write. */
function parseIpv4(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)) {
    return undefined;
  }
  return parts.reduce((all, part) => all * 256 + Number(part), 0);
}

/** RFC 4291 §2.2. */
function parseIpv6(text: string): bigint | undefined {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const last = dotted && parseIpv4(dotted[2] ?? '');
  if (dotted && last === undefined) return undefined;
  const hex = dotted ? `${dotted[1]}${((last ?? 0) >>> 16).toString(16)}:${((last ?? 0) & 0xffff).toString(16)}` : text;
  const halves = hex.split('::');
  if (halves.length > 2) return undefined;
  const [head = [], tail = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array<string>(missing).fill('0'), ...tail];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return groups.reduce((all, group) => (all << 16n) | BigInt(`0x${group}`), 0n);
}
