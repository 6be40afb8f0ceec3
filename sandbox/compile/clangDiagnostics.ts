/**
 * Reads what clang and wasm-ld print. clang's lines look like
 * `main.c:3:5:{3:5-3:8}{3:10-3:12}: error: text [-Wflag]`, wasm-ld's like `wasm-ld: error: a.o: undefined symbol: foo`.
 */
import type { Diagnostic } from './artifact.ts';
import { withoutCommentsAndStrings } from './cSources.ts';
import { localNames } from './wasmSections.ts';

export interface ClangOutput {
  readonly diagnostics: readonly Diagnostic[];
  /** Errors of the driver and the linker that belong to no place in a source. */
  readonly general: readonly string[];
}

export interface OutputContext {
  readonly program: string;
  /** Texts of the C sources by absolute path, to find where an undefined function is called. */
  readonly texts: ReadonlyMap<string, string>;
  /** Absolute path of a file as clang names it; undefined for the compiler's own headers. */
  readonly toRealPath: (file: string) => string | undefined;
}

/** True when a program turned out to have no `main` after all: it may be left out by a condition. */
export function lacksMain(log: string, wasm: Uint8Array | undefined): boolean {
  if (wasm === undefined) return /undefined symbol: (?:main|__main_void|__main_argc_argv|__original_main)\b/.test(log);
  return [...localNames(wasm).keys()].some((name) =>
    /^undefined_weak:(?:main|__main_void|__main_argc_argv)$/.test(name),
  );
}

export function parseClangOutput(output: string, context: OutputContext): ClangOutput {
  const diagnostics: Diagnostic[] = [];
  const general: string[] = [];
  for (const line of output.split(/\r?\n/)) {
    const placed = placedLine.exec(line);
    if (placed) {
      diagnostics.push(placedDiagnostic(placed, context));
      continue;
    }
    const unplaced = unplacedLine.exec(line);
    if (!unplaced) continue;
    const message = unplaced[1] ?? '';
    // Said after the linker's own reason.
    if (message.startsWith('linker command failed')) continue;
    const symbol = /undefined symbol: (\S+)/.exec(message)?.[1];
    const place = symbol === undefined ? undefined : findCall(symbol, context.texts);
    if (symbol !== undefined && place) diagnostics.push(undefinedSymbol(symbol, place));
    else general.push(message);
  }
  return { diagnostics, general };
}

const placedLine =
  /^(.+?):(\d+):(\d+):((?:\{\d+:\d+-\d+:\d+\})*):? ?(fatal error|error|warning|note|remark): (.*?)(?: \[(-W[^\]]+)\])?$/;
const unplacedLine = /^(?:clang(?:-\d+)?|wasm-ld(?:-\d+)?|lld)(?:\.exe)?: error: (.*)$/;

function placedDiagnostic(match: RegExpExecArray, context: OutputContext): Diagnostic {
  const [, name = '', lineText, columnText, ranges = '', kind, text = '', flag] = match;
  const file = context.toRealPath(name);
  if (file === undefined) {
    return { file: context.program, line: 0, column: 0, severity: severityOf(kind), message: `${name}: ${text}` };
  }
  const line = Number(lineText) - 1;
  const column = unitsOfBytes(context.texts.get(file), line, Number(columnText) - 1);
  const end = rangeEnd(ranges, line, Number(columnText) - 1);
  return {
    file,
    line,
    column,
    ...(end === undefined ? {} : { endLine: line, endColumn: unitsOfBytes(context.texts.get(file), line, end) }),
    severity: severityOf(kind),
    message: text,
    ...(flag === undefined ? {} : { code: flag }),
  };
}

/** The end of the range that starts at the diagnostic's own position, on its own line. */
function rangeEnd(ranges: string, line: number, column: number): number | undefined {
  for (const match of ranges.matchAll(/\{(\d+):(\d+)-(\d+):(\d+)\}/g)) {
    const [startLine = 0, start = 0, endLine = 0, end = 0] = match.slice(1).map((digits) => Number(digits) - 1);
    if (startLine === line && start === column && endLine === line && end > column) return end;
  }
  return undefined;
}

function severityOf(kind: string | undefined): Diagnostic['severity'] {
  if (kind === 'warning') return 'warning';
  return kind === 'note' || kind === 'remark' ? 'information' : 'error';
}

/** clang counts columns in bytes of UTF-8, we in UTF-16 units. */
function unitsOfBytes(text: string | undefined, line: number, bytes: number): number {
  const content = text?.split('\n')[line];
  if (content === undefined) return bytes;
  return Buffer.from(content).subarray(0, bytes).toString().length;
}

interface SourcePlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The linker knows no lines: the last mention of a name is its use, not its declaration. */
function findCall(symbol: string, texts: ReadonlyMap<string, string>): SourcePlace | undefined {
  if (!/^\w+$/.test(symbol)) return undefined;
  for (const [file, text] of texts) {
    const matches = [...withoutCommentsAndStrings(text).matchAll(new RegExp(`\\b${symbol}\\b`, 'g'))];
    const index = matches.at(-1)?.index;
    if (index === undefined) continue;
    const before = text.slice(0, index).split('\n');
    return { file, line: before.length - 1, column: before.at(-1)?.length ?? 0 };
  }
  return undefined;
}

function undefinedSymbol(symbol: string, place: SourcePlace): Diagnostic {
  return {
    ...place,
    endLine: place.line,
    endColumn: place.column + symbol.length,
    severity: 'error',
    message: `"${symbol}" is used but defined nowhere. Add the file that defines it to "sources", or check its name.`,
    code: 'undefined-symbol',
  };
}
