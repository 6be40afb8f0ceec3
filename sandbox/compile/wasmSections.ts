/**
 * Just enough of the binary format for this room: the sections of a module and where its function bodies are.
 * Malformed input ends the walk with a `SectionError` that names the offset.
 */
import type { CodeOffset, ModuleOffset } from '../wasm/offsets.ts';

export interface Section {
  readonly id: number;
  /** Name of a custom section (id 0). */
  readonly name: string | undefined;
  /** Contents, without a custom section's name. */
  readonly contents: Uint8Array;
}

export class SectionError extends Error {
  readonly offset: ModuleOffset;

  constructor(message: string, offset: ModuleOffset) {
    super(`${message} at offset 0x${offset.toString(16)}`);
    this.name = 'SectionError';
    this.offset = offset;
  }
}

export function readSections(wasm: Uint8Array): Section[] {
  const sections: Section[] = [];
  const cursor = new Cursor(wasm, 8);
  while (!cursor.atEnd) {
    const id = cursor.byte();
    const contents = new Cursor(cursor.bytes(cursor.u32()), 0);
    const name = id === 0 ? new TextDecoder().decode(contents.bytes(contents.u32())) : undefined;
    sections.push({ id, name, contents: contents.rest() });
  }
  return sections;
}

/** Where each function body starts (at its locals), in the order of the code section. */
export function functionBodyStarts(code: Uint8Array): CodeOffset[] {
  const cursor = new Cursor(code, 0);
  const starts: CodeOffset[] = [];
  for (let left = cursor.u32(); left > 0; left--) {
    const size = cursor.u32();
    starts.push(cursor.position);
    cursor.bytes(size);
  }
  return starts;
}

/** Names of the exported functions. */
export function exportedFunctions(wasm: Uint8Array): string[] {
  const contents = readSections(wasm).find((section) => section.id === 7)?.contents;
  if (contents === undefined) return [];
  const cursor = new Cursor(contents, 0);
  const names: string[] = [];
  for (let left = cursor.u32(); left > 0; left--) {
    const name = new TextDecoder().decode(cursor.bytes(cursor.u32()));
    const kind = cursor.byte();
    cursor.u32();
    if (kind === 0) names.push(name);
  }
  return names;
}

/** Of each function in the name section: its local names and their indices. Functions of equal name are merged. */
export function localNames(wasm: Uint8Array): Map<string, Map<string, number>> {
  const names = readSections(wasm).find((section) => section.name === 'name')?.contents ?? new Uint8Array();
  const cursor = new Cursor(names, 0);
  let functions = new Map<number, string>();
  const found = new Map<string, Map<string, number>>();
  while (!cursor.atEnd) {
    const subsection = cursor.byte();
    const contents = new Cursor(cursor.bytes(cursor.u32()), 0);
    if (subsection === 1) {
      functions = nameMap(contents);
      for (const name of functions.values()) found.set(name, new Map());
    } else if (subsection === 2) {
      for (let left = contents.u32(); left > 0; left--) {
        const locals = found.get(functions.get(contents.u32()) ?? '');
        for (const [index, name] of nameMap(contents)) locals?.set(name, index);
      }
    }
  }
  return found;
}

function nameMap(cursor: Cursor): Map<number, string> {
  const names = new Map<number, string>();
  for (let left = cursor.u32(); left > 0; left--) {
    const index = cursor.u32();
    names.set(index, new TextDecoder().decode(cursor.bytes(cursor.u32())));
  }
  return names;
}

/** Reads the primitives of the binary format (WebAssembly specification §5.2). */
export class Cursor {
  readonly #bytes: Uint8Array;
  #position: number;

  constructor(bytes: Uint8Array, position: number) {
    this.#bytes = bytes;
    this.#position = position;
  }

  get position(): number {
    return this.#position;
  }

  get atEnd(): boolean {
    return this.#position >= this.#bytes.length;
  }

  byte(): number {
    const value = this.#bytes[this.#position];
    if (value === undefined) throw new SectionError('unexpected end', this.#position);
    this.#position++;
    return value;
  }

  u32(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new SectionError('number longer than 32 bits', this.#position);
  }

  bytes(length: number): Uint8Array {
    const end = this.#position + length;
    if (end > this.#bytes.length) throw new SectionError('unexpected end', this.#position);
    const slice = this.#bytes.subarray(this.#position, end);
    this.#position = end;
    return slice;
  }

  rest(): Uint8Array {
    return this.bytes(this.#bytes.length - this.#position);
  }
}
