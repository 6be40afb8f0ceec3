/** The module `sandbox_http`: one request that blocks, and the response read piece by piece into the guest's own buffer. */
import type { NetworkConnections } from './connections.ts';
import { fail } from './errno.ts';
import type { GuestMemory } from './guestMemory.ts';
import type { CallContext, HostCalls } from './host.ts';
import { type HttpReply, type HttpRequest, readHeaders, readMethod } from './httpRequest.ts';
import { NetworkPolicy } from './networkPolicy.ts';

/** Bytes that are looked at before anything is allocated. */
const MAX_METHOD = 64;
const MAX_URL = 16_384;
const MAX_HEADERS = 65_536;
/** handle, status, length of the headers, length of the body: four u32. */
const RESPONSE_SIZE = 16;

/** Header lines and body, one after the other. */
interface Response {
  readonly parts: readonly Uint8Array[];
  /** Bytes read already. */
  position: number;
}

/** `connections`: those of the whole guest, its sockets too. */
export function httpCalls(context: CallContext, connections: NetworkConnections): HostCalls {
  const { memory } = context;
  const requests = new Requests(context);
  const responses = new Map<number, Response>();
  const of = (handle: number) => responses.get(handle >>> 0) ?? fail('BADF');
  return {
    request: (
      ...[method, methodLength, url, urlLength, headers, headersLength, body, bodyLength, result]: number[]
    ) => {
      const at = memory.check(result ?? 0, RESPONSE_SIZE);
      const request: HttpRequest = {
        method: readMethod(text(memory, method, methodLength, MAX_METHOD)),
        url: text(memory, url, urlLength, MAX_URL),
        headers: readHeaders(text(memory, headers, headersLength, MAX_HEADERS)),
        body: bodyLength === 0 ? undefined : memory.window(body ?? 0, bodyLength ?? 0).slice(),
      };
      const reply = requests.perform(request, connections);
      const handle = freeHandle(responses);
      responses.set(handle, { parts: [reply.headers, reply.body], position: 0 });
      connections.opened();
      memory.put32(at, handle);
      memory.put32(at + 4, reply.status);
      memory.put32(at + 8, reply.headers.length);
      memory.put32(at + 12, reply.body.length);
    },
    read: (handle: number, buffer: number, length: number, result: number) => {
      const response = of(handle);
      const window = memory.window(buffer, length);
      memory.check(result, 4);
      let read = 0;
      let start = 0;
      for (const part of response.parts) {
        const from = Math.max(0, response.position - start);
        const piece = part.subarray(from, from + window.length - read);
        if (piece.length > 0) {
          memory.put((buffer >>> 0) + read, piece);
          read += piece.length;
          response.position += piece.length;
        }
        start += part.length;
      }
      memory.put32(result, read);
    },
    close: (handle: number) => {
      of(handle);
      responses.delete(handle >>> 0);
      connections.closed();
    },
  };
}

/** 1-based: 0 is no response. */
function freeHandle(responses: ReadonlyMap<number, Response>): number {
  let handle = 1;
  while (responses.has(handle)) handle++;
  return handle;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function text(memory: GuestMemory, address = 0, length = 0, most = 0): string {
  if (length >>> 0 > most) fail('TOOBIG');
  try {
    return decoder.decode(memory.window(address, length).slice());
  } catch (error) {
    if (error instanceof TypeError) return fail('ILSEQ');
    throw error;
  }
}

class Requests {
  readonly #context: CallContext;
  readonly #policy: NetworkPolicy;

  constructor(context: CallContext) {
    this.#context = context;
    this.#policy = new NetworkPolicy(context.options.network?.allow ?? []);
  }

  perform(request: HttpRequest, connections: NetworkConnections): Extract<HttpReply, { kind: 'response' }> {
    const { counters, options, policy } = this.#context;
    const verdict = this.#policy.check(request.url);
    if (verdict.kind === 'failed') return fail(verdict.errno);
    if (verdict.kind === 'refused') return policy.refuseNetwork('ACCES', verdict.refusal);
    const { host, port } = verdict.endpoint;
    const { target } = this.#policy.refusal(host, port);
    connections.makeRoom(target);
    const client = options.network?.http ?? fail('NOTSUP');
    counters.networkRequests++;
    counters.bytesSent += request.body?.length ?? 0;
    const reply = client(request);
    if (reply.kind !== 'refused' || reply.refusal.target !== target) {
      policy.decisions?.named(policy.operation, 'network.allow', target);
    }
    if (reply.kind === 'refused') return policy.refuseNetwork(reply.errno, reply.refusal);
    if (reply.kind === 'failed') return fail(reply.errno);
    for (const each of reply.visited ?? []) policy.decisions?.named(policy.operation, 'network.allow', each);
    counters.bytesReceived += reply.body.length;
    return reply;
  }
}
