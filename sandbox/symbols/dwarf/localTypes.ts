/**
 * The WebAssembly types of locals, read from the module itself: a frame hands floats and integers over as one kind of
 * number, and DWARF says only which local holds a variable.
 */
import { Cursor, DwarfError } from './cursor.ts';

export type LocalType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128' | 'reference';

interface LocalRun {
  /** Index of the first local after this run. */
  readonly end: number;
  readonly type: LocalType;
}

const SectionId = { type: 1, import: 2, function: 3, code: 10 } as const;
const MODULE_HEADER_SIZE = 8;

const VALUE_TYPES: Readonly<Record<number, LocalType>> = {
  127: 'i32',
  126: 'i64',
  125: 'f32',
  124: 'f64',
  123: 'v128',
};

export class LocalTypes {
  readonly #module: Uint8Array;
  #functions: readonly (readonly LocalRun[])[] | undefined;
  #imported = 0;

  constructor(module: Uint8Array) {
    this.#module = module;
  }

  /** undefined when the function or the local does not exist, or the module uses types that we do not follow. */
  of(functionIndex: number, local: number): LocalType | undefined {
    this.#functions ??= this.#read();
    return this.#functions[functionIndex - this.#imported]?.find((run) => local < run.end)?.type;
  }

  #read(): readonly (readonly LocalRun[])[] {
    try {
      const sections = findModuleSections(this.#module);
      const types = readParameterTypes(sections.get(SectionId.type));
      this.#imported = countImportedFunctions(sections.get(SectionId.import));
      const signatures = readIndexes(sections.get(SectionId.function));
      return readBodies(sections.get(SectionId.code), (body) => types[signatures[body] ?? -1] ?? []);
    } catch (error) {
      // Types of other proposals (GC, exceptions): floats in locals are then told by the variable's type alone.
      if (error instanceof DwarfError) return [];
      throw error;
    }
  }
}

/** Contents of the code section, whose start is offset 0 for DWARF; empty when the module has none. */
export function codeContents(module: Uint8Array): Uint8Array {
  const code = findModuleSections(module).get(SectionId.code);
  return code === undefined ? new Uint8Array(0) : module.subarray(code.position, code.end);
}

function findModuleSections(bytes: Uint8Array): Map<number, Cursor> {
  const cursor = new Cursor({ name: 'module', bytes }, MODULE_HEADER_SIZE);
  const sections = new Map<number, Cursor>();
  while (!cursor.done) {
    const id = cursor.u8();
    const size = cursor.uleb();
    const start = cursor.skip(size);
    if (id !== 0) sections.set(id, new Cursor(cursor.section, start, start + size));
  }
  return sections;
}

function readParameterTypes(cursor: Cursor | undefined): LocalType[][] {
  const types: LocalType[][] = [];
  for (let left = cursor?.uleb() ?? 0; cursor !== undefined && left > 0; left--) {
    if (cursor.u8() !== 0x60) cursor.fail('a type that is not a function');
    types.push(readValueTypes(cursor));
    readValueTypes(cursor);
  }
  return types;
}

function readValueTypes(cursor: Cursor): LocalType[] {
  const types: LocalType[] = [];
  for (let left = cursor.uleb(); left > 0; left--) types.push(readValueType(cursor));
  return types;
}

function readValueType(cursor: Cursor): LocalType {
  const byte = cursor.u8();
  if (byte === 0x63 || byte === 0x64) cursor.skipLeb();
  return VALUE_TYPES[byte] ?? 'reference';
}

function countImportedFunctions(cursor: Cursor | undefined): number {
  let functions = 0;
  for (let left = cursor?.uleb() ?? 0; cursor !== undefined && left > 0; left--) {
    cursor.skip(cursor.uleb());
    cursor.skip(cursor.uleb());
    const kind = cursor.u8();
    if (kind === 0) functions++;
    skipImport(cursor, kind);
  }
  return functions;
}

function skipImport(cursor: Cursor, kind: number): void {
  switch (kind) {
    case 0:
      cursor.skipLeb();
      return;
    case 1:
      readValueType(cursor);
      skipLimits(cursor);
      return;
    case 2:
      skipLimits(cursor);
      return;
    case 3:
      readValueType(cursor);
      cursor.skip(1);
      return;
    case 4:
      cursor.skip(1);
      cursor.skipLeb();
      return;
    default:
      cursor.fail(`an import of kind ${kind}`);
  }
}

function skipLimits(cursor: Cursor): void {
  const flags = cursor.u8();
  cursor.skipLeb();
  if ((flags & 1) !== 0) cursor.skipLeb();
}

function readIndexes(cursor: Cursor | undefined): number[] {
  const indexes: number[] = [];
  for (let left = cursor?.uleb() ?? 0; cursor !== undefined && left > 0; left--) indexes.push(cursor.uleb());
  return indexes;
}

function readBodies(cursor: Cursor | undefined, parametersOf: (body: number) => readonly LocalType[]): LocalRun[][] {
  const bodies: LocalRun[][] = [];
  const count = cursor?.uleb() ?? 0;
  for (let body = 0; cursor !== undefined && body < count; body++) {
    const size = cursor.uleb();
    const next = cursor.position + size;
    const runs = parametersOf(body).map((type, index) => ({ end: index + 1, type }));
    let end = runs.length;
    for (let groups = cursor.uleb(); groups > 0; groups--) {
      end += cursor.uleb();
      runs.push({ end, type: readValueType(cursor) });
    }
    bodies.push(runs);
    cursor.position = next;
    cursor.skip(0);
  }
  return bodies;
}
