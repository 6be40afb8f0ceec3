/** From frames of the running module to frames of the original one: our own functions left out, offsets mapped back, depths counted. */
import type { Instrumented } from '../../instrument/instrumented.ts';
import { originalOffset } from '../../instrument/offsetMap.ts';
import type { Module } from '../../wasm/module.ts';
import type { CodeOffset, ModuleOffset } from '../../wasm/offsets.ts';
import type { GuestFrame } from '../protocol.ts';
import type { WasmFrame } from './wasmStack.ts';

export interface FrameMap {
  /** From here on functions are ours. */
  readonly firstAppendedFunction: number;
  /** What one call adds to the depth counter. */
  readonly stride: number;
  originalOffset(offset: ModuleOffset): CodeOffset;
}

export function frameMapOf(module: Module, instrumented: Instrumented | undefined): FrameMap {
  if (instrumented === undefined)
    return { firstAppendedFunction: Infinity, stride: 1, originalOffset: (offset) => offset - module.codeStart };
  return {
    firstAppendedFunction: instrumented.firstAppendedFunction,
    stride: instrumented.shadow.stride,
    originalOffset: (offset) => originalOffset(instrumented, offset) ?? -1,
  };
}

/**
 * `depth` is the scaled depth counter; undefined or 0 where the module keeps none: then the frames are taken to be
 * the whole stack. Inside the hook, the trampoline and the slow path are on top: they are appended or of another module.
 */
export function guestFrames(map: FrameMap, raw: readonly WasmFrame[], depth: number | undefined): GuestFrame[] {
  const own = raw.slice(raw.findLastIndex((frame) => frame.functionIndex >= map.firstAppendedFunction) + 1);
  const innermost = depth === undefined || depth === 0 ? own.length : Math.round(depth / map.stride);
  return own.map((frame, index) => ({
    functionIndex: frame.functionIndex,
    offset: map.originalOffset(frame.offset),
    depth: innermost - index,
  }));
}
