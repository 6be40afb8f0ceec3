/** Which location expression holds at an address: `.debug_loc` and `.debug_loclists` (DWARF 5 §2.6.2). */
import { isDead, LocationListEntry } from './constants.ts';
import { Cursor, spend } from './cursor.ts';
import type { Entry } from './entry.ts';
import type { Unit } from './unit.ts';

/** An expression and the code for which it holds; `high` is exclusive. */
export interface LocatedExpression {
  readonly low: number;
  readonly high: number;
  readonly expression: Uint8Array;
}

const EVERYWHERE = { low: 0, high: Number.POSITIVE_INFINITY };
const NOWHERE = { low: 0, high: 0 };
const LONGEST_LIST = 100_000;
/** Bytes of a list: a kind and its operands. */
const SMALLEST_ENTRY = 2;

/**
 * Every expression of a location attribute, undefined when the entry has none.
 * @throws {DwarfError}
 */
export function locationsOf(entry: Entry, attribute: number): readonly LocatedExpression[] | undefined {
  const value = entry.get(attribute);
  const { unit } = entry;
  switch (value?.kind) {
    case 'block':
      return [{ ...EVERYWHERE, expression: value.bytes }];
    case 'listIndex':
      return unit.locationsAt(unit.locationList(value.value), readLocationList);
    case 'offset':
      return unit.locationsAt(value.value, unit.version >= 5 ? readLocationList : readOldLocations);
    case 'constant':
      // DWARF 2 and 3 have no DW_FORM_sec_offset.
      return unit.version <= 3 ? unit.locationsAt(Number(value.value), readOldLocations) : undefined;
    default:
      return undefined;
  }
}

function readLocationList(unit: Unit, offset: number): readonly LocatedExpression[] {
  const cursor = new Cursor(unit.sections.loclists, offset);
  const found: LocatedExpression[] = [];
  const fallback: LocatedExpression[] = [];
  let base = unit.baseAddress;
  for (let read = 0; read < LONGEST_LIST; read++) {
    const kind = cursor.u8();
    if (kind === LocationListEntry.endOfList) break;
    spend(cursor.section, cursor.position, SMALLEST_ENTRY);
    if (kind === LocationListEntry.baseAddressx) base = unit.indexedAddress(cursor.uleb());
    else if (kind === LocationListEntry.baseAddress) base = cursor.address(unit.addressSize);
    else {
      const range = readRange(unit, cursor, { kind, base });
      const expression = cursor.bytes(cursor.uleb());
      (kind === LocationListEntry.defaultLocation ? fallback : found).push({ ...range, expression });
    }
  }
  return [...found, ...fallback];
}

function readRange(unit: Unit, cursor: Cursor, { kind, base }: { kind: number; base: number }) {
  switch (kind) {
    case LocationListEntry.startxEndx:
      return live(unit.indexedAddress(cursor.uleb()), unit.indexedAddress(cursor.uleb()));
    case LocationListEntry.startxLength: {
      const low = unit.indexedAddress(cursor.uleb());
      return live(low, low + cursor.uleb());
    }
    case LocationListEntry.offsetPair: {
      const low = cursor.uleb();
      const high = cursor.uleb();
      return isDead(base) ? NOWHERE : live(base + low, base + high);
    }
    case LocationListEntry.defaultLocation:
      return EVERYWHERE;
    case LocationListEntry.startEnd:
      return live(cursor.address(unit.addressSize), cursor.address(unit.addressSize));
    case LocationListEntry.startLength: {
      const low = cursor.address(unit.addressSize);
      return live(low, low + cursor.uleb());
    }
    default:
      return cursor.fail(`unknown location list entry ${kind}`);
  }
}

const live = (low: number, high: number) => (isDead(low) ? NOWHERE : { low, high });

/** DWARF 4 §2.6.2. */
function readOldLocations(unit: Unit, offset: number): readonly LocatedExpression[] {
  const cursor = new Cursor(unit.sections.loc, offset);
  const found: LocatedExpression[] = [];
  const baseMark = unit.addressSize === 8 ? 2 ** 64 : 0xffffffff;
  let base = unit.baseAddress;
  for (let read = 0; read < LONGEST_LIST; read++) {
    spend(cursor.section, cursor.position, 2 * unit.addressSize);
    const low = cursor.address(unit.addressSize);
    const high = cursor.address(unit.addressSize);
    if (low === 0 && high === 0) break;
    if (low === baseMark) {
      base = high;
      continue;
    }
    const expression = cursor.bytes(cursor.u16());
    const range = isDead(low) || isDead(base) ? NOWHERE : { low: base + low, high: base + high };
    found.push({ ...range, expression });
  }
  return found;
}
