/**
 * Names of functions, locals, globals and other things: from the `name` section (WebAssembly 3.0 §7.4.1 and the
 * extended name section), and for functions and globals that it does not know, from exports and imports. A section
 * that is cut off or malformed gives what could be read of it; names of what does not exist are passed over.
 */
import { ByteReader } from './byteReader.ts';
import { WasmDecodeError } from './decodeError.ts';
import { LIMITS } from './limits.ts';
import type { ExternalKind, Module } from './module.ts';
import { printableName } from './printable.ts';

export interface Names {
  readonly module: string | undefined;
  function(index: number): string | undefined;
  local(functionIndex: number, index: number): string | undefined;
  global(index: number): string | undefined;
  type(index: number): string | undefined;
  table(index: number): string | undefined;
  memory(index: number): string | undefined;
  tag(index: number): string | undefined;
}

export function readNames(module: Module): Names {
  const names = new NameSection(module);
  const section = module.sections.find(({ id, name }) => id === 0 && name === 'name');
  if (section) names.read(new ByteReader(module.bytes, section.start, section.end));
  names.fallBack(module);
  return names;
}

/** Bytes of a name that are looked at. */
const MOST_BYTES = 8192;
const utf8 = new TextDecoder();

function shown(name: Uint8Array): string {
  return printableName(utf8.decode(name.subarray(0, MOST_BYTES)));
}

type NameMap = Map<number, string>;

/** Identifiers of the subsections. */
const MODULE = 0;
const LOCALS = 2;
const FLAT: Readonly<Record<number, 'function' | 'type' | 'table' | 'memory' | 'global' | 'tag'>> = {
  1: 'function',
  4: 'type',
  5: 'table',
  6: 'memory',
  7: 'global',
  11: 'tag',
};

class NameSection implements Names {
  module: string | undefined;
  readonly #flat: Readonly<Record<ExternalKind | 'type', NameMap>> = {
    function: new Map(),
    type: new Map(),
    table: new Map(),
    memory: new Map(),
    global: new Map(),
    tag: new Map(),
  };
  readonly #locals = new Map<number, NameMap>();
  readonly #counts: Readonly<Record<ExternalKind | 'type', number>>;

  constructor({ functions, types, tables, memories, globals, tags }: Module) {
    this.#counts = {
      function: functions.length,
      type: types.length,
      table: tables.length,
      memory: memories.length,
      global: globals.length,
      tag: tags.length,
    };
  }

  function(index: number): string | undefined {
    return this.#flat.function.get(index);
  }

  local(functionIndex: number, index: number): string | undefined {
    return this.#locals.get(functionIndex)?.get(index);
  }

  global(index: number): string | undefined {
    return this.#flat.global.get(index);
  }

  type(index: number): string | undefined {
    return this.#flat.type.get(index);
  }

  table(index: number): string | undefined {
    return this.#flat.table.get(index);
  }

  memory(index: number): string | undefined {
    return this.#flat.memory.get(index);
  }

  tag(index: number): string | undefined {
    return this.#flat.tag.get(index);
  }

  read(reader: ByteReader): void {
    try {
      while (!reader.atEnd) this.#readSubsection(reader);
    } catch (error) {
      if (!(error instanceof WasmDecodeError)) throw error;
    }
  }

  fallBack(module: Module): void {
    const name = (kind: ExternalKind, index: number, text: string): void => {
      const names = this.#flat[kind];
      if (!names.has(index) && text !== '') names.set(index, printableName(text));
    };
    for (const { kind, index, name: text } of module.exports) name(kind, index, text);
    for (const entry of module.imports) name(entry.kind, entry.index, `${entry.module}.${entry.name}`);
  }

  #readSubsection(reader: ByteReader): void {
    const id = reader.u8();
    const size = reader.u32();
    const start = reader.position;
    reader.skip(size);
    const inside = new ByteReader(reader.bytes, start, reader.position);
    if (id === MODULE) this.module = shown(inside.take(inside.count('bytes of a name')));
    else if (id === LOCALS) this.#readLocals(inside);
    else if (FLAT[id]) readNameMap(inside, this.#flat[FLAT[id]], this.#counts[FLAT[id]]);
  }

  #readLocals(reader: ByteReader): void {
    const count = reader.count('functions with names of locals');
    for (let i = 0; i < count; i++) {
      const functionIndex = reader.u32();
      const exists = functionIndex < this.#counts.function;
      const locals = (exists && this.#locals.get(functionIndex)) || new Map<number, string>();
      if (exists) this.#locals.set(functionIndex, locals);
      readNameMap(reader, locals, exists ? LIMITS.locals + LIMITS.params : 0);
    }
  }
}

/** `below`: how many things of the kind there are. */
function readNameMap(reader: ByteReader, into: NameMap, below: number): void {
  const count = reader.count('names');
  for (let i = 0; i < count; i++) {
    const index = reader.u32();
    const bytes = reader.take(reader.count('bytes of a name'));
    if (index < below && bytes.length > 0) into.set(index, shown(bytes));
  }
}
