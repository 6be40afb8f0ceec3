/**
 * Performs a guest's requests with undici. Each hop is checked by itself: the URL, then every address of its name, and
 * the connection goes to an address that was checked, whatever the name means a moment later. No proxy, no
 * decompression, no cookies, no connection kept.
 */
import { lookup } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { Agent, type Dispatcher } from 'undici';
import type { NetworkGrants } from '../../config/config.ts';
import { fail } from '../../wasi/errno.ts';
import type { HttpHeader, HttpReply, HttpRequest } from '../../wasi/httpRequest.ts';
import { addressOfHost } from '../../wasi/networkAddress.ts';
import { type Endpoint, NetworkPolicy } from '../../wasi/networkPolicy.ts';
import { GuestDeadline } from './guestDeadline.ts';
import { httpErrno } from './httpErrno.ts';
import { isRedirect, redirected } from './redirect.ts';

const MOST_REDIRECTS = 10;
/** Bytes of the headers of a response. */
const MAX_HEADERS = 64 * 1024;

/** All addresses of a name. */
export type Resolve = (host: string) => Promise<readonly string[]>;

export interface HttpSurroundings {
  readonly network: Pick<NetworkGrants, 'allow' | 'maxResponseSize' | 'timeout'>;
  /** Milliseconds that the guest has run: time that it stands stopped does not count. */
  now(): number;
  /** Default: the system's. */
  readonly resolve?: Resolve;
}

export class HttpClient {
  readonly #surroundings: HttpSurroundings;
  readonly #policy: NetworkPolicy;
  readonly #resolve: Resolve;

  constructor(surroundings: HttpSurroundings) {
    this.#surroundings = surroundings;
    this.#policy = new NetworkPolicy(surroundings.network.allow);
    this.#resolve = surroundings.resolve ?? systemAddresses;
  }

