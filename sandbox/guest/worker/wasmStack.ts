/**
 * Wasm frames out of V8's stack traces. Positions are taken from structured call sites, one a frame, so that a
 * function name chosen by the guest cannot pass for a frame. V8 reports the executing instruction for the top frame
 * and the call instruction itself for the others.
 */
import type { ModuleOffset } from '../../wasm/offsets.ts';

export interface WasmFrame {
  /** In the running module, imports counted. */
  readonly functionIndex: number;
  /** In the running module. */
  readonly offset: ModuleOffset;
}

/** The wasm frames below the caller, innermost first; at most `limit`, counted with JavaScript's own. */
export function currentWasmFrames(limit: number): WasmFrame[] {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = limit;
  try {
    return wasmFramesOf(new Error());
  } finally {
    Error.stackTraceLimit = before;
  }
}

/** The wasm frames of an error whose `stack` nobody has read yet: V8 formats it at the first reading. */
export function wasmFramesOf(error: Error): WasmFrame[] {
  const frames: WasmFrame[] = [];
  for (const site of callSites(error)) {
    const match = /wasm-function\[(\d+)\]:0x([0-9a-f]+)\)?$/.exec(site);
    if (match?.[1] !== undefined && match[2] !== undefined)
      frames.push({ functionIndex: Number(match[1]), offset: Number.parseInt(match[2], 16) });
  }
  return frames;
}

function callSites(error: Error): string[] {
  const before = Error.prepareStackTrace;
  Error.prepareStackTrace = (_error, sites) => sites.map(String);
  try {
    const stack: unknown = error.stack;
    return Array.isArray(stack) ? stack : [];
  } finally {
    if (before === undefined) Reflect.deleteProperty(Error, 'prepareStackTrace');
    else Error.prepareStackTrace = before;
  }
}
