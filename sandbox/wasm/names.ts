/**
 * Names of functions, locals, globals and other things: from the `name` section (WebAssembly 3.0 §7.4.1 and the
 * extended name section), and for functions and globals that it does not know, from exports and imports. A section
 * that is cut off or malformed gives what could be read of it.
 */
import { ByteReader } from './byteReader.ts';
import { WasmDecodeError } from './decodeError.ts';
import type { ExternalKind, Module } from './module.ts';

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
  const names = new NameSection();
  const section = module.sections.find(({ id, name }) => id === 0 && name === 'name');
  if (section) names.read(new ByteReader(module.bytes, section.start, section.end));
  names.fallBack(module);
  return names;
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
      if (!names.has(index)) names.set(index, text);
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
    if (id === MODULE) this.module = inside.name();
    else if (id === LOCALS) this.#readLocals(inside);
    else if (FLAT[id]) readNameMap(inside, this.#flat[FLAT[id]]);
  }

  #readLocals(reader: ByteReader): void {
    const count = reader.count('functions with names of locals');
    for (let i = 0; i < count; i++) {
      const locals: NameMap = new Map();
      this.#locals.set(reader.u32(), locals);
      readNameMap(reader, locals);
    }
  }
}

function readNameMap(reader: ByteReader, into: NameMap): void {
  const count = reader.count('names');
  for (let i = 0; i < count; i++) {
    const index = reader.u32();
    into.set(index, reader.name());
  }
}
