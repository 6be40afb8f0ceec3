/** Where breakpoints go: from a line or a function's name to code. Lines and columns are 0-based. */
import type { CodeOffset } from '../wasm/offsets.ts';
import type { Statement, Symbols } from './model.ts';

export interface ResolvedLine {
  readonly line: number;
  readonly column: number;
  /** One for each stretch of code that the line has: loop headers and inlined copies have several. */
  readonly offsets: readonly CodeOffset[];
}

/**
 * The code of a line, else of the next line of that source that has any. With `column`, the statement on the line
 * that the column is in.
 */
export function resolveLine(symbols: Symbols, source: number, line: number, column?: number): ResolvedLine | undefined {
  const lines = linesOf(symbols, source);
  const actual = lines.sorted[firstFrom(lines.sorted, line)];
  if (actual === undefined) return undefined;
  const all = lines.starts.get(actual) ?? [];
  const chosen = column === undefined || actual !== line ? runStarts(all) : atColumn(all, column);
  const columns = chosen.map(({ statement }) => statement.column);
  const offsets = [...new Set(chosen.map(({ statement }) => statement.offset))];
  return { line: actual, column: Math.min(...columns), offsets };
}

/** Lines of a source on which a breakpoint can be, with the columns of their statements, from `first` to `last`. */
export function breakpointPlaces(
  symbols: Symbols,
  source: number,
  range: { readonly first: number; readonly last: number },
): readonly { readonly line: number; readonly column: number }[] {
  const lines = linesOf(symbols, source);
  const from = firstFrom(lines.sorted, range.first);
  return lines.sorted.slice(from, firstFrom(lines.sorted, range.last + 1)).flatMap((line) => {
    const columns = new Set((lines.starts.get(line) ?? []).map(({ statement }) => statement.column));
    return [...columns].sort((a, b) => a - b).map((column) => ({ line, column }));
  });
}

/**
 * Functions a person may mean by a name, of the `count` that the module has: the full name, the name without its
 * parameters, or its last part.
 */
export function functionsNamed(symbols: Symbols, count: number, name: string): readonly number[] {
  const exact: number[] = [];
  const loose: number[] = [];
  for (let index = 0; index < count; index++) {
    const candidate = symbols.functionName(index);
    if (candidate === undefined) continue;
    const bare = candidate.replace(/\(.*$/, '');
    if (candidate === name || bare === name) exact.push(index);
    else if (bare.split(/::|#|\.|\//).at(-1) === name) loose.push(index);
  }
  return exact.length > 0 ? exact : loose;
}

interface Start {
  readonly statement: Statement;
  /** Whether the code before it, in its function, is on another line. */
  readonly first: boolean;
}

interface Lines {
  readonly sorted: readonly number[];
  readonly starts: ReadonlyMap<number, readonly Start[]>;
}

const known = new WeakMap<Symbols, ReadonlyMap<number, Lines>>();
const noLines: Lines = { sorted: [], starts: new Map() };

function linesOf(symbols: Symbols, source: number): Lines {
  let bySource = known.get(symbols);
  if (!bySource) {
    bySource = indexLines(symbols.statements());
    known.set(symbols, bySource);
  }
  return bySource.get(source) ?? noLines;
}

function indexLines(statements: readonly Statement[]): ReadonlyMap<number, Lines> {
  const bySource = new Map<number, Map<number, Start[]>>();
  let previous: Statement | undefined;
  for (const statement of statements) {
    const { source, line } = statement;
    const starts = bySource.get(source) ?? new Map<number, Start[]>();
    bySource.set(source, starts);
    const first = !previous || !isSameLine(previous, statement);
    const onLine = starts.get(line);
    if (onLine) onLine.push({ statement, first });
    else starts.set(line, [{ statement, first }]);
    previous = statement;
  }
  const lines = [...bySource].map(([source, starts]): [number, Lines] => {
    return [source, { starts, sorted: [...starts.keys()].sort((a, b) => a - b) }];
  });
  return new Map(lines);
}

function isSameLine(a: Statement, b: Statement): boolean {
  return a.functionIndex === b.functionIndex && a.source === b.source && a.line === b.line;
}

function runStarts(starts: readonly Start[]): readonly Start[] {
  return starts.filter((start) => start.first);
}

/** The statement that starts last before the column or at it, else the first after it. */
function atColumn(starts: readonly Start[], column: number): readonly Start[] {
  const columns = starts.map(({ statement }) => statement.column);
  const before = columns.filter((candidate) => candidate <= column);
  const chosen = before.length > 0 ? Math.max(...before) : Math.min(...columns);
  return starts.filter(({ statement }) => statement.column === chosen);
}

/** Index of the first number that is not less. */
function firstFrom(sorted: readonly number[], wanted: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
