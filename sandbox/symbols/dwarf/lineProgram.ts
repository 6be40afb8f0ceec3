/** The line number program (DWARF 5 §6.2): run once, its rows kept in typed arrays in the order of the program. */
import { ExtendedLineOp, isDead, LineOp } from './constants.ts';
import type { Cursor } from './cursor.ts';
import type { LineHeader } from './lineHeader.ts';

/** Parallel arrays, one element a row. Lines and columns are 1-based, 0 is unknown; files as the header counts them. */
export interface LineRows {
  readonly count: number;
  readonly addresses: Uint32Array;
  readonly lines: Uint32Array;
  readonly columns: Uint32Array;
  readonly files: Uint32Array;
  /** `RowFlag`s. */
  readonly flags: Uint8Array;
}

export const RowFlag = { statement: 1, endSequence: 2, prologueEnd: 4 } as const;

/** Rows of code that the linker dropped are left out. @throws {DwarfError} */
export function runLineProgram(cursor: Cursor, header: LineHeader): LineRows {
  const machine = new LineMachine(header);
  while (!cursor.done) machine.step(cursor);
  return machine.rows.finish();
}

/** Registers of the machine that every row takes over (DWARF 5 §6.2.2). */
interface Registers {
  address: number;
  line: number;
  column: number;
  file: number;
}

const initial = (): Registers => ({ address: 0, line: 1, column: 0, file: 1 });

class LineMachine {
  readonly rows = new RowBuffer();
  readonly #header: LineHeader;
  readonly #constAddPc: number;
  #registers = initial();
  #isStatement: boolean;
  #prologueEnd = false;
  /** In a sequence of dropped code, whose addresses start at the tombstone and would wrap to small ones. */
  #dropped = false;

  constructor(header: LineHeader) {
    this.#header = header;
    this.#isStatement = header.defaultIsStatement;
    const adjusted = 255 - header.opcodeBase;
    this.#constAddPc = Math.floor(adjusted / header.lineRange) * header.minimumInstructionLength;
  }

  step(cursor: Cursor): void {
    const { opcodeBase } = this.#header;
    const opcode = cursor.u8();
    if (opcode >= opcodeBase) this.#special(opcode - opcodeBase);
    else if (opcode === LineOp.extended) this.#extended(cursor);
    else this.#standard(cursor, opcode);
  }

  #special(adjusted: number): void {
    const { lineBase, lineRange, minimumInstructionLength } = this.#header;
    this.#registers.address += Math.floor(adjusted / lineRange) * minimumInstructionLength;
    this.#registers.line += lineBase + (adjusted % lineRange);
    this.#emit(false);
  }

  #standard(cursor: Cursor, opcode: number): void {
    switch (opcode) {
      case LineOp.copy:
        this.#emit(false);
        return;
      case LineOp.advancePc:
        this.#registers.address += cursor.uleb() * this.#header.minimumInstructionLength;
        return;
      case LineOp.advanceLine:
        this.#registers.line += cursor.sleb();
        return;
      case LineOp.setFile:
        this.#registers.file = cursor.uleb();
        return;
      case LineOp.setColumn:
        this.#registers.column = cursor.uleb();
        return;
      case LineOp.negateStmt:
        this.#isStatement = !this.#isStatement;
        return;
      case LineOp.constAddPc:
        this.#registers.address += this.#constAddPc;
        return;
      case LineOp.fixedAdvancePc:
        this.#registers.address += cursor.u16();
        return;
      case LineOp.setPrologueEnd:
        this.#prologueEnd = true;
        return;
      default:
        for (let left = this.#header.operandCounts[opcode] ?? 0; left > 0; left--) cursor.skipLeb();
    }
  }

  #extended(cursor: Cursor): void {
    const length = cursor.uleb();
    const end = cursor.position + length;
    if (length > 0) {
      const opcode = cursor.u8();
      if (opcode === ExtendedLineOp.endSequence) this.#endSequence();
      else if (opcode === ExtendedLineOp.setAddress) {
        this.#registers.address = cursor.address(length - 1);
        this.#dropped = isDead(this.#registers.address);
      }
    }
    cursor.position = end;
    cursor.skip(0);
  }

  #endSequence(): void {
    this.#emit(true);
    this.#registers = initial();
    this.#isStatement = this.#header.defaultIsStatement;
    this.#dropped = false;
  }

  #emit(endSequence: boolean): void {
    const flags =
      (this.#isStatement ? RowFlag.statement : 0) |
      (endSequence ? RowFlag.endSequence : 0) |
      (this.#prologueEnd ? RowFlag.prologueEnd : 0);
    this.#prologueEnd = false;
    if (this.#dropped) return;
    this.rows.add(this.#registers, flags);
  }
}

class RowBuffer {
  #count = 0;
  #addresses = new Uint32Array(1024);
  #lines = new Uint32Array(1024);
  #columns = new Uint32Array(1024);
  #files = new Uint32Array(1024);
  #flags = new Uint8Array(1024);

  add({ address, line, column, file }: Registers, flags: number): void {
    if (this.#count === this.#addresses.length) this.#grow();
    const row = this.#count++;
    this.#addresses[row] = address;
    this.#lines[row] = line;
    this.#columns[row] = column;
    this.#files[row] = file;
    this.#flags[row] = flags;
  }

  finish(): LineRows {
    const count = this.#count;
    return {
      count,
      addresses: this.#addresses.slice(0, count),
      lines: this.#lines.slice(0, count),
      columns: this.#columns.slice(0, count),
      files: this.#files.slice(0, count),
      flags: this.#flags.slice(0, count),
    };
  }

  #grow(): void {
    const size = this.#count * 2;
    const grown = (old: Uint32Array): Uint32Array<ArrayBuffer> => {
      const array = new Uint32Array(size);
      array.set(old);
      return array;
    };
    this.#addresses = grown(this.#addresses);
    this.#lines = grown(this.#lines);
    this.#columns = grown(this.#columns);
    this.#files = grown(this.#files);
    const flags = new Uint8Array(size);
    flags.set(this.#flags);
    this.#flags = flags;
  }
}
