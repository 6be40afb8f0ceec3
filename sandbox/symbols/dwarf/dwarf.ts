/**
 * Symbols from DWARF (versions 2 to 5, as LLVM writes it for WebAssembly with 32-bit memories). Opening reads unit
 * headers only; lines, entries and types are read when first needed. Broken parts are left out and named in `problems`.
 */
import type { CodeOffset } from '../../wasm/offsets.ts';
import type { Source, SourceFrame, SourceLocation, Statement, Symbols, Type, Variable } from '../model.ts';
import { type CodeFunction, CodeFunctions } from './codeFunctions.ts';
import { Attribute, Tag } from './constants.ts';
import type { Entry } from './entry.ts';
import { localsOf } from './expression.ts';
import { FunctionIndex } from './functionIndex.ts';
import { findGlobals } from './globals.ts';
import { DebugInformation } from './information.ts';
import { Lines } from './lines.ts';
import { locationsOf } from './locationList.ts';
import { ModuleCode } from './moduleCode.ts';
import { NameIndex } from './nameIndex.ts';
import { framesAt } from './scopes.ts';
import { findSections } from './sections.ts';
import { findStatements } from './statements.ts';
import { TypeBuilder } from './typeBuilder.ts';
import { lookUpEnumeration, lookUpType } from './typeLookup.ts';
import { qualifiedName } from './typeNames.ts';
import type { Unit } from './unit.ts';
import type { Program } from './variable.ts';

/** What the reader needs of a module. */
export interface DwarfInput {
  /** The whole module. */
  readonly bytes: Uint8Array;
  customSection(name: string): Uint8Array | undefined;
  readonly functions: readonly CodeFunction[];
  /** From the name section. */
  functionName(index: number): string | undefined;
}

/** undefined: the module carries no debug information. */
export function readDwarf(module: DwarfInput): DwarfSymbols | undefined {
  const sections = findSections((name) => module.customSection(name));
  if (sections.info.bytes.length === 0 || sections.line.bytes.length === 0) return undefined;
  return new DwarfSymbols(module, new DebugInformation(sections));
}

export class DwarfSymbols implements Symbols {
  readonly syntax = 'c';
  readonly #module: DwarfInput;
  readonly #information: DebugInformation;
  readonly #lines: Lines;
  readonly #functions: CodeFunctions;
  readonly #program: Program;
  readonly #functionIndexes = new Map<Unit, FunctionIndex>();
  #statements: readonly Statement[] | undefined;
  #firstStatements: ReadonlyMap<number, CodeOffset> | undefined;
  #globals: readonly Variable[] | undefined;

  constructor(module: DwarfInput, information: DebugInformation) {
    this.#module = module;
    this.#information = information;
    this.#lines = new Lines(information);
    this.#functions = new CodeFunctions(module.functions);
    const types = new TypeBuilder(information, new NameIndex(information));
    const firstStatement = (functionIndex: number): CodeOffset => this.#firstStatement(functionIndex);
    this.#program = { types, code: new ModuleCode(module.bytes), firstStatement };
  }

  get sources(): readonly Source[] {
    return this.#lines.sources;
  }

  /** What was found broken so far, for the log. */
  get problems(): readonly string[] {
    return this.#information.problems;
  }

  statements(): readonly Statement[] {
    this.#statements ??= this.#information.attempt(
      () => findStatements(this.#lines, this.#functions, this.#program.code),
      [],
    );
    return this.#statements;
  }

  functionName(functionIndex: number): string | undefined {
    const entry = this.#information.attempt(() => this.#entryOf(functionIndex), undefined);
    const name = entry && this.#information.attempt(() => qualifiedName(entry), '');
    return name || this.#module.functionName(functionIndex);
  }

  frames(functionIndex: number, offset: CodeOffset, afterCall: boolean): readonly SourceFrame[] {
    const address = afterCall ? offset - 1 : offset;
    const within = this.#functions.byIndex(functionIndex);
    if (within === undefined || address < within.start || address >= within.end) return [];
    return this.#information.attempt(() => this.#framesAt(address, functionIndex), []);
  }

