/** Functions of a unit by the code they cover, and the chain of scopes at an address. */
import { Attribute, Tag } from './constants.ts';
import { Entry } from './entry.ts';
import { covers, MOST_RANGES_IN_ALL, rangesOf, upperBound } from './ranges.ts';
import type { Unit } from './unit.ts';

interface FunctionRange {
  readonly low: number;
  readonly high: number;
  readonly entry: Entry;
}

/** Inlined functions and blocks nest this deep at most; more is a broken tree. */
const DEEPEST_NESTING = 500;

export class FunctionIndex {
  readonly #ranges: readonly FunctionRange[];

  constructor(unit: Unit) {
    const ranges: FunctionRange[] = [];
    const { offsets, tags } = unit.tree;
    for (let index = 0; index < tags.length; index++) {
      if (tags[index] !== Tag.subprogram) continue;
      if (ranges.length > MOST_RANGES_IN_ALL) break;
      for (const range of unit.information.attempt(() => functionRanges(unit, offsets[index] ?? 0), [])) {
        ranges.push(range);
      }
    }
    this.#ranges = ranges.sort((a, b) => a.low - b.low);
  }

  at(address: number): Entry | undefined {
    const range = this.#ranges[upperBound(this.#ranges, address) - 1];
    return range !== undefined && address < range.high ? range.entry : undefined;
  }
}

function functionRanges(unit: Unit, offset: number): FunctionRange[] {
  const entry = new Entry(unit, offset);
  if (!entry.has(Attribute.lowPc) && !entry.has(Attribute.ranges)) return [];
  return rangesOf(entry).map((range) => ({ ...range, entry }));
}

/** The function and, inside it, the blocks and inlined functions that cover `address`, outermost first. */
export function scopesAt(owner: Entry, address: number): readonly Entry[] {
  const chain: Entry[] = [owner];
  while (chain.length < DEEPEST_NESTING) {
    const inner = innerScope(chain[chain.length - 1] ?? owner, address);
    if (inner === undefined) break;
    chain.push(inner);
  }
  return chain;
}

function innerScope(scope: Entry, address: number): Entry | undefined {
  for (const child of scope.children()) {
    if (child.tag !== Tag.lexicalBlock && child.tag !== Tag.inlinedSubroutine) continue;
    if (covers(child, address)) return child;
  }
  return undefined;
}
