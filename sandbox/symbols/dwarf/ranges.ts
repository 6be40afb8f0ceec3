/** Which code an entry covers: low and high pc, `.debug_ranges` and `.debug_rnglists` (DWARF 5 §2.17). */
import { Attribute, isDead, RangeListEntry, Tag } from './constants.ts';
import { Cursor, spend } from './cursor.ts';
import { Entry } from './entry.ts';
import type { Unit } from './unit.ts';

/** Code offsets `[low, high)`. */
export interface CodeRange {
  readonly low: number;
  readonly high: number;
}

/** Bytes of a list of ranges: a kind and its operands. */
const SMALLEST_ENTRY = 2;
/** More ranges than any function has; hostile lists stop here. */
const MOST_RANGES = 100_000;

/** More than all functions of a program have together. */
export const MOST_RANGES_IN_ALL = 1_000_000;

/** Live, non-empty ranges only. @throws {DwarfError} */
export function rangesOf(entry: Entry): readonly CodeRange[] {
  const list = entry.get(Attribute.ranges);
  if (list === undefined) return contiguousRange(entry);
  const { unit } = entry;
  if (list.kind === 'listIndex') return unit.rangesAt(unit.rangeList(list.value), readRangeList);
  const offset = list.kind === 'offset' ? list.value : list.kind === 'constant' ? Number(list.value) : undefined;
  if (offset === undefined) return [];
  return unit.rangesAt(offset, unit.version >= 5 ? readRangeList : readOldRanges);
}

/** A unit's own ranges; those of its functions where it names none (DWARF 2 has no `DW_AT_ranges`). @throws {DwarfError} */
export function rangesOfUnit(unit: Unit): readonly CodeRange[] {
  const own = rangesOf(unit.root);
  if (own.length > 0 || unit.root.has(Attribute.ranges)) return own;
  const ranges: CodeRange[] = [];
  const { offsets, tags } = unit.tree;
  for (let index = 0; index < tags.length; index++) {
    if (tags[index] !== Tag.subprogram) continue;
    if (ranges.length > MOST_RANGES_IN_ALL) break;
    for (const range of rangesOf(new Entry(unit, offsets[index] ?? 0))) ranges.push(range);
  }
  return ranges;
}

export function covers(entry: Entry, address: number): boolean {
  return rangesOf(entry).some(({ low, high }) => low <= address && address < high);
}

function contiguousRange(entry: Entry): readonly CodeRange[] {
  const low = entry.number(Attribute.lowPc);
  const end = entry.get(Attribute.highPc);
  if (low === undefined || end === undefined) return [];
  // A constant is a length, an address is an end (DWARF 5 §2.17.2).
  const high = end.kind === 'address' ? end.value : end.kind === 'constant' ? low + Number(end.value) : low;
  return live(low, high) ? [{ low, high }] : [];
}

const live = (low: number, high: number): boolean => low < high && !isDead(low);

function readRangeList(unit: Unit, offset: number): readonly CodeRange[] {
  const cursor = new Cursor(unit.sections.rnglists, offset);
  const ranges: CodeRange[] = [];
  let base = unit.baseAddress;
  while (ranges.length < MOST_RANGES) {
    spend(cursor.section, cursor.position, SMALLEST_ENTRY);
    const kind = cursor.u8();
    if (kind === RangeListEntry.endOfList) break;
    if (kind === RangeListEntry.baseAddressx) base = unit.indexedAddress(cursor.uleb());
    else if (kind === RangeListEntry.baseAddress) base = cursor.address(unit.addressSize);
    else {
      const { low, high } = readRange(unit, cursor, { kind, base });
      if (live(low, high)) ranges.push({ low, high });
    }
  }
  return ranges;
}

function readRange(unit: Unit, cursor: Cursor, { kind, base }: { kind: number; base: number }): CodeRange {
  switch (kind) {
    case RangeListEntry.startxEndx:
      return { low: unit.indexedAddress(cursor.uleb()), high: unit.indexedAddress(cursor.uleb()) };
    case RangeListEntry.startxLength:
      return withLength(unit.indexedAddress(cursor.uleb()), cursor.uleb());
    case RangeListEntry.offsetPair: {
      const low = cursor.uleb();
      const high = cursor.uleb();
      return isDead(base) ? { low: 0, high: 0 } : { low: base + low, high: base + high };
    }
    case RangeListEntry.startEnd:
      return { low: cursor.address(unit.addressSize), high: cursor.address(unit.addressSize) };
    case RangeListEntry.startLength:
      return withLength(cursor.address(unit.addressSize), cursor.uleb());
    default:
      return cursor.fail(`unknown range list entry ${kind}`);
  }
}

const withLength = (low: number, length: number): CodeRange => ({ low, high: low + length });

/** DWARF 4 §2.17.3: pairs relative to a base; a pair that starts with the largest address sets the base. */
function readOldRanges(unit: Unit, offset: number): readonly CodeRange[] {
  const cursor = new Cursor(unit.sections.ranges, offset);
  const ranges: CodeRange[] = [];
  const baseMark = unit.addressSize === 8 ? 2 ** 64 : 0xffffffff;
  let base = unit.baseAddress;
  while (ranges.length < MOST_RANGES) {
    spend(cursor.section, cursor.position, 2 * unit.addressSize);
    const low = cursor.address(unit.addressSize);
    const high = cursor.address(unit.addressSize);
    if (low === 0 && high === 0) break;
    if (low === baseMark) base = high;
    else if (!isDead(low) && !isDead(base) && live(base + low, base + high)) {
      ranges.push({ low: base + low, high: base + high });
    }
  }
  return ranges;
}

/** Index of the first range that starts after `address`. */
export function upperBound(ranges: readonly { readonly low: number }[], address: number): number {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ranges[middle]?.low ?? 0) <= address) low = middle + 1;
    else high = middle;
  }
  return low;
}
