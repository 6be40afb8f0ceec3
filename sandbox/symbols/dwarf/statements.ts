/**
 * From line rows to the places where a debugger may stop: one for each run of rows of a line, past the prologue, and
 * inside the loop when the run begins with a loop's head, so that every turn of the loop comes by once. Not in the
 * middle of an expression that returns to its first line, and not on a jump over what follows on the same line.
 */
import type { CodeOffset } from '../../wasm/offsets.ts';
import type { Statement } from '../model.ts';
import type { CodeFunction, CodeFunctions } from './codeFunctions.ts';
import { type LineRows, RowFlag } from './lineProgram.ts';
import type { Lines } from './lines.ts';
import type { LineTable, Sequence } from './lineTable.ts';
import type { ModuleCode } from './moduleCode.ts';
import { Opcode, pastOpeners } from './openers.ts';

export function findStatements(lines: Lines, functions: CodeFunctions, code: ModuleCode): readonly Statement[] {
  const found: Statement[] = [];
  for (const table of lines.tables) {
    for (const sequence of table.sequences) {
      for (const run of runsOf(table, sequence, functions)) addStatements(run, { lines, code, found });
    }
  }
  found.sort((a, b) => a.offset - b.offset);
  return found.filter(({ offset }, index) => offset !== found[index - 1]?.offset);
}

/** Rows `[first, end)` of one function. */
interface Run {
  readonly table: LineTable;
  readonly within: CodeFunction;
  readonly first: number;
  readonly end: number;
}

/** A row that begins a line. */
interface Candidate {
  readonly file: number;
  readonly line: number;
  readonly column: number;
  /** Code of the row, the local declarations left out. */
  readonly start: CodeOffset;
  /** Where the next row starts, or the function ends. */
  readonly limit: CodeOffset;
}

function* runsOf(table: LineTable, sequence: Sequence, functions: CodeFunctions): Iterable<Run> {
  const { addresses } = table.rows;
  let row = sequence.first;
  while (row < sequence.end) {
    const first = row++;
    const within = functions.at(addresses[first] ?? 0);
    while (row < sequence.end && within !== undefined && (addresses[row] ?? 0) < within.end) row++;
    if (within !== undefined) yield { table, within, first, end: row };
  }
}

interface Collection {
  readonly lines: Lines;
  readonly code: ModuleCode;
  readonly found: Statement[];
}

function addStatements(run: Run, { lines, code, found }: Collection): void {
  const candidates = candidatesOf(run, code.contents);
  const sameLine = groupedByLine(candidates);
  for (const [index, candidate] of candidates.entries()) {
    const source = lines.sourceOf(run.table, candidate.file);
    const offset = placeOf(candidate, sameLine, code.contents);
    if (source === undefined || offset === undefined) continue;
    const previous = candidates[index - 1];
    const returns = previous !== undefined && sameLine(candidate)[0] !== candidate;
    // `a +` on one line, `b` on the next: back on the first line the sum is no second statement.
    if (returns && code.isMidExpression(previous.start, candidate.start)) continue;
    const column = Math.max(0, candidate.column - 1);
    found.push({ offset, functionIndex: run.within.index, source, line: candidate.line - 1, column });
  }
}

/** Rows that begin a line and are marked as a statement, from the end of the prologue on. */
function candidatesOf({ table: { rows }, within, first, end }: Run, code: Uint8Array): readonly Candidate[] {
  const candidates: Candidate[] = [];
  let previousLine = 0;
  let previousFile = 0;
  let previousStart = -1;
  let wasStatement = false;
  for (let row = firstAfterPrologue(rows, first, end); row < end; row++) {
    const line = rows.lines[row] ?? 0;
    const file = rows.files[row] ?? 0;
    const start = Math.max(rows.addresses[row] ?? 0, within.bodyStart);
    const limit = row + 1 < end ? (rows.addresses[row + 1] ?? 0) : within.end;
    const isStatement = ((rows.flags[row] ?? 0) & RowFlag.statement) !== 0;
    if (line === 0) continue;
    const begins = line !== previousLine || file !== previousFile;
    if (limit <= start) {
      // Of several rows at one address the last one holds; it may take over the mark of one for the same line.
      wasStatement = isStatement && begins;
      if (wasStatement) [previousLine, previousFile] = [line, file];
      continue;
    }
    // `} else if (…)`: the jump over it has its line, but what follows is reached from elsewhere and is what counts.
    const last = candidates.at(-1);
    const followsJump = !begins && isStatement && last?.start === previousStart && code[last.start] === Opcode.br;
    if (followsJump) candidates.pop();
    if (followsJump || (begins && isStatement) || (!begins && wasStatement)) {
      candidates.push({ file, line, column: rows.columns[row] ?? 0, start, limit });
    }
    [previousLine, previousFile, previousStart, wasStatement] = [line, file, start, false];
  }
  return candidates;
}

/** The row marked so, else the second one: the first covers the declarations of locals and the frame's set-up. */
function firstAfterPrologue({ flags }: LineRows, first: number, end: number): number {
  for (let row = first; row < end; row++) if (((flags[row] ?? 0) & RowFlag.prologueEnd) !== 0) return row;
  return end - first > 1 ? first + 1 : first;
}

type ByLine = (candidate: Candidate) => readonly Candidate[];

/** Made when first asked: most functions have no loops. */
function groupedByLine(candidates: readonly Candidate[]): ByLine {
  const groups = new Map<number, Candidate[]>();
  const key = ({ file, line }: Candidate): number => file * 2 ** 32 + line;
  return (candidate) => {
    if (groups.size === 0) {
      for (const each of candidates) {
        const group = groups.get(key(each));
        if (group === undefined) groups.set(key(each), [each]);
        else group.push(each);
      }
    }
    return groups.get(key(candidate)) ?? [];
  };
}

/** Where to stop for a candidate; undefined when another candidate of the line already stops on the same turn. */
function placeOf(candidate: Candidate, sameLine: ByLine, code: Uint8Array): CodeOffset | undefined {
  const { start, limit } = candidate;
  if (code[start] === Opcode.br) {
    // The jump back of a `while`, whose head comes by anyway.
    const hasHead = sameLine(candidate).some(
      (other) => other.start < start && pastOpeners(code, other.start, other.limit).loop,
    );
    return hasHead ? undefined : start;
  }
  const entered = pastOpeners(code, start, limit);
  if (!entered.loop) return entered.offset;
  // The head of a `for`: its increment, further on, has the same line and comes by on every later turn.
  const hasIncrement = sameLine(candidate).some((other) => other.start > start && code[other.start] !== Opcode.br);
  return hasIncrement ? start : entered.offset;
}
