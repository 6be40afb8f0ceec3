/** Symbols of a module that was written as text: its statements are instructions, its variables wasm's own. */
import type { Artifact } from '../compile/artifact.ts';
import type { Module } from '../wasm/module.ts';
import type { CodeOffset } from '../wasm/offsets.ts';
import type { SourceLocation, Statement, Symbols } from './model.ts';
import { lastAt } from './statementSearch.ts';
import { WasmSymbols } from './wasmSymbols.ts';

/** @throws {Error} the artifact is not of a text module */
export function readWat(artifact: Artifact, module: Module): Symbols {
  if (artifact.debug.kind !== 'wat')
    throw new Error(`The artifact's debug information is ${artifact.debug.kind}, not wat.`);
  const { source, lines } = artifact.debug;
  const sorted = lines.map((line) => ({ ...line, source: 0 })).sort((a, b) => a.offset - b.offset);
  // An offset can be one site only: the outermost of the statements that start there.
  const statements = sorted.filter(({ offset }, index) => sorted[index - 1]?.offset !== offset);
  return new WatSymbols(module, source, statements);
}

class WatSymbols extends WasmSymbols {
  override readonly sources: Symbols['sources'];
  readonly #statements: readonly Statement[];

  constructor(
    module: Module,
    source: { readonly path: string; readonly content: string },
    statements: readonly Statement[],
  ) {
    super(module);
    this.#statements = statements;
    this.sources = [{ path: source.path.replaceAll('\\', '/'), content: source.content, library: false }];
  }

  override statements(): readonly Statement[] {
    return this.#statements;
  }

  /** A function's entry lies before its first statement and counts as it. */
  protected override locate(functionIndex: number, offset: CodeOffset): SourceLocation | undefined {
    const statement = lastAt(this.#statements, functionIndex, offset);
    return statement && { source: 0, line: statement.line, column: statement.column };
  }
}
