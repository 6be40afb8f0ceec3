/**
 * From line rows to the places where a debugger may stop: one for each run of rows of a line, past the prologue,
 * and inside the loop when the run begins with a loop's head, so that every turn of the loop comes by once.
 */
import type { CodeOffset } from '../../wasm/offsets.ts';
import type { Statement } from '../model.ts';
import type { CodeFunction, CodeFunctions } from './codeFunctions.ts';
import { RowFlag } from './lineProgram.ts';
import type { Lines } from './lines.ts';
import type { LineTable, Sequence } from './lineTable.ts';

/** `code`: contents of the code section, to look at the instructions where rows start. */
export function findStatements(lines: Lines, functions: CodeFunctions, code: Uint8Array): readonly Statement[] {
  const found = new Map<CodeOffset, Statement>();
  for (const table of lines.tables) {
    for (const sequence of table.sequences) {
      for (const run of runsOf(table, sequence, functions)) {
        for (const statement of statementsOf(run, lines, code)) {
          if (!found.has(statement.offset)) found.set(statement.offset, statement);
        }
      }
    }
  }
  return [...found.values()].sort((a, b) => a.offset - b.offset);
}

/** Rows of one function, one an address. */
interface Run {
  readonly table: LineTable;
  readonly within: CodeFunction;
  readonly rows: readonly Row[];
}

interface Row {
  readonly address: CodeOffset;
  readonly file: number;
  readonly line: number;
  readonly column: number;
  readonly flags: number;
}

interface Candidate {
  readonly row: Row;
  /** Where the next row starts, or the function ends. */
  readonly limit: CodeOffset;
}

function* runsOf(table: LineTable, sequence: Sequence, functions: CodeFunctions): Iterable<Run> {
  let within: CodeFunction | undefined;
  let rows: Row[] = [];
  for (let index = sequence.first; index < sequence.end; index++) {
    const row = rowAt(table, index);
    const previous = rows.at(-1);
    if (within !== undefined && row.address < within.end && previous !== undefined && row.address >= within.start) {
      if (row.address === previous.address) rows[rows.length - 1] = merged(previous, row);
      else rows.push(row);
      continue;
    }
    if (within !== undefined) yield { table, within, rows };
    within = functions.at(row.address);
    rows = [row];
  }
  if (within !== undefined) yield { table, within, rows };
}

function rowAt({ rows }: LineTable, index: number): Row {
  return {
    address: rows.addresses[index] ?? 0,
    file: rows.files[index] ?? 0,
    line: rows.lines[index] ?? 0,
    column: rows.columns[index] ?? 0,
    flags: rows.flags[index] ?? 0,
  };
}

/** Of two rows at one address the later one holds; it keeps what the earlier one said of the same line, and of the prologue. */
function merged(earlier: Row, later: Row): Row {
  const kept = earlier.line === later.line && earlier.file === later.file ? earlier.flags : 0;
  return { ...later, flags: later.flags | kept | (earlier.flags & RowFlag.prologueEnd) };
}

function statementsOf({ table, within, rows }: Run, lines: Lines, code: Uint8Array): Statement[] {
  const statements: Statement[] = [];
  const candidates = candidatesOf(rows, within);
  const byLine = groupByLine(candidates);
  for (const candidate of candidates) {
    const { row } = candidate;
    const source = lines.sourceOf(table, row.file);
    const sameLine = byLine.get(lineKey(row)) ?? [];
    const offset = placeOf(candidate, sameLine, { code, bodyStart: within.bodyStart });
    if (source === undefined || offset === undefined) continue;
    const column = Math.max(0, row.column - 1);
    statements.push({ offset, functionIndex: within.index, source, line: row.line - 1, column });
  }
  return statements;
}

const lineKey = (row: Row): string => `${row.file}:${row.line}`;

function groupByLine(candidates: readonly Candidate[]): ReadonlyMap<string, readonly Candidate[]> {
  const groups = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    const key = lineKey(candidate.row);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [candidate]);
    else group.push(candidate);
  }
  return groups;
}

/** Rows that begin a line and are marked as a statement, from the end of the prologue on. */
function candidatesOf(rows: readonly Row[], within: CodeFunction): readonly Candidate[] {
  const candidates: Candidate[] = [];
  let previous: Row | undefined;
  for (let index = firstAfterPrologue(rows); index < rows.length; index++) {
    const row = rows[index];
    if (row === undefined || row.line === 0) continue;
    const begins = previous === undefined || row.line !== previous.line || row.file !== previous.file;
    if (begins && (row.flags & RowFlag.statement) !== 0) {
      candidates.push({ row, limit: rows[index + 1]?.address ?? within.end });
    }
    previous = row;
  }
  return candidates;
}

/** The row marked so, else the second one: the first covers the declarations of locals and the frame's set-up. */
function firstAfterPrologue(rows: readonly Row[]): number {
  const marked = rows.findIndex((row) => (row.flags & RowFlag.prologueEnd) !== 0);
  if (marked >= 0) return marked;
  return rows.length > 1 ? 1 : 0;
}

const Opcode = { block: 0x02, loop: 0x03, end: 0x0b, br: 0x0c } as const;

/** Where to stop for a candidate; undefined when another candidate of the line already stops on the same turn. */
function placeOf(
  candidate: Candidate,
  sameLine: readonly Candidate[],
  { code, bodyStart }: { code: Uint8Array; bodyStart: CodeOffset },
): CodeOffset | undefined {
  const start = Math.max(candidate.row.address, bodyStart);
  if (start >= candidate.limit) return undefined;
  const entered = pastOpeners(code, start, candidate.limit);
  if (code[start] === Opcode.br) {
    // The jump back of a `while`, whose head comes by anyway.
    const head = sameLine.some(
      (other) => other.row.address < start && pastOpeners(code, other.row.address, other.limit).loop,
    );
    return head ? undefined : start;
  }
  if (!entered.loop) return entered.offset;
  // The head of a `for`: its increment, further on, has the same line and comes by on every later turn.
  const increments = sameLine.some(({ row }) => row.address > start && code[row.address] !== Opcode.br);
  return increments ? start : entered.offset;
}

/**
 * The first instruction that does something. Jumps land behind `loop` and behind the `end` of a block, so a stop
 * in front of these would miss them.
 */
function pastOpeners(code: Uint8Array, start: CodeOffset, limit: CodeOffset): { offset: CodeOffset; loop: boolean } {
  let offset = start;
  let loop = false;
  for (;;) {
    const opcode = code[offset];
    if (opcode === Opcode.end) offset += 1;
    else if (opcode === Opcode.block || opcode === Opcode.loop) {
      loop ||= opcode === Opcode.loop;
      offset = pastBlockType(code, offset + 1);
    } else return { offset, loop };
    if (offset >= limit) return { offset: start, loop: false };
  }
}

/** A block's type is one signed LEB128 number, negative for the short forms. */
function pastBlockType(code: Uint8Array, offset: number): number {
  let end = offset;
  while ((code[end] ?? 0) >= 0x80) end += 1;
  return end + 1;
}
