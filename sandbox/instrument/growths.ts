/** Numbers the instructions that grow a memory or a table, in the order of the code. */
import type { FunctionCode } from './functionCode.ts';
import type { Growth, InstrumentOptions } from './instrumented.ts';

export interface GrowthPlan {
  readonly all: readonly Growth[];
  /** Number of each function's first growth, by position in `codes`, and the total after the last. */
  readonly first: Int32Array;
}

export function planGrowths(codes: readonly FunctionCode[], options: InstrumentOptions): GrowthPlan {
  const all: Growth[] = [];
  const first = new Int32Array(codes.length + 1);
  codes.forEach(({ fn, offsets, growths }, position) => {
    first[position] = all.length;
    if (!options.growths) return;
    for (const { at, of, index } of growths) {
      all.push({ offset: offsets[at] as number, functionIndex: fn.index, of, index });
    }
  });
  first[codes.length] = all.length;
  return { all, first };
}
