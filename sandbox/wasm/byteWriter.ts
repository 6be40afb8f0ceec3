/** Writes the primitive values of the binary format into a buffer that grows: the counterpart of `ByteReader`. */

export class ByteWriter {
  #bytes: Uint8Array;
  #length = 0;

  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(Math.max(16, capacity));
  }

  get length(): number {
    return this.#length;
  }

  /** A view, valid until the next write. */
  written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
  }

  u8(byte: number): this {
    this.#reserve(1);
    this.#bytes[this.#length++] = byte;
    return this;
  }

  raw(bytes: ArrayLike<number>): this {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  copy(source: Uint8Array, start: number, end: number): this {
    const length = end - start;
    this.#reserve(length);
    // Short copies are the rule (one instruction); a loop beats making a view for them.
    if (length > 24) this.#bytes.set(source.subarray(start, end), this.#length);
    else for (let i = 0; i < length; i++) this.#bytes[this.#length + i] = source[start + i] as number;
    this.#length += length;
    return this;
  }

  /** Unsigned LEB128; exact for integers up to 2^53. */
  unsigned(value: number): this {
    let rest = value;
    while (rest >= 0x80) {
      this.u8((rest % 128) | 0x80);
      rest = Math.floor(rest / 128);
    }
    return this.u8(rest);
  }

  /** Signed LEB128. */
  signed(value: number | bigint): this {
    if (typeof value === 'bigint' || !Number.isInteger(value) || Math.abs(value) >= 2 ** 31) {
      return this.#signedBig(BigInt(value));
    }
    let rest = value;
    for (;;) {
      const byte = rest & 0x7f;
      rest >>= 7;
      if ((rest === 0 && !(byte & 0x40)) || (rest === -1 && byte & 0x40)) return this.u8(byte);
      this.u8(byte | 0x80);
    }
  }

  name(text: string): this {
    const bytes = new TextEncoder().encode(text);
    return this.unsigned(bytes.length).raw(bytes);
  }

  #signedBig(value: bigint): this {
    let rest = value;
    for (;;) {
      const byte = Number(rest & 0x7fn);
      rest >>= 7n;
      if ((rest === 0n && !(byte & 0x40)) || (rest === -1n && byte & 0x40)) return this.u8(byte);
      this.u8(byte | 0x80);
    }
  }

  #reserve(extra: number): void {
    const needed = this.#length + extra;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.written());
    this.#bytes = grown;
  }
}
