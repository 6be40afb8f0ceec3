/**
 * Locals and globals of a module as the text format names them: `$name` from the name section, `$3` without. Shared
 * by everything that has no better variables.
 */
import { localTypes, type Module } from '../wasm/module.ts';
import type { Names } from '../wasm/names.ts';
import { isReference, type ValueType } from '../wasm/valueType.ts';
import type { Scope, Variable } from './model.ts';
import { globalValue, localValue, typeOfWasm } from './wasmTypes.ts';

/** Compilers make functions with thousands of temporaries; nobody reads them, and each one costs memory in every frame. */
const mostLocals = 200;

/** Scopes of a function: locals, then arguments. */
export function wasmScopes(module: Module, names: Names, functionIndex: number): readonly Scope[] {
  const fn = module.functions[functionIndex];
  if (!fn) return [];
  const variables = visibleLocals(module, functionIndex).map((type, index) =>
    localVariable(names, functionIndex, index, type),
  );
  const parameters = fn.params.length;
  return [
    { kind: 'locals', variables: variables.slice(parameters) },
    { kind: 'arguments', variables: variables.slice(0, parameters) },
  ];
}

/** Locals that `wasmScopes` shows; references cannot be kept. */
export function wasmTrackedLocals(module: Module, functionIndex: number): readonly number[] {
  return visibleLocals(module, functionIndex).flatMap((type, index) => (isReference(type) ? [] : [index]));
}

export function wasmGlobals(module: Module, names: Names): readonly Variable[] {
  return module.globals.map(({ type: wasmType }, index) => {
    const type = typeOfWasm(wasmType);
    return { name: `$${names.global(index) ?? index}`, type, read: (frame) => globalValue(type, frame, index) };
  });
}

/** What a function is called where only wasm's own names are known. */
export function wasmFunctionName(module: Module, names: Names, functionIndex: number): string | undefined {
  return names.function(functionIndex) ?? (module.functions[functionIndex] && `$${functionIndex}`);
}

function visibleLocals(module: Module, functionIndex: number): readonly ValueType[] {
  const fn = module.functions[functionIndex];
  return fn?.body ? localTypes(fn, mostLocals) : [];
}

function localVariable(names: Names, functionIndex: number, index: number, wasmType: ValueType): Variable {
  const type = typeOfWasm(wasmType);
  const name = `$${names.local(functionIndex, index) ?? index}`;
  return { name, type, read: (frame) => localValue(type, frame, index) };
}
