/** Symbols of a module that was written as text: its statements are instructions, its variables wasm's own. */
import type { Artifact } from '../compile/artifact.ts';
import type { Module } from '../wasm/module.ts';
import { type Names, readNames } from '../wasm/names.ts';
import type { CodeOffset } from '../wasm/offsets.ts';
import { builtinType } from './expression/typeNames.ts';
import type { SourceFrame, SourceLocation, Statement, Symbols, Type, Variable } from './model.ts';
import { lastAt } from './statementSearch.ts';
import { typeOfWasm } from './wasmTypes.ts';
import { wasmFunctionName, wasmGlobals, wasmScopes, wasmTrackedLocals } from './wasmVariables.ts';

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

class WatSymbols implements Symbols {
  readonly syntax = 'wat';
  readonly sources: Symbols['sources'];
  readonly #module: Module;
  readonly #names: Names;
  readonly #statements: readonly Statement[];
  #globals: readonly Variable[] | undefined;

  constructor(
    module: Module,
    source: { readonly path: string; readonly content: string },
    statements: readonly Statement[],
  ) {
    this.#module = module;
    this.#names = readNames(module);
    this.#statements = statements;
    this.sources = [{ path: source.path.replaceAll('\\', '/'), content: source.content, library: false }];
  }

  statements(): readonly Statement[] {
    return this.#statements;
  }

  functionName(functionIndex: number): string | undefined {
    return wasmFunctionName(this.#module, this.#names, functionIndex);
  }

  frames(functionIndex: number, offset: CodeOffset, afterCall: boolean): readonly SourceFrame[] {
    const name = this.functionName(functionIndex);
    if (name === undefined) return [];
    const scopes = wasmScopes(this.#module, this.#names, functionIndex);
    return [{ name, inlined: false, scopes, location: this.#location(functionIndex, afterCall ? offset - 1 : offset) }];
  }

  globals(): readonly Variable[] {
    this.#globals ??= wasmGlobals(this.#module, this.#names);
    return this.#globals;
  }

  trackedLocals(functionIndex: number): readonly number[] {
    return wasmTrackedLocals(this.#module, functionIndex);
  }

  typeNamed(name: string): Type | undefined {
    return name === 'v128' ? typeOfWasm(name) : builtinType(name, 'wat');
  }

  /** A function's entry lies before its first statement and counts as it. */
  #location(functionIndex: number, offset: CodeOffset): SourceLocation | undefined {
    const statement = lastAt(this.#statements, functionIndex, offset);
    return statement && { source: 0, line: statement.line, column: statement.column };
  }
}
