/** From frames of the running module to frames of the original one: our own functions left out, offsets mapped back, depths counted. */
import type { Instrumented } from '../instrument/instrumented.ts';
import { readModule } from '../wasm/module.ts';
import type { CodeOffset, ModuleOffset } from '../wasm/offsets.ts';
import type { GuestFrame, GuestOptions } from './protocol.ts';
import type { WasmFrame } from './wasmStack.ts';

export interface FrameMap {
  /** From here on functions are ours. */
  readonly firstAppendedFunction: number;
  /** What one call adds to the depth counter; 0: there is none. */
  readonly stride: number;
  originalOffset(offset: ModuleOffset): CodeOffset;
}

export function frameMapOf(module: GuestOptions['module']): FrameMap {
  if (module.kind === 'plain') {
    const { codeStart } = readModule(module.bytes);
    return { firstAppendedFunction: Infinity, stride: 0, originalOffset: (offset) => offset - codeStart };
  }
  const { instrumented } = module;
  return {
    firstAppendedFunction: instrumented.firstAppendedFunction,
    stride: instrumented.shadow.stride,
    originalOffset: (offset) => originalOffset(instrumented, offset),
  };
}

/**
 * `depth` is the scaled depth counter, or undefined when the module keeps none: then the frames are taken to be
 * the whole stack. Inside the hook, the trampoline and the slow path are on top: they are appended or of another module.
 */
export function guestFrames(map: FrameMap, raw: readonly WasmFrame[], depth: number | undefined): GuestFrame[] {
  const own = raw.slice(raw.findLastIndex((frame) => frame.functionIndex >= map.firstAppendedFunction) + 1);
  const innermost = depth === undefined || map.stride === 0 ? own.length : Math.round(depth / map.stride);
  return own.map((frame, index) => ({
    functionIndex: frame.functionIndex,
    offset: map.originalOffset(frame.offset),
    depth: innermost - index,
  }));
}

/** The original instruction at, or nearest before, an offset of the instrumented module. */
function originalOffset({ offsets }: Instrumented, offset: ModuleOffset): CodeOffset {
  let low = 0;
  let high = offsets.instrumented.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((offsets.instrumented[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return offsets.original[low] ?? -1;
}
