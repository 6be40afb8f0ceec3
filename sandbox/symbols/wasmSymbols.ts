/** Symbols at the level of WebAssembly itself: what text modules and disassembled ones share. Only sources and statements differ. */
import type { Module } from '../wasm/module.ts';
import { type Names, readNames } from '../wasm/names.ts';
import type { CodeOffset } from '../wasm/offsets.ts';
import { builtinType } from './expression/typeNames.ts';
import type { Source, SourceFrame, SourceLocation, Statement, Symbols, Type, Variable } from './model.ts';
import { typeOfWasm } from './wasmTypes.ts';
import { wasmFunctionName, wasmGlobals, wasmScopes, wasmTrackedLocals } from './wasmVariables.ts';

export abstract class WasmSymbols implements Symbols {
  readonly syntax = 'wat';
  protected readonly module: Module;
  protected readonly names: Names;
  #globals: readonly Variable[] | undefined;

  constructor(module: Module) {
    this.module = module;
    this.names = readNames(module);
  }

  abstract readonly sources: readonly Source[];
  abstract statements(): readonly Statement[];
  /** Where in a source an offset of a function is. */
  protected abstract locate(functionIndex: number, offset: CodeOffset): SourceLocation | undefined;

  functionName(functionIndex: number): string | undefined {
    return wasmFunctionName(this.module, this.names, functionIndex);
  }

  frames(functionIndex: number, offset: CodeOffset, afterCall: boolean): readonly SourceFrame[] {
    const name = this.functionName(functionIndex);
    if (name === undefined) return [];
    const scopes = wasmScopes(this.module, this.names, functionIndex);
    return [{ name, inlined: false, scopes, location: this.locate(functionIndex, afterCall ? offset - 1 : offset) }];
  }

  globals(): readonly Variable[] {
    this.#globals ??= wasmGlobals(this.module, this.names);
    return this.#globals;
  }

  trackedLocals(functionIndex: number): readonly number[] {
    return wasmTrackedLocals(this.module, functionIndex);
  }

  typeNamed(name: string): Type | undefined {
    return name === 'v128' ? typeOfWasm(name) : builtinType(name, 'wat');
  }
}
