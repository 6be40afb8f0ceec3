/**
 * Where things lie in the probe memory: the words that the controller writes, one flag byte a site, and last the
 * shadow frames, so that a depth beyond every limit runs out of the memory and traps instead of writing over something
 * else.
 */

import { type Module, typesOfLocals, type WasmFunction } from '../wasm/module.ts';
import type { NumericType } from '../wasm/valueType.ts';
import type { InstrumentOptions, LocalSlot, ProbeLayout, ShadowLayout } from './instrumented.ts';

const LIMIT = 0;
const STEP_DEPTH = 8;
/** A cache line of its own for the words above. */
const FLAGS = 64;
/** A group of flags is read as one word, whose last bytes may lie past the last flag. */
const FLAGS_PADDING = 8;
const PAGE = 65536;

/** What one call adds to the depth counter when no frame needs more. */
const MINIMUM_STRIDE = 16;
const SLOT_BYTES = 8;
/** More of a function's locals than this are not kept. */
const MAX_SLOTS = 256;
const DEFAULT_CALL_DEPTH = 10_000;

/** Functions that are never seen (`visible`) get no frame, rather than one that says nothing. */
export function shadowLayout(
  module: Module,
  options: InstrumentOptions,
  visible: (functionIndex: number) => boolean,
): ShadowLayout {
  const slots = new Map<number, readonly LocalSlot[]>();
  let most = 0;
  for (const [index, locals] of options.trackedLocals ?? []) {
    const fn = module.functions[index];
    if (!fn?.body || !visible(index)) continue;
    const frame = frameSlots(fn, locals);
    if (frame.length === 0) continue;
    slots.set(index, frame);
    const last = frame[frame.length - 1] as LocalSlot;
    most = Math.max(most, last.slot + slotsOf(last.type));
  }
  return { stride: Math.max(MINIMUM_STRIDE, roundUp(most * SLOT_BYTES, 16)), slots };
}

export function probeLayout(siteCount: number, frameCount: number, shadow: ShadowLayout): ProbeLayout {
  const frames = roundUp(FLAGS + siteCount + FLAGS_PADDING, 64);
  // The first call has depth `stride`, so one frame more than calls.
  const end = shadow.slots.size === 0 ? frames : frames + (frameCount + 1) * shadow.stride;
  return { limit: LIMIT, stepDepth: STEP_DEPTH, flags: FLAGS, frames, pages: Math.ceil(end / PAGE) };
}

/** Frames for the permitted depth, and for those on top whose calls are not checked because they cannot recurse. */
export function frameCapacity(options: InstrumentOptions, longestAcyclicPath: number): number {
  return (options.maxCallDepth ?? DEFAULT_CALL_DEPTH) + longestAcyclicPath + 1;
}

function frameSlots(fn: WasmFunction, locals: readonly number[]): LocalSlot[] {
  const frame: LocalSlot[] = [];
  let next = 0;
  const ascending = [...new Set(locals)].sort((a, b) => a - b);
  for (const [local, type] of typesOfLocals(fn, ascending)) {
    if (!isTrackable(type) || next + slotsOf(type) > MAX_SLOTS) continue;
    frame.push({ local, slot: next, type });
    next += slotsOf(type);
  }
  return frame;
}

function isTrackable(type: string | undefined): type is NumericType {
  return type === 'i32' || type === 'i64' || type === 'f32' || type === 'f64' || type === 'v128';
}

function slotsOf(type: NumericType): number {
  return type === 'v128' ? 2 : 1;
}

function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}
