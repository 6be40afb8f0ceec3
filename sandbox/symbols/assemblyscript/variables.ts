/** Variables of AssemblyScript functions and modules: which wasm local or global holds them, and where they are in scope. */
import type { AssemblyScriptFunction, AssemblyScriptProgram } from '../../compile/artifact.ts';
import { localTypes, type Module, type WasmFunction } from '../../wasm/module.ts';
import type { Scope, Type, Value, Variable } from '../model.ts';
import type { ModuleNames } from '../moduleNames.ts';
import { concrete, scalarValue, unavailable } from '../values.ts';
import { globalValue, localValue } from '../wasmTypes.ts';
import type { AssemblyScriptTypes } from './classes.ts';

type DescribedLocal = AssemblyScriptFunction['locals'][number];
type DescribedGlobal = AssemblyScriptProgram['globals'][number];

type LineRange = NonNullable<DescribedLocal['scope']>;

/** A variable and the wasm local it is in. */
export interface PlacedLocal {
  readonly described: DescribedLocal;
  readonly local: number;
}

/**
 * The wasm locals of a function that a person declared. The name section has the compiler's index behind the name
 * where a name occurs twice (`i|4`).
 */
export function placeLocals(
  described: AssemblyScriptFunction,
  fn: WasmFunction,
  names: ModuleNames,
): readonly PlacedLocal[] {
  const byIndex = new Map(described.locals.map((local) => [local.index, local]));
  const placed: PlacedLocal[] = [];
  for (const local of localTypes(fn).keys()) {
    const [name, index] = splitName(names.local(fn.index, local));
    if (name === undefined) continue;
    const found = index === undefined ? described.locals.find((each) => each.name === name) : byIndex.get(index);
    if (found && found.name === name) placed.push({ described: found, local });
  }
  return placed;
}

/** Innermost block first, the arguments last. `line` undefined: where in the source is not known, so all are shown. */
export function scopesAt(
  locals: readonly PlacedLocal[],
  types: AssemblyScriptTypes,
  line: number | undefined,
): readonly Scope[] {
  const visible = locals.filter(({ described: { scope } }) => {
    return !scope || line === undefined || (scope.startLine <= line && line <= scope.endLine);
  });
  const variables = (chosen: readonly PlacedLocal[]) => chosen.map((each) => localVariable(each, types));
  const declared = visible.filter(({ described }) => !described.parameter);
  const outermost = wholeBody(locals);
  const inner = declared.filter(({ described: { scope } }) => scope && !isSameScope(scope, outermost));
  const own = declared.filter(({ described: { scope } }) => !scope || isSameScope(scope, outermost));
  return [
    ...blocksOf(inner).map((block): Scope => ({ kind: 'block', variables: variables(block) })),
    { kind: 'locals', variables: variables(own) },
    { kind: 'arguments', variables: variables(visible.filter(({ described }) => described.parameter)) },
  ];
}

/** Globals of the user's own files; the standard library's are its own business. */
export function globalVariables(
  program: AssemblyScriptProgram,
  module: Module,
  names: ModuleNames,
  types: AssemblyScriptTypes,
): readonly Variable[] {
  const indexOf = new Map(Array.from(module.globals.keys(), (index) => [names.global(index), index]));
  return program.globals
    .filter(({ wasmName }) => !wasmName.startsWith('~'))
    .map((described) => globalVariable(described, types.named(described.type), indexOf.get(described.wasmName)));
}

function globalVariable(described: DescribedGlobal, type: Type, index: number | undefined): Variable {
  const { name, constant } = described;
  if (index !== undefined) return { name, type, read: (frame) => globalValue(type, frame, index) };
  const value = constant === undefined ? unavailable(type, 'optimized out') : constantValue(type, constant);
  return { name, type, read: () => value };
}

function constantValue(type: Type, text: string): Value {
  const target = concrete(type);
  if (target.kind === 'base' && target.encoding === 'float') return scalarValue(type, Number(text));
  return /^-?\d+$/.test(text) ? scalarValue(type, BigInt(text)) : unavailable(type, 'optimized out');
}

function localVariable({ described, local }: PlacedLocal, types: AssemblyScriptTypes): Variable {
  const type = types.named(described.type);
  return { name: described.name, type, read: (frame) => localValue(type, frame, local) };
}

/** Temporaries have numbers for names. */
function splitName(name: string | undefined): readonly [name: string | undefined, index: number | undefined] {
  const [, bare, index] = /^([^|]+)(?:\|(\d+))?$/.exec(name ?? '') ?? [];
  if (bare === undefined || /^\d/.test(bare)) return [undefined, undefined];
  return [bare, index === undefined ? undefined : Number(index)];
}

/** Lines of the function's own block, as far as its locals tell. */
function wholeBody(locals: readonly PlacedLocal[]): LineRange {
  const scopes = locals.flatMap(({ described: { scope } }) => scope ?? []);
  return {
    startLine: Math.min(...scopes.map(({ startLine }) => startLine)),
    endLine: Math.max(...scopes.map(({ endLine }) => endLine)),
  };
}

function isSameScope(a: LineRange, b: LineRange): boolean {
  return a.startLine === b.startLine && a.endLine === b.endLine;
}

/** Variables by the block they are declared in, the smallest first. */
function blocksOf(locals: readonly PlacedLocal[]): readonly (readonly PlacedLocal[])[] {
  const blocks = new Map<string, PlacedLocal[]>();
  for (const local of locals) {
    const { scope } = local.described;
    const block = `${scope?.startLine}-${scope?.endLine}`;
    blocks.set(block, [...(blocks.get(block) ?? []), local]);
  }
  return [...blocks.values()].sort((a, b) => height(a) - height(b));
}

/** Lines that a block spans. */
function height([first]: readonly PlacedLocal[]): number {
  const scope = first?.described.scope;
  return scope ? scope.endLine - scope.startLine : 0;
}
