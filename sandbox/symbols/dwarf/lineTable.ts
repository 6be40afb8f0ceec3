/** One unit's line table: its files, its rows when first asked for, and which row covers an address. */
import { isDead } from './constants.ts';
import { Cursor } from './cursor.ts';
import { type LineHeader, readLineHeader } from './lineHeader.ts';
import { type LineRows, RowFlag, runLineProgram } from './lineProgram.ts';
import type { Unit } from './unit.ts';

/** A run of rows with ascending addresses: rows `[first, end)`, code `[low, high)`. */
export interface Sequence {
  readonly low: number;
  readonly high: number;
  readonly first: number;
  /** The row that ends the sequence. */
  readonly end: number;
}

const NO_ROWS: LineRows = {
  count: 0,
  addresses: new Uint32Array(0),
  lines: new Uint32Array(0),
  columns: new Uint32Array(0),
  files: new Uint32Array(0),
  flags: new Uint8Array(0),
};

export class LineTable {
  readonly #unit: Unit;
  readonly #header: LineHeader;
  readonly #program: Cursor;
  #rows: LineRows | undefined;
  #sequences: readonly Sequence[] | undefined;

  /** `offset`: in `.debug_line`. @throws {DwarfError} */
  constructor(unit: Unit, offset: number) {
    this.#unit = unit;
    const start = new Cursor(unit.sections.line, offset);
    const { length, wide } = start.initialLength();
    const end = start.position + length;
    this.#program = new Cursor(unit.sections.line, start.position, end);
    this.#header = readLineHeader(this.#program, wide, unit);
  }

  get files(): readonly (string | undefined)[] {
    return this.#header.files;
  }

  get rows(): LineRows {
    this.#rows ??= this.#unit.information.attempt(() => runLineProgram(this.#program, this.#header), NO_ROWS);
    return this.#rows;
  }

  /** Sorted by code. */
  get sequences(): readonly Sequence[] {
    this.#sequences ??= findSequences(this.rows);
    return this.#sequences;
  }

  /** The last row at or before `address` in the sequence that covers it. */
  rowAt(address: number): number | undefined {
    const sequence = sequenceAt(this.sequences, address);
    if (sequence === undefined) return undefined;
    const { addresses } = this.rows;
    let { first: low, end: high } = sequence;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((addresses[middle] ?? 0) <= address) low = middle + 1;
      else high = middle;
    }
    return low > sequence.first ? low - 1 : undefined;
  }
}

function sequenceAt(sequences: readonly Sequence[], address: number): Sequence | undefined {
  let low = 0;
  let high = sequences.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sequences[middle]?.low ?? 0) <= address) low = middle + 1;
    else high = middle;
  }
  const sequence = sequences[low - 1];
  return sequence !== undefined && address < sequence.high ? sequence : undefined;
}

function findSequences(rows: LineRows): readonly Sequence[] {
  const sequences: Sequence[] = [];
  let first = 0;
  for (let row = 0; row < rows.count; row++) {
    if (((rows.flags[row] ?? 0) & RowFlag.endSequence) === 0) continue;
    const low = rows.addresses[first] ?? 0;
    const high = rows.addresses[row] ?? 0;
    if (low < high && !isDead(low)) sequences.push({ low, high, first, end: row });
    first = row + 1;
  }
  return sequences.sort((a, b) => a.low - b.low);
}
