/** Names from a module's name section (WebAssembly §7.4.1). A section that is cut off or malformed gives what could be read. */
import { ByteReader } from '../wasm/byteReader.ts';
import { WasmDecodeError } from '../wasm/decodeError.ts';
import type { Module } from '../wasm/module.ts';

export interface ModuleNames {
  function(functionIndex: number): string | undefined;
  local(functionIndex: number, local: number): string | undefined;
  global(globalIndex: number): string | undefined;
}

export function namesOf(module: Module): ModuleNames {
  return new Names(module);
}

class Names implements ModuleNames {
  readonly #functions = new Map<number, string>();
  readonly #locals = new Map<number, Map<number, string>>();
  readonly #globals = new Map<number, string>();

  constructor(module: Module) {
    const section = module.sections.find(({ id, name }) => id === 0 && name === 'name');
    if (!section) return;
    try {
      this.#read(new ByteReader(module.bytes, section.start, section.end));
    } catch (error) {
      if (!(error instanceof WasmDecodeError)) throw error;
    }
  }

  function(functionIndex: number): string | undefined {
    return this.#functions.get(functionIndex);
  }

  local(functionIndex: number, local: number): string | undefined {
    return this.#locals.get(functionIndex)?.get(local);
  }

  global(globalIndex: number): string | undefined {
    return this.#globals.get(globalIndex);
  }

  #read(reader: ByteReader): void {
    while (!reader.atEnd) {
      const id = reader.u8();
      const size = reader.u32();
      const part = new ByteReader(reader.bytes, reader.position, reader.position + size);
      reader.skip(size);
      if (id === 1) readMap(part, this.#functions);
      else if (id === 2) this.#readLocals(part);
      else if (id === 7) readMap(part, this.#globals);
    }
  }

  #readLocals(reader: ByteReader): void {
    for (let count = reader.u32(); count > 0; count--) {
      const names = new Map<number, string>();
      this.#locals.set(reader.u32(), names);
      readMap(reader, names);
    }
  }
}

function readMap(reader: ByteReader, into: Map<number, string>): void {
  for (let count = reader.u32(); count > 0; count--) {
    const index = reader.u32();
    into.set(index, reader.name());
  }
}
