/** One unit of `.debug_info` (DWARF 5 §7.5.1): its header at once, its tree of entries when first asked for. */
import type { Abbreviation, Abbreviations } from './abbreviations.ts';
import { Attribute, C_LANGUAGES, LANGUAGE_C99, UnitType } from './constants.ts';
import { Cursor } from './cursor.ts';
import { Entry } from './entry.ts';
import { EntryTree } from './entryTree.ts';
import type { FormContext } from './forms.ts';
import type { DebugInformation } from './information.ts';
import type { LocatedExpression } from './locationList.ts';
import type { CodeRange } from './ranges.ts';
import type { Sections } from './sections.ts';

export interface TypeUnit {
  readonly signature: bigint;
  /** Of the type's entry, from the start of the unit. */
  readonly offset: number;
}

export class Unit implements FormContext {
  readonly information: DebugInformation;
  /** Offsets in `.debug_info`: of the header, and past the last entry. */
  readonly start: number;
  readonly end: number;
  readonly version: number;
  readonly wide: boolean;
  readonly addressSize: number;
  /** Of a unit that holds one type. */
  readonly type: TypeUnit | undefined;
  readonly #abbreviations: number;
  readonly #firstEntry: number;
  readonly #bases = new Map<number, number>();
  readonly #ranges = new Map<number, readonly CodeRange[]>();
  readonly #locations = new Map<number, readonly LocatedExpression[]>();
  #root: Entry | undefined;
  #table: Abbreviations | undefined;
  #tree: EntryTree | undefined;
  #isC: boolean | undefined;

  /** `cursor` stands at the unit's header. */
  constructor(information: DebugInformation, cursor: Cursor) {
    this.information = information;
    this.start = cursor.position;
    const { length, wide } = cursor.initialLength();
    this.wide = wide;
    const body = cursor.position;
    cursor.skip(length);
    this.end = cursor.position;
    const header = new Cursor(cursor.section, body, this.end);
    this.version = header.u16();
    if (this.version < 2 || this.version > 5) header.fail(`DWARF version ${this.version} is not known`);
    const type = this.version >= 5 ? header.u8() : UnitType.compile;
    let addressSize = this.version >= 5 ? header.u8() : 0;
    this.#abbreviations = header.offset(wide);
    if (this.version < 5) addressSize = header.u8();
    this.addressSize = addressSize;
    this.type = readExtraHeader(header, type, wide);
    this.#firstEntry = header.position;
  }

  get sections(): Sections {
    return this.information.sections;
  }

  get root(): Entry {
    this.#root ??= new Entry(this, this.#firstEntry);
    return this.#root;
  }

  get isC(): boolean {
    this.#isC ??= C_LANGUAGES.has(this.root.number(Attribute.language) ?? LANGUAGE_C99);
    return this.#isC;
  }

  /** All entries, in the order of the file. */
  get tree(): EntryTree {
    this.#tree ??= new EntryTree(this, this.#firstEntry);
    return this.#tree;
  }

  /** Where the unit's own code starts: the base of its range and location lists. */
  get baseAddress(): number {
    return this.root.number(Attribute.lowPc) ?? 0;
  }

  cursorAt(offset: number): Cursor {
    return new Cursor(this.sections.info, offset, this.end);
  }

  abbreviation(cursor: Cursor): Abbreviation {
    const code = cursor.uleb();
    return this.abbreviationOf(code) ?? cursor.fail(`abbreviation ${code} is not defined`);
  }

  abbreviationOf(code: number): Abbreviation | undefined {
    this.#table ??= this.information.abbreviationsAt(this.#abbreviations);
    return this.#table.get(code);
  }

  parentOf(entry: Entry): Entry | undefined {
    const parent = this.tree.parentOf(entry.offset);
    return parent === undefined ? undefined : new Entry(this, parent);
  }

  *childrenOf(entry: Entry): Iterable<Entry> {
    for (const child of this.tree.childrenOf(entry.offset)) yield new Entry(this, child);
  }

  string(offset: number): string {
    return this.information.text('str', offset);
  }

  lineString(offset: number): string {
    return this.information.text('lineStr', offset);
  }

  indexedString(index: number): string {
    // Without DW_AT_str_offsets_base the table starts right after its header (DWARF 5 §7.26).
    const base = this.#base(Attribute.strOffsetsBase, this.wide ? 16 : 8);
    const at = base + index * (this.wide ? 8 : 4);
    return this.string(new Cursor(this.sections.strOffsets, at).offset(this.wide));
  }

  indexedAddress(index: number): number {
    const base = this.#base(Attribute.addrBase, this.version >= 5 ? (this.wide ? 16 : 8) : 0);
    return new Cursor(this.sections.addr, base + index * this.addressSize).address(this.addressSize);
  }

  /** Offset in `.debug_rnglists` of the list with this index. */
  rangeList(index: number): number {
    return this.#listAt('rnglists', this.#base(Attribute.rnglistsBase, this.wide ? 20 : 12), index);
  }

  /** Offset in `.debug_loclists` of the list with this index. */
  locationList(index: number): number {
    return this.#listAt('loclists', this.#base(Attribute.loclistsBase, this.wide ? 20 : 12), index);
  }

  /** What `read` makes of a list of ranges, once for each offset. */
  rangesAt(offset: number, read: (unit: Unit, offset: number) => readonly CodeRange[]): readonly CodeRange[] {
    return cached(this.#ranges, offset, () => read(this, offset));
  }

  /** The same for location lists. */
  locationsAt(
    offset: number,
    read: (unit: Unit, offset: number) => readonly LocatedExpression[],
  ): readonly LocatedExpression[] {
    return cached(this.#locations, offset, () => read(this, offset));
  }

  #listAt(section: 'rnglists' | 'loclists', base: number, index: number): number {
    return base + new Cursor(this.sections[section], base + index * (this.wide ? 8 : 4)).offset(this.wide);
  }

  #base(attribute: number, otherwise: number): number {
    let base = this.#bases.get(attribute);
    if (base === undefined) {
      base = this.root.number(attribute) ?? otherwise;
      this.#bases.set(attribute, base);
    }
    return base;
  }
}

function cached<T>(known: Map<number, T>, offset: number, read: () => T): T {
  let value = known.get(offset);
  if (value === undefined) {
    value = read();
    known.set(offset, value);
  }
  return value;
}

/** Type units and split units carry more in their headers (DWARF 5 §7.5.1.2, §7.5.1.3). */
function readExtraHeader(header: Cursor, type: number, wide: boolean): TypeUnit | undefined {
  if (type === UnitType.skeleton || type === UnitType.splitCompile) header.skip(8);
  if (type !== UnitType.type && type !== UnitType.splitType) return undefined;
  return { signature: header.u64(), offset: header.offset(wide) };
}