  async perform(request: HttpRequest): Promise<HttpReply> {
    const deadline = new GuestDeadline(this.#surroundings.network.timeout, () => this.#surroundings.now());
    try {
      return await deadline.race(this.#follow(request, deadline.signal));
    } catch (error) {
      return { kind: 'failed', errno: deadline.signal.aborted ? 'TIMEDOUT' : httpErrno(error) };
    } finally {
      deadline.end();
    }
  }

  async #follow(first: HttpRequest, signal: AbortSignal): Promise<HttpReply> {
    let request = first;
    const visited: string[] = [];
    for (let hop = 0; hop <= MOST_REDIRECTS; hop++) {
      const verdict = this.#policy.check(request.url);
      if (verdict.kind === 'failed') return verdict;
      if (verdict.kind === 'refused') return { ...verdict, errno: 'ACCES' };
      const { endpoint } = verdict;
      const addresses = await this.#addresses(endpoint);
      const permitted = addresses.filter((address) => this.#policy.permits(endpoint, address));
      const [refused] = addresses;
      if (permitted.length === 0 && refused !== undefined) {
        return { kind: 'refused', errno: 'ACCES', refusal: this.#policy.refusal(refused, endpoint.port) };
      }
      const reply = await this.#send(request, endpoint, permitted, signal);
      if (hop > 0) visited.push(this.#policy.refusal(endpoint.host, endpoint.port).target);
      if (reply.kind === 'response') return { ...reply, visited };
      if (reply.kind !== 'redirect') return reply;
      request = redirected(request, endpoint.url, reply);
    }
    return { kind: 'failed', errno: 'LOOP' };
  }

  async #addresses({ host, url }: Endpoint): Promise<readonly string[]> {
    const literal = addressOfHost(url.hostname);
    if (literal !== undefined) return [literal];
    const addresses = await this.#resolve(host);
    return addresses.length > 0 ? addresses : fail('HOSTUNREACH');
  }

  async #send(
    { method, headers, body }: HttpRequest,
    { url }: Endpoint,
    addresses: readonly string[],
    signal: AbortSignal,
  ): Promise<HttpReply | Redirect> {
    const agent = new Agent({
      connections: 1,
      pipelining: 1,
      maxHeaderSize: MAX_HEADERS,
      // One deadline for all of it, and it stands still while the guest does.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: { lookup: pinnedTo(addresses), timeout: 0, autoSelectFamily: true },
    });
    try {
      const response = await agent.request({
        origin: url.origin,
        path: url.pathname + url.search,
        method: method as Dispatcher.HttpMethod,
        headers: withUsual(headers).flat(),
        body: body ?? null,
        responseHeaders: 'raw',
        reset: true,
        signal,
      });
      return await this.#read(method, response, url);
    } finally {
      // Also ends a response that nobody wants to read further. Its stream may fail of that, which nobody hears.
      agent.destroy().catch(() => {});
    }
  }

  async #read(method: string, response: Dispatcher.ResponseData, url: URL): Promise<HttpReply | Redirect> {
    const { statusCode: status, body } = response;
    body.on('error', () => {});
    const headers = pairs(response.headers as unknown as readonly (string | readonly string[])[]);
    const value = (name: string) => headers.find(([each]) => each === name)?.[1];
    const location = value('location');
    if (isRedirect(status) && location !== undefined) return { kind: 'redirect', status, location };
    const { maxResponseSize } = this.#surroundings.network;
    const tooLarge = { kind: 'refused', errno: 'FBIG', refusal: this.#tooLarge(url) } as const;
    const announced = method === 'HEAD' ? 0 : Number(value('content-length') ?? 0);
    if (announced > maxResponseSize) return tooLarge;
    const bytes = new CollectedBytes();
    for await (const part of body as AsyncIterable<Uint8Array>) {
      if (bytes.length + part.length > maxResponseSize) return tooLarge;
      bytes.add(part);
    }
    return { kind: 'response', status, headers: headerLines(headers), body: bytes.taken() };
  }

  #tooLarge(url: URL) {
    const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
    const { target } = this.#policy.refusal(addressOfHost(url.hostname) ?? url.hostname, port);
    const available = [String(this.#surroundings.network.maxResponseSize)];
    return { target, required: 'network.maxResponseSize', available } as const;
  }
}

interface Redirect {
  readonly kind: 'redirect';
  readonly status: number;
  readonly location: string;
}

async function systemAddresses(host: string): Promise<readonly string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address);
}

/** Instead of asking once more, which might give another answer. */
function pinnedTo(addresses: readonly string[]): LookupFunction {
  const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  return (_host, options, callback) => {
    const [first] = found;
    if (options.all === true) callback(null, found);
    else if (first !== undefined) callback(null, first.address, first.family);
  };
}

/** Servers are known to turn away who names no agent. */
function withUsual(headers: readonly HttpHeader[]): readonly HttpHeader[] {
  const has = (name: string) => headers.some(([each]) => each.toLowerCase() === name);
  const usual: HttpHeader[] = [];
  if (!has('user-agent')) usual.push(['User-Agent', 'wasm-sandbox']);
  if (!has('accept')) usual.push(['Accept', '*/*']);
  return [...headers, ...usual];
}

function pairs(raw: readonly (string | readonly string[])[]): HttpHeader[] {
  const found: HttpHeader[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    found.push([String(raw[index]).toLowerCase(), String(raw[index + 1])]);
  }
  return found;
}

function headerLines(headers: readonly HttpHeader[]): Uint8Array {
  const line = ([name, value]: HttpHeader) => `${name}: ${value.replaceAll(/[\r\n]+/g, ' ')}\n`;
  return new TextEncoder().encode(headers.map(line).join(''));
}

/** One block of memory that grows: a server may send each byte as a chunk of its own, and objects weigh more than bytes. */
class CollectedBytes {
  #bytes = new Uint8Array(16 * 1024);
  length = 0;

  add(part: Uint8Array): void {
    const needed = this.length + part.length;
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
      larger.set(this.#bytes.subarray(0, this.length));
      this.#bytes = larger;
    }
    this.#bytes.set(part, this.length);
    this.length = needed;
  }

  /** In memory of its own size, so that it can be handed over. */
  taken(): Uint8Array {
    return this.#bytes.slice(0, this.length);
  }
}
