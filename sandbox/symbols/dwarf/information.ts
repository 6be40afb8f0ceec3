/** All units of a module's `.debug_info`, found by offset or by code address; and what was wrong with them. */
import { type Abbreviations, readAbbreviations } from './abbreviations.ts';
import { Cursor, DwarfError, textAt } from './cursor.ts';
import { Entry } from './entry.ts';
import { MOST_RANGES_IN_ALL, rangesOfUnit, upperBound } from './ranges.ts';
import type { Sections } from './sections.ts';
import { Unit } from './unit.ts';

/** Enough to tell what is broken, few enough for hostile files. */
const MOST_PROBLEMS = 100;

interface UnitRange {
  readonly low: number;
  readonly high: number;
  readonly unit: Unit;
}

export class DebugInformation {
  readonly sections: Sections;
  readonly units: readonly Unit[];
  readonly problems: string[] = [];
  /** The error of those that are broken: every entry would find it again. */
  readonly #abbreviations = new Map<number, Abbreviations | DwarfError>();
  readonly #texts = { str: new Map<number, string>(), lineStr: new Map<number, string>() };
  #ranges: readonly UnitRange[] | undefined;
  #typeUnits: ReadonlyMap<bigint, Unit> | undefined;

  constructor(sections: Sections) {
    this.sections = sections;
    this.units = this.#readUnits();
  }

  report(error: DwarfError): void {
    const { problems } = this;
    if (problems.length < MOST_PROBLEMS && !problems.includes(error.message)) problems.push(error.message);
  }

  /** Runs `read`; broken information is recorded and answered with `otherwise`. */
  attempt<Result>(read: () => Result, otherwise: Result): Result {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof DwarfError)) throw error;
      this.report(error);
      return otherwise;
    }
  }

  abbreviationsAt(offset: number): Abbreviations {
    let table = this.#abbreviations.get(offset);
    if (table === undefined) {
      table = this.#readAbbreviations(offset);
      this.#abbreviations.set(offset, table);
    }
    if (table instanceof DwarfError) throw table;
    return table;
  }

  /** Text that entries refer to by its offset. @throws {DwarfError} */
  text(section: 'str' | 'lineStr', offset: number): string {
    let text = this.#texts[section].get(offset);
    if (text === undefined) {
      text = textAt(this.sections[section], offset);
      this.#texts[section].set(offset, text);
    }
    return text;
  }

  /** @throws {DwarfError} when no entry starts there */
  entryAt(offset: number): Entry {
    const unit = this.#unitAt(offset);
    if (unit === undefined || unit.tree.indexOf(offset) < 0) {
      throw new DwarfError(this.sections.info.name, offset, 'a reference leads to no entry');
    }
    return new Entry(unit, offset);
  }

  typeBySignature(signature: bigint): Entry | undefined {
    this.#typeUnits ??= new Map(this.units.flatMap((unit) => (unit.type ? [[unit.type.signature, unit]] : [])));
    const unit = this.#typeUnits.get(signature);
    return unit?.type && this.entryAt(unit.start + unit.type.offset);
  }

  /** The unit that owns the code at `address`. */
  unitOfCode(address: number): Unit | undefined {
    this.#ranges ??= this.#readRanges();
    const ranges = this.#ranges;
    // Units may overlap in broken files; real ones do not, so a few steps back are enough.
    const last = upperBound(ranges, address) - 1;
    for (let index = last; index >= 0 && index > last - 4; index--) {
      const range = ranges[index];
      if (range !== undefined && address < range.high) return range.unit;
    }
    return undefined;
  }

  #unitAt(offset: number): Unit | undefined {
    const { units } = this;
    let low = 0;
    let high = units.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((units[middle]?.end ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    const unit = units[low];
    return unit !== undefined && unit.start <= offset ? unit : undefined;
  }

  #readUnits(): readonly Unit[] {
    const units: Unit[] = [];
    const cursor = new Cursor(this.sections.info);
    while (!cursor.done) {
      const start = cursor.position;
      try {
        units.push(new Unit(this, cursor));
      } catch (error) {
        if (!(error instanceof DwarfError)) throw error;
        this.report(error);
        // A unit that we cannot read is passed over when its length was sound; otherwise nothing after it can be found.
        if (cursor.position <= start + 12) break;
      }
    }
    return units;
  }

  #readAbbreviations(offset: number): Abbreviations | DwarfError {
    try {
      return readAbbreviations(this.sections.abbrev, offset);
    } catch (error) {
      if (error instanceof DwarfError) return error;
      throw error;
    }
  }

  #readRanges(): readonly UnitRange[] {
    const ranges: UnitRange[] = [];
    for (const unit of this.units) {
      if (ranges.length > MOST_RANGES_IN_ALL) break;
      for (const range of this.attempt(() => rangesOfUnit(unit), [])) ranges.push({ ...range, unit });
    }
    return ranges.sort((a, b) => a.low - b.low);
  }
}
