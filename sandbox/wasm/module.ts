/**
 * The structure of a module: its sections, index spaces and where each function's code lies. Bodies are not decoded
 * here but on demand (`instructionsOf`), so that opening a large module stays cheap. All index spaces count imports
 * first.
 */
import { ByteReader } from './byteReader.ts';
import type { CodeOffset, ModuleOffset } from './offsets.ts';
import { readSections } from './sections.ts';
import type { StorageType, ValueType } from './valueType.ts';

export { WasmDecodeError } from './decodeError.ts';

export interface Module {
  readonly bytes: Uint8Array;
  /** In the order of the file. */
  readonly sections: readonly Section[];
  /** By type index: groups are flattened. */
  readonly types: readonly TypeDefinition[];
  readonly imports: readonly Import[];
  readonly functions: readonly WasmFunction[];
  readonly tables: readonly Table[];
  readonly memories: readonly Memory[];
  readonly globals: readonly Global[];
  readonly tags: readonly Tag[];
  readonly exports: readonly Export[];
  /** Function index. */
  readonly start: number | undefined;
  readonly elementCount: number;
  readonly dataCount: number;
  /** Functions that a table or a global may hold: element segments and initialisers mention them. */
  readonly referencedFunctions: ReadonlySet<number>;
  /** Where the code section's contents begin: the 0 of every `CodeOffset`. 0 without a code section. */
  readonly codeStart: ModuleOffset;
}

export interface Section {
  readonly id: number;
  /** Of custom sections only. */
  readonly name: string | undefined;
  /** Of the section's id byte. */
  readonly header: ModuleOffset;
  /** Of the contents; for a custom section they begin after its name. */
  readonly start: ModuleOffset;
  readonly end: ModuleOffset;
}

export interface FunctionType {
  readonly kind: 'func';
  readonly params: readonly ValueType[];
  readonly results: readonly ValueType[];
}

export type TypeDefinition =
  | FunctionType
  | { readonly kind: 'struct'; readonly fields: readonly Field[] }
  | { readonly kind: 'array'; readonly element: Field };

export interface Field {
  readonly type: StorageType;
  readonly mutable: boolean;
}

export interface WasmFunction {
  readonly index: number;
  readonly typeIndex: number;
  readonly params: readonly ValueType[];
  readonly results: readonly ValueType[];
  /** undefined: imported. */
  readonly body: FunctionBody | undefined;
}

export interface FunctionBody {
  /** Of the declarations of locals, the byte after the body's size: where DWARF says that a function begins. */
  readonly start: CodeOffset;
  /** Of the first instruction. */
  readonly bodyStart: CodeOffset;
  /** After the last `end`. */
  readonly end: CodeOffset;
  /** Declared locals, run-length encoded as in the file. Parameters are not among them. */
  readonly localGroups: readonly LocalGroup[];
}

export interface LocalGroup {
  readonly count: number;
  readonly type: ValueType;
}

export interface Limits {
  readonly minimum: number;
  readonly maximum: number | undefined;
  readonly shared: boolean;
  /** Addresses are i64 (memory64, table64). */
  readonly is64: boolean;
  /** Custom page sizes are not taken by V8 yet; this is where the flags byte lies, for whoever rewrites limits. */
  readonly at: ModuleOffset;
  readonly end: ModuleOffset;
}

export interface Table extends Limits {
  readonly type: ValueType;
  readonly imported: boolean;
}

/** Limits are in pages of 64 KiB. */
export interface Memory extends Limits {
  readonly imported: boolean;
}

export interface Global {
  readonly type: ValueType;
  readonly mutable: boolean;
  readonly imported: boolean;
}

export interface Tag {
  readonly typeIndex: number;
  readonly imported: boolean;
}

export type ExternalKind = 'function' | 'table' | 'memory' | 'global' | 'tag';

export interface Import {
  readonly module: string;
  readonly name: string;
  readonly kind: ExternalKind;
  /** In the index space of its kind. */
  readonly index: number;
}

export interface Export {
  readonly name: string;
  readonly kind: ExternalKind;
  readonly index: number;
}

/**
 * @throws {WasmDecodeError} when the bytes are not a module; what only validation can find is left to `validateModule`
 */
export function readModule(bytes: Uint8Array): Module {
  return readSections(new ByteReader(bytes));
}

/** Contents of the first custom section of that name. */
export function customSection(module: Module, name: string): Uint8Array | undefined {
  const section = module.sections.find((candidate) => candidate.id === 0 && candidate.name === name);
  return section && module.bytes.subarray(section.start, section.end);
}

/** Types of the first `most` locals by index, parameters first. */
export function localTypes(fn: WasmFunction, most = Number.POSITIVE_INFINITY): ValueType[] {
  const types = fn.params.slice(0, most);
  for (const { count, type } of fn.body?.localGroups ?? []) {
    for (let left = Math.min(count, most - types.length); left > 0; left--) types.push(type);
  }
  return types;
}

/** Parameters included. Five bytes can declare 50,000 locals: whoever only counts must not list them. */
export function localCount(fn: WasmFunction): number {
  return (fn.body?.localGroups ?? []).reduce((total, { count }) => total + count, fn.params.length);
}

/** Types of the locals with these ascending indices; those that do not exist are left out. */
export function* typesOfLocals(
  fn: WasmFunction,
  ascending: Iterable<number>,
): Generator<readonly [local: number, type: ValueType]> {
  const groups = fn.body?.localGroups ?? [];
  let group = 0;
  let end = fn.params.length + (groups[0]?.count ?? 0);
  for (const local of ascending) {
    while (group < groups.length && local >= end) end += groups[++group]?.count ?? 0;
    const type = fn.params[local] ?? groups[group]?.type;
    if (type === undefined) return;
    yield [local, type];
  }
}

export function importedFunctionCount(module: Module): number {
  let count = 0;
  for (const entry of module.imports) if (entry.kind === 'function') count++;
  return count;
}

/** The defined function whose body (locals included) covers an offset. */
export function functionAt(module: Module, offset: CodeOffset): WasmFunction | undefined {
  let low = importedFunctionCount(module);
  let high = module.functions.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const fn = module.functions[middle];
    if (!fn?.body) return undefined;
    if (offset < fn.body.start) high = middle - 1;
    else if (offset >= fn.body.end) low = middle + 1;
    else return fn;
  }
  return undefined;
}
