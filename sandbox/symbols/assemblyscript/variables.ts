/** Variables of AssemblyScript functions and modules: which wasm local or global holds them, and where they are in scope. */
import type { AssemblyScriptFunction, AssemblyScriptProgram } from '../../compile/artifact.ts';
import type { Module } from '../../wasm/module.ts';
import type { Names } from '../../wasm/names.ts';
import type { Scope, Type, Value, Variable } from '../model.ts';
import { concrete, scalarValue, unavailable } from '../values.ts';
import { globalValue, localValue } from '../wasmTypes.ts';
import type { AssemblyScriptTypes } from './classes.ts';

type DescribedGlobal = AssemblyScriptProgram['globals'][number];
type LineRange = NonNullable<AssemblyScriptFunction['locals'][number]['scope']>;

/** A variable that is declared in a function, and where; `scope` undefined: not known. */
interface Declared {
  readonly variable: Variable;
  readonly scope: LineRange | undefined;
}

/** Innermost block first, the arguments last. `line` undefined: where in the source is not known, so all are shown. */
export function scopesAt(
  fn: AssemblyScriptFunction,
  types: AssemblyScriptTypes,
  line: number | undefined,
): readonly Scope[] {
  const all = declaredIn(fn, types);
  const visible = all.filter(({ scope }) => {
    return !scope || line === undefined || (scope.startLine <= line && line <= scope.endLine);
  });
  const body = wholeBody(all);
  const isOwn = ({ scope }: Declared) => !scope || isSameScope(scope, body);
  const parameters = fn.locals.filter(({ parameter }) => parameter);
  return [
    ...blocksOf(visible.filter((each) => !isOwn(each))),
    { kind: 'locals', variables: visible.filter(isOwn).map(({ variable }) => variable) },
    { kind: 'arguments', variables: parameters.map((each) => localVariable(each, types)) },
  ];
}

/** Globals of the user's own files; the standard library's are its own business. */
export function globalVariables(
  program: AssemblyScriptProgram,
  module: Module,
  names: Names,
  types: AssemblyScriptTypes,
): readonly Variable[] {
  const indexOf = new Map(Array.from(module.globals.keys(), (index) => [names.global(index), index]));
  return program.globals
    .filter(({ wasmName }) => !wasmName.startsWith('~'))
    .map((described) => globalVariable(described, types.named(described.type), indexOf.get(described.wasmName)));
}

function declaredIn(fn: AssemblyScriptFunction, types: AssemblyScriptTypes): readonly Declared[] {
  const locals = fn.locals.filter(({ parameter }) => !parameter);
  return [
    ...locals.map((local) => ({ variable: localVariable(local, types), scope: local.scope })),
    ...(fn.constants ?? []).map(({ name, type, value, scope }) => {
      return { variable: constantVariable(name, types.named(type), value), scope };
    }),
  ];
}

function localVariable(local: AssemblyScriptFunction['locals'][number], types: AssemblyScriptTypes): Variable {
  const type = types.named(local.type);
  return { name: local.name, type, read: (frame) => localValue(type, frame, local.index) };
}

function globalVariable(described: DescribedGlobal, type: Type, index: number | undefined): Variable {
  const { name, constant } = described;
  if (index !== undefined) return { name, type, read: (frame) => globalValue(type, frame, index) };
  return constantVariable(name, type, constant ?? '');
}

/** The compiler put the value where the variable was used. */
function constantVariable(name: string, type: Type, text: string): Variable {
  const value = constantValue(type, text);
  return { name, type, read: () => value };
}

function constantValue(type: Type, text: string): Value {
  const target = concrete(type);
  const isFloat = target.kind === 'base' && target.encoding === 'float';
  if (isFloat && text !== '') return scalarValue(type, Number(text));
  return /^-?\d+$/.test(text) ? scalarValue(type, BigInt(text)) : unavailable(type, 'optimized out');
}

/** Lines of the function's own block, as far as its variables tell. */
function wholeBody(declared: readonly Declared[]): LineRange {
  const scopes = declared.flatMap(({ scope }) => scope ?? []);
  return {
    startLine: Math.min(...scopes.map(({ startLine }) => startLine)),
    endLine: Math.max(...scopes.map(({ endLine }) => endLine)),
  };
}

function isSameScope(a: LineRange, b: LineRange): boolean {
  return a.startLine === b.startLine && a.endLine === b.endLine;
}

/** A scope for each block, the smallest first. */
function blocksOf(declared: readonly Declared[]): readonly Scope[] {
  const blocks = new Map<string, { readonly lines: number; readonly variables: Variable[] }>();
  for (const { variable, scope } of declared) {
    if (!scope) continue;
    const key = `${scope.startLine}-${scope.endLine}`;
    const block = blocks.get(key) ?? { lines: scope.endLine - scope.startLine, variables: [] };
    block.variables.push(variable);
    blocks.set(key, block);
  }
  return [...blocks.values()]
    .sort((a, b) => a.lines - b.lines)
    .map(({ variables }): Scope => ({ kind: 'block', variables }));
}
