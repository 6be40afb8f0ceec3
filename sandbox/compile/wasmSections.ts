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
