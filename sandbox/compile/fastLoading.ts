/**
 * Makes the embedded clang load in a fraction of the time. Its loader passes 105 MB through `Response` streams
 * with a progress counter, which Node copies several times over, and V8 decodes a streamed module at several
 * times the cost of one in a buffer. In the child process that runs nothing else these globals give way to
 * stand-ins that do just what the loader needs.
 */
import v8 from 'node:v8';

export function loadFast(): void {
  // The optimising compiler would cost more time on clang's 74 MB of code than it saves.
  v8.setFlagsFromString('--liftoff-only');
  // Each function is validated when it is first called: most never are.
  v8.setFlagsFromString('--wasm-lazy-validation');
  Object.assign(globalThis, { Response: WholeResponse, TransformStream: NoTransform });
  Object.assign(WebAssembly, { compileStreaming: compileWhole });
}

/** Holds bytes that are never a stream: piping it anywhere gives itself. */
class WholeResponse {
  readonly #bytes: Uint8Array<ArrayBuffer>;

  constructor(body: Uint8Array<ArrayBuffer> | WholeResponse) {
    this.#bytes = body instanceof WholeResponse ? body.#bytes : body;
  }

  get body(): { pipeThrough(): WholeResponse } {
    return { pipeThrough: () => this };
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    const { buffer, byteLength } = this.#bytes;
    return byteLength === buffer.byteLength ? buffer : this.#bytes.slice().buffer;
  }
}

class NoTransform {}

async function compileWhole(response: WholeResponse | Promise<WholeResponse>): Promise<WebAssembly.Module> {
  return new WebAssembly.Module(await (await response).arrayBuffer());
}
