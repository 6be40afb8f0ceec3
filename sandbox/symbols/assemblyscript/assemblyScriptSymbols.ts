/**
 * Symbols of an AssemblyScript module: positions from its source map, names, types and layouts from what the compiler
 * told. Functions and globals are found by their names in the name section.
 */
import type { Artifact, AssemblyScriptFunction, AssemblyScriptProgram } from '../../compile/artifact.ts';
import type { Module } from '../../wasm/module.ts';
import { type Names, readNames } from '../../wasm/names.ts';
import type { CodeOffset } from '../../wasm/offsets.ts';
import type { Scope, Source, SourceFrame, SourceLocation, Statement, Symbols, Type, Variable } from '../model.ts';
import { lastAt } from '../statementSearch.ts';
import { wasmFunctionName } from '../wasmVariables.ts';
import { AssemblyScriptTypes, shortName } from './classes.ts';
import { firstMappingFrom, readSourceMap, type SourceMap } from './mappings.ts';
import { findStatements } from './statements.ts';
import { globalVariables, scopesAt } from './variables.ts';

/** @throws {Error} not an AssemblyScript artifact, or its source map is broken */
export async function readAssemblyScript(artifact: Artifact, module: Module): Promise<Symbols> {
  const { debug } = artifact;
  if (debug.kind !== 'assemblyscript') {
    throw new Error(`The artifact's debug information is ${debug.kind}, not assemblyscript.`);
  }
  return new AssemblyScriptSymbols(module, await readSourceMap(debug.sourceMap), debug.program);
}

class AssemblyScriptSymbols implements Symbols {
  readonly syntax = 'assemblyscript';
  readonly sources: readonly Source[];
  readonly #module: Module;
  readonly #names: Names;
  readonly #map: SourceMap;
  readonly #types: AssemblyScriptTypes;
  readonly #program: AssemblyScriptProgram;
  readonly #described: ReadonlyMap<string, AssemblyScriptFunction>;
  #statements: readonly Statement[] | undefined;
  #globals: readonly Variable[] | undefined;

  constructor(module: Module, map: SourceMap, program: AssemblyScriptProgram) {
    this.#module = module;
    this.#names = readNames(module);
    this.#map = map;
    this.#program = program;
    this.#types = new AssemblyScriptTypes(program);
    this.#described = new Map(program.functions.map((each) => [each.wasmName, each]));
    this.sources = map.sources.map(({ path, content }) => ({
      path: portable(path),
      library: isLibrary(path),
      ...(content === undefined ? {} : { content }),
    }));
  }

  statements(): readonly Statement[] {
    this.#statements ??= findStatements(this.#module, this.#map.mappings, {
      isGenerated: (index) => this.#isGenerated(index),
      isLibrary: (source) => this.sources[source]?.library ?? false,
    });
    return this.#statements;
  }

  functionName(functionIndex: number): string | undefined {
    const wasmName = this.#names.function(functionIndex);
    if (wasmName === undefined) return wasmFunctionName(this.#module, this.#names, functionIndex);
    return shortName(this.#described.get(wasmName)?.name ?? wasmName);
  }

  frames(functionIndex: number, offset: CodeOffset, afterCall: boolean): readonly SourceFrame[] {
    const name = this.functionName(functionIndex);
    if (name === undefined) return [];
    const statement = afterCall ? undefined : this.#statementAt(functionIndex, offset);
    const location = statement ?? this.#location(functionIndex, afterCall ? offset - 1 : offset);
    return [{ name, inlined: false, location, scopes: this.#scopes(functionIndex, location) }];
  }

  globals(): readonly Variable[] {
    this.#globals ??= globalVariables(this.#program, this.#module, this.#names, this.#types);
    return this.#globals;
  }

  /** None in the standard library: its functions are called most, and keeping locals costs at each of their calls. */
  trackedLocals(functionIndex: number): readonly number[] {
    const described = this.#describedAt(functionIndex);
    if (!described || isLibrary(described.path) || this.#isGenerated(functionIndex)) return [];
    return described.locals.flatMap(({ index }) => (Number.isInteger(index) && index >= 0 ? [index] : []));
  }

  typeNamed(name: string): Type | undefined {
    return this.#types.written(name);
  }

  #describedAt(functionIndex: number): AssemblyScriptFunction | undefined {
    return this.#described.get(this.#names.function(functionIndex) ?? '');
  }

  #scopes(functionIndex: number, location: SourceLocation | undefined): readonly Scope[] {
    const described = this.#describedAt(functionIndex);
    if (!described) return [];
    // In code that was inlined from another file, lines say nothing about this function's scopes.
    const own = location && this.sources[location.source]?.path === portable(described.path);
    return scopesAt(described, this.#types, own ? location.line : undefined);
  }

  /** Where a statement starts, its own column counts; the map has that of its first operand. */
  #statementAt(functionIndex: number, offset: CodeOffset): SourceLocation | undefined {
    const statement = lastAt(this.statements(), functionIndex, offset);
    if (statement?.offset !== offset) return undefined;
    return { source: statement.source, line: statement.line, column: statement.column };
  }

  /** The last mapped code at or before an offset; before any, the function's first. */
  #location(functionIndex: number, offset: CodeOffset): SourceLocation | undefined {
    const body = this.#module.functions[functionIndex]?.body;
    if (!body) return undefined;
    const { mappings } = this.#map;
    const { codeStart } = this.#module;
    const start = codeStart + body.start;
    for (let index = firstMappingFrom(mappings, codeStart + offset + 1) - 1; index >= 0; index--) {
      const mapping = mappings[index];
      if (!mapping || mapping.offset < start) break;
      if (mapping.place) return mapping.place;
    }
    for (let index = firstMappingFrom(mappings, start); index < mappings.length; index++) {
      const mapping = mappings[index];
      if (!mapping || mapping.offset >= codeStart + body.end) break;
      if (mapping.place) return mapping.place;
    }
    return undefined;
  }

  /** Accessors that the compiler made for a field: stepping into one shows nothing. */
  #isGenerated(functionIndex: number): boolean {
    const accessor = /^(.*)#[gs]et:(.*)$/.exec(this.#names.function(functionIndex) ?? '');
    return accessor !== null && this.#types.hasField(accessor[1] ?? '', accessor[2] ?? '');
  }
}

function isLibrary(path: string): boolean {
  return path.startsWith('~lib/');
}

/** As the model wants paths: `/` between parts, drive letters upper case. */
function portable(path: string): string {
  return path.replaceAll('\\', '/').replace(/^[a-z]:\//, (drive) => drive.toUpperCase());
}