  globals(): readonly Variable[] {
    this.#globals ??= findGlobals(this.#program);
    return this.#globals;
  }

  trackedLocals(functionIndex: number): readonly number[] {
    return this.#information.attempt(() => {
      const entry = this.#entryOf(functionIndex);
      return entry === undefined ? [] : localsUsedBy(entry);
    }, []);
  }

  typeNamed(name: string): Type | undefined {
    return this.#information.attempt(() => lookUpType(name, this.#program.types), undefined);
  }

  enumerationOf(enumerator: string): Type | undefined {
    return this.#information.attempt(() => lookUpEnumeration(enumerator, this.#program.types), undefined);
  }

  #firstStatement(functionIndex: number): CodeOffset {
    // Ascending by offset, so backwards the first one of a function is set last.
    this.#firstStatements ??= new Map(
      this.statements()
        .toReversed()
        .map((statement) => [statement.functionIndex, statement.offset]),
    );
    return this.#firstStatements.get(functionIndex) ?? 0;
  }

  #framesAt(address: CodeOffset, functionIndex: number): readonly SourceFrame[] {
    const unit = this.#information.unitOfCode(address);
    if (unit === undefined) return [];
    const location = this.#information.attempt(() => this.#locationAt(unit, address), undefined);
    const owner = this.#functionAt(unit, address);
    if (owner !== undefined) {
      return framesAt(owner, address, location, {
        program: this.#program,
        locate: (file, line, column) => this.#locate(unit, { file, line, column }),
      });
    }
    if (location === undefined) return [];
    // Assembly: lines, but no functions.
    const name = this.#module.functionName(functionIndex) ?? `function ${functionIndex}`;
    return [{ name, inlined: false, location, scopes: [] }];
  }

  #locationAt(unit: Unit, address: CodeOffset): SourceLocation | undefined {
    const table = this.#lines.tableOf(unit);
    const row = table?.rowAt(address);
    if (table === undefined || row === undefined) return undefined;
    const { files, lines, columns } = table.rows;
    return this.#locate(unit, { file: files[row] ?? 0, line: lines[row] ?? 0, column: columns[row] ?? 0 });
  }

  /** DWARF counts lines and columns from 1 and has 0 for code that belongs to no line. */
  #locate(unit: Unit, place: { file: number; line: number; column: number }): SourceLocation | undefined {
    const table = this.#lines.tableOf(unit);
    const source = table && this.#lines.sourceOf(table, place.file);
    if (source === undefined || place.line === 0) return undefined;
    return { source, line: place.line - 1, column: Math.max(0, place.column - 1) };
  }

  #entryOf(functionIndex: number): Entry | undefined {
    const code = this.#functions.byIndex(functionIndex);
    const unit = code && this.#information.unitOfCode(code.bodyStart);
    return unit && this.#functionAt(unit, code.bodyStart);
  }

  #functionAt(unit: Unit, address: CodeOffset): Entry | undefined {
    let index = this.#functionIndexes.get(unit);
    if (index === undefined) {
      index = new FunctionIndex(unit);
      this.#functionIndexes.set(unit, index);
    }
    return index.at(address);
  }
}

/** The locals in the frame base and in the locations of everything declared in a function. */
function localsUsedBy(owner: Entry): readonly number[] {
  const { information, tree } = owner.unit;
  const locals = new Set<number>();
  const seen = new Set<unknown>();
  const add = (entry: Entry, attribute: number): void => {
    const located = information.attempt(() => locationsOf(entry, attribute), undefined) ?? [];
    if (seen.has(located)) return;
    seen.add(located);
    for (const { expression } of located) {
      for (const local of localsOf(expression)) locals.add(local);
    }
  };
  add(owner, Attribute.frameBase);
  const first = tree.indexOf(owner.offset);
  for (let index = first + 1; index < tree.nextOf(first); index++) {
    const tag = tree.tags[index];
    if (tag !== Tag.variable && tag !== Tag.formalParameter) continue;
    add(information.entryAt(tree.offsets[index] ?? 0), Attribute.location);
  }
  return [...locals].sort((a, b) => a - b);
}
