/**
 * Reading the bytes of one DWARF section: little-endian numbers, LEB128, strings and blocks. Every read is checked
 * against the end of its window, so broken debug information ends in a `DwarfError` that says where it is.
 */

import { printableName } from '../../wasm/printable.ts';

/** Malformed debug information. `offset` is in bytes from the start of the section's contents. */
export class DwarfError extends Error {
  readonly section: string;
  readonly offset: number;
  constructor(section: string, offset: number, problem: string) {
    super(`${section}+0x${offset.toString(16)}: ${problem}`);
    this.name = 'DwarfError';
    this.section = section;
    this.offset = offset;
  }
}

export interface Section {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Bytes that shared parts may still be read for, see `spend`. */
  left: number;
}

/** How often, on average, a byte of a section may be read as part of a list, table or text of its own. */
const MOST_READINGS = 4;
/** Beside that, for small sections. */
const SPARE_BYTES = 1 << 20;

export function createSection(name: string, bytes: Uint8Array): Section {
  const left = bytes.length * MOST_READINGS + SPARE_BYTES;
  return { name, bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), left };
}

/**
 * Parts that others refer to by offset (texts, lists, tables) hardly overlap in what compilers write, and are read once.
 * Where each of a thousand references begins a little further on in one long list, reading them all would never end.
 * @throws {DwarfError}
 */
export function spend(section: Section, offset: number, bytes: number): void {
  section.left -= bytes;
  if (section.left < 0)
    throw new DwarfError(section.name, offset, 'its parts overlap more than any compiler makes them');
}

/** The text that begins there, cut when it is long. @throws {DwarfError} */
export function textAt(section: Section, offset: number): string {
  const window = section.bytes.subarray(offset, offset + LONGEST_TEXT);
  const zero = window.indexOf(0);
  spend(section, offset, zero < 0 ? window.length : zero);
  if (offset >= section.bytes.length || (zero < 0 && window.length < LONGEST_TEXT)) {
    throw new DwarfError(section.name, offset, 'text without a final zero');
  }
  return printableName(UTF8.decode(zero < 0 ? window : window.subarray(0, zero)), LONGEST_TEXT);
}

/** Longest LEB128 we follow: 19 bytes hold 128 bits; longer ones are garbage. */
const LONGEST_LEB = 19;
/** Bytes. Longer texts are cut: no name or path is longer, but one can be referred to a million times. */
const LONGEST_TEXT = 16_384;
const UTF8 = new TextDecoder();

export class Cursor {
  readonly section: Section;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly end: number;
  position: number;

  /** A window `[position, end)` on a section. */
  constructor(section: Section, position = 0, end = section.bytes.length) {
    this.section = section;
    this.#bytes = section.bytes;
    this.#view = section.view;
    this.position = position;
    this.end = end;
    if (!(position >= 0 && position <= end && end <= section.bytes.length)) {
      throw new DwarfError(section.name, position, `reaches past the section's ${section.bytes.length} bytes`);
    }
  }

  get done(): boolean {
    return this.position >= this.end;
  }

  fail(problem: string): never {
    throw new DwarfError(this.section.name, this.position, problem);
  }

  /** Steps over `count` bytes and says where they started. */
  skip(count: number): number {
    const start = this.position;
    if (!(count >= 0 && start + count <= this.end)) this.fail(`${count} bytes wanted, ${this.end - start} left`);
    this.position = start + count;
    return start;
  }

  u8(): number {
    return this.#view.getUint8(this.skip(1));
  }

  i8(): number {
    return this.#view.getInt8(this.skip(1));
  }

  u16(): number {
    return this.#view.getUint16(this.skip(2), true);
  }

  u24(): number {
    return this.u16() | (this.u8() << 16);
  }

  u32(): number {
    return this.#view.getUint32(this.skip(4), true);
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.skip(8), true);
  }

  /** An offset into a section: 8 bytes in the 64-bit format, else 4 (DWARF 5 §7.4). */
  offset(wide: boolean): number {
    return wide ? Number(this.u64()) : this.u32();
  }

  address(size: number): number {
    if (size === 4) return this.u32();
    if (size === 8) return Number(this.u64());
    return this.fail(`addresses of ${size} bytes`);
  }

  uleb(): number {
    let value = 0;
    let scale = 1;
    const limit = this.position + LONGEST_LEB;
    for (;;) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      if (this.position >= limit) this.fail('LEB128 number without an end');
      scale *= 128;
    }
  }

  sleb(): number {
    let value = 0;
    let scale = 1;
    const limit = this.position + LONGEST_LEB;
    for (;;) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      scale *= 128;
      if (byte < 0x80) return byte < 0x40 ? value : value - scale;
      if (this.position >= limit) this.fail('LEB128 number without an end');
    }
  }

  ulebBig(): bigint {
    return this.#leb(false);
  }

  slebBig(): bigint {
    return this.#leb(true);
  }

  skipLeb(): void {
    const limit = this.position + LONGEST_LEB;
    while (this.u8() >= 0x80) if (this.position >= limit) this.fail('LEB128 number without an end');
  }

  /** Text up to a zero byte, which is passed over. */
  text(): string {
    const start = this.position;
    this.skipText();
    const end = Math.min(this.position - 1, start + LONGEST_TEXT);
    return printableName(UTF8.decode(this.#bytes.subarray(start, end)), LONGEST_TEXT);
  }

  skipText(): void {
    const length = this.#bytes.subarray(this.position, this.end).indexOf(0);
    if (length < 0) this.fail('text without a final zero');
    this.position += length + 1;
  }

  bytes(count: number): Uint8Array {
    const start = this.skip(count);
    return this.#bytes.subarray(start, start + count);
  }

  /** Length of a unit and whether it is in the 64-bit format (DWARF 5 §7.4). */
  initialLength(): { readonly length: number; readonly wide: boolean } {
    const length = this.u32();
    if (length === 0xffffffff) return { length: Number(this.u64()), wide: true };
    if (length >= 0xfffffff0) this.fail('reserved unit length');
    return { length, wide: false };
  }

  #leb(signed: boolean): bigint {
    let value = 0n;
    let bits = 0n;
    const limit = this.position + LONGEST_LEB;
    for (;;) {
      const byte = this.u8();
      value |= BigInt(byte & 0x7f) << bits;
      bits += 7n;
      if (byte < 0x80) return signed && (byte & 0x40) !== 0 ? value - (1n << bits) : value;
      if (this.position >= limit) this.fail('LEB128 number without an end');
    }
  }
}
