/**
 * From offsets in an instrumented module, as V8 prints them, back to the original. The table has an entry wherever
 * inserted code begins or ends; original code between two entries was copied, so there the distance from the entry is
 * the same in both modules, and an entry's original offset is never passed before the next entry's.
 */
import type { CodeOffset, ModuleOffset } from '../wasm/offsets.ts';
import type { Instrumented } from './instrumented.ts';

type OffsetTable = Instrumented['offsets'];

const APPENDED = -1;

/**
 * Original code offset; for inserted code, that of the instruction before which it stands. undefined: appended
 * functions, or no code at all.
 */
export function originalOffset(
  instrumented: Pick<Instrumented, 'offsets'>,
  offset: ModuleOffset,
): CodeOffset | undefined {
  const { offsets } = instrumented;
  const entry = lastNotAbove(offsets.instrumented, offset);
  if (entry < 0) return undefined;
  const original = offsets.original[entry] as number;
  if (original === APPENDED) return undefined;
  const copied = original + (offset - (offsets.instrumented[entry] as number));
  const next = offsets.original[entry + 1];
  return next === undefined || next === APPENDED ? copied : Math.min(copied, next);
}

/** Where an original instruction itself (not what was inserted before it) is in the instrumented module. */
export function instrumentedOffset(
  instrumented: Pick<Instrumented, 'offsets'>,
  offset: CodeOffset,
): ModuleOffset | undefined {
  const { offsets } = instrumented;
  // The last entry is the appended code, with -1: the search must not see it.
  const entry = lastNotAbove(offsets.original.subarray(0, -1), offset);
  if (entry < 0) return undefined;
  return (offsets.instrumented[entry] as number) + (offset - (offsets.original[entry] as number));
}

/** `marks` are pairs of offsets within the contents of the code sections; `codeStart` is where the new contents begin. */
export function offsetTable(marks: readonly number[], codeStart: ModuleOffset): OffsetTable {
  const count = marks.length / 2;
  const table = { instrumented: new Uint32Array(count), original: new Int32Array(count) };
  for (let i = 0; i < count; i++) {
    table.instrumented[i] = codeStart + (marks[2 * i] as number);
    table.original[i] = marks[2 * i + 1] as number;
  }
  return table;
}

function lastNotAbove(sorted: ArrayLike<number>, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
