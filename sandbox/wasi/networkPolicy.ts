/**
 * What a guest may connect to: `network.allow` as a decision about URLs, and about the addresses that their names turn
 * out to have. Default deny, and nothing but `http` and `https`.
 */
import type { ErrnoName } from './errno.ts';
import { addressKind, addressOfHost } from './networkAddress.ts';

/** What a violation says of a refused request. */
export interface NetworkRefusal {
  /** `host:port`. */
  readonly target: string;
  readonly required: 'network.allow' | 'network.maxConnections' | 'network.maxResponseSize';
  readonly available: readonly string[];
}

/** Where a request goes. */
export interface Endpoint {
  readonly url: URL;
  /** A name in lower case without a final dot, or an address without brackets. */
  readonly host: string;
  readonly port: number;
}

export type Verdict =
  | { readonly kind: 'granted'; readonly endpoint: Endpoint }
  | { readonly kind: 'refused'; readonly refusal: NetworkRefusal }
  /** No URL that could be asked for, whatever is granted. */
  | { readonly kind: 'failed'; readonly errno: ErrnoName };

interface Rule {
  readonly host: string;
  readonly port: number;
  /** Any name that ends with the host, a dot between; never an address. */
  readonly subdomains: boolean;
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/** Stands for every host of the public network, in a run that a policy is learned from. No `sandbox.json` can say it. */
export const ANY_PUBLIC_HOST = '*';

export class NetworkPolicy {
  readonly #allow: readonly string[];
  readonly #rules: readonly Rule[];

  /** Entries of `network.allow`; what is no address with a port grants nothing. */
  constructor(allow: readonly string[]) {
    this.#allow = allow;
    this.#rules = allow.flatMap((entry) => ruleOf(entry) ?? []);
  }

  /** Whether a URL may be asked for. Its name's addresses are to be checked too, with `permits`. */
  check(text: string, base?: URL): Verdict {
    const url = parseUrl(text, base);
    if (url === undefined) return { kind: 'failed', errno: 'INVAL' };
    const standard = DEFAULT_PORTS[url.protocol];
    if (standard === undefined) return { kind: 'failed', errno: 'PROTONOSUPPORT' };
    // Credentials belong into a header, where a redirect drops them.
    if (url.username !== '' || url.password !== '') return { kind: 'failed', errno: 'INVAL' };
    // Such a name is nowhere, and in a list it would stand for many.
    if (url.hostname === '' || url.hostname.startsWith('.')) return { kind: 'failed', errno: 'INVAL' };
    const endpoint = { url, host: plainHost(url.hostname), port: url.port === '' ? standard : Number(url.port) };
    if (this.#lists(endpoint.host, endpoint.port) || this.#allow.includes(ANY_PUBLIC_HOST)) {
      return { kind: 'granted', endpoint };
    }
    return { kind: 'refused', refusal: this.refusal(endpoint.host, endpoint.port) };
  }

  /**
   * Whether a granted name may be reached at an address. Beside public addresses these may be: the one that is itself listed
   * (with the port), and loopback for `localhost`. A name in somebody else's hands must not lead into this network.
   */
  permits({ host, port }: Pick<Endpoint, 'host' | 'port'>, address: string): boolean {
    const kind = addressKind(address);
    if (kind === 'public') return true;
    if (kind === 'loopback' && host === 'localhost') return this.#lists(host, port);
    return this.#lists(plainHost(asHost(address.split('%')[0] ?? '')), port);
  }

  refusal(host: string, port: number): NetworkRefusal {
    return { target: `${asHost(host)}:${port}`, required: 'network.allow', available: this.#allow };
  }

  #lists(host: string, port: number): boolean {
    return this.#rules.some((rule) => {
      if (rule.port !== port) return false;
      if (!rule.subdomains) return rule.host === host;
      return addressOfHost(asHost(host)) === undefined && host.endsWith(`.${rule.host}`);
    });
  }
}

/** `host:port`, `[address]:port` or `.domain:port`. */
function ruleOf(entry: string): Rule | undefined {
  const [, dot, name, digits] = /^(\.?)(\[[^\]]+\]|[^\s/:[\]@?#\\]+):(\d{1,5})$/.exec(entry) ?? [];
  const port = Number(digits);
  if (name === undefined || !(port >= 1 && port <= 65535)) return undefined;
  const url = parseUrl(`http://${name}/`);
  if (url === undefined) return undefined;
  const subdomains = dot === '.';
  return subdomains && addressOfHost(url.hostname) !== undefined
    ? undefined
    : { host: plainHost(url.hostname), port, subdomains };
}

function parseUrl(text: string, base?: URL): URL | undefined {
  try {
    return new URL(text, base);
  } catch {
    return undefined;
  }
}

/** URLs have lower-case names already, and decimal, octal and hexadecimal addresses in one form. */
function plainHost(hostname: string): string {
  return addressOfHost(hostname) ?? hostname.replace(/\.$/, '');
}

/** As URLs and lists write it; an address in its shortest form. */
function asHost(host: string): string {
  if (!host.includes(':')) return host;
  return parseUrl(`http://[${host}]/`)?.hostname ?? `[${host}]`;
}
