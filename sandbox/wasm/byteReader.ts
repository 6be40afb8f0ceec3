/**
 * Reads the primitive values of the binary format (WebAssembly 3.0 §5.2): bytes, LEB128 integers, names. Whatever runs
 * past the end, is longer than its type allows or has stray bits raises `WasmDecodeError`, so callers need no checks
 * of their own.
 */
import { WasmDecodeError } from './decodeError.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export class ByteReader {
  readonly bytes: Uint8Array;
  /** Next byte to read, from the start of the module. */
  position: number;
  /** Reading stops here (exclusive). */
  readonly end: number;

  constructor(bytes: Uint8Array, position = 0, end = bytes.length) {
    this.bytes = bytes;
    this.position = position;
    this.end = end;
  }

  get atEnd(): boolean {
    return this.position >= this.end;
  }

  fail(message: string, at = this.position): never {
    throw new WasmDecodeError(at, message);
  }

  u8(): number {
    if (this.position >= this.end) this.fail('unexpected end');
    return this.bytes[this.position++] as number;
  }

  /** The next byte, not consumed; -1 at the end. */
  peek(): number {
    return this.position < this.end ? (this.bytes[this.position] as number) : -1;
  }

  u32(): number {
    const start = this.position;
    const first = this.u8();
    if (first < 0x80) return first;
    let value = first & 0x7f;
    for (let shift = 7; shift < 28; shift += 7) {
      const byte = this.u8();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    const last = this.u8();
    if (last > 0x0f) this.fail('integer does not fit 32 bits', start);
    return (value | (last << 28)) >>> 0;
  }

  s32(): number {
    return this.#signed(32);
  }

  /** Block types and heap types: an index, or a negative number that stands for a type. */
  s33(): number {
    return this.#signed(33);
  }

  /** As a number: exact to 2^53, which no size or offset that can exist exceeds. */
  u64(): number {
    const start = this.position;
    let value = 0;
    let scale = 1;
    for (let byteIndex = 0; byteIndex < 10; byteIndex++) {
      const byte = this.u8();
      if (byteIndex === 9 && byte > 1) break;
      value += (byte & 0x7f) * scale;
      scale *= 128;
      if (byte < 0x80) return value;
    }
    return this.fail('integer does not fit 64 bits', start);
  }

  s64(): bigint {
    const start = this.position;
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.u8();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) {
        if (shift === 63n && byte !== 0 && byte !== 0x7f) break;
        return BigInt.asIntN(64, byte & 0x40 ? value - (1n << (shift + 7n)) : value);
      }
    }
    return this.fail('integer does not fit 64 bits', start);
  }

  take(length: number): Uint8Array {
    const from = this.position;
    this.skip(length);
    return this.bytes.subarray(from, from + length);
  }

  skip(length: number): void {
    if (length > this.end - this.position) this.fail('unexpected end', this.end);
    this.position += length;
  }

  /** A count of things of at least one byte each: more of them than bytes left cannot be, and must not be allocated. */
  count(what: string, most = Number.POSITIVE_INFINITY): number {
    const at = this.position;
    const count = this.u32();
    if (count > this.end - this.position) this.fail(`${count} ${what} do not fit into the section`, at);
    if (count > most) this.fail(`${count} ${what}, more than the ${most} that can run`, at);
    return count;
  }

  name(): string {
    const length = this.count('bytes of a name');
    const at = this.position;
    try {
      return utf8.decode(this.take(length));
    } catch (error) {
      if (error instanceof WasmDecodeError) throw error;
      return this.fail('name is not UTF-8', at);
    }
  }

  /**
   * 32 or 33 bits: both fit five bytes, of which the last has 4 or 5 bits of value and then only copies of the sign.
   */
  #signed(bits: 32 | 33): number {
    const start = this.position;
    let value = 0;
    let scale = 1;
    for (let byteIndex = 0; byteIndex < 5; byteIndex++) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      scale *= 128;
      if (byte >= 0x80) continue;
      if (byteIndex === 4 && !signCopied(byte, bits - 28)) break;
      return byte & 0x40 ? value - scale : value;
    }
    return this.fail(`integer does not fit ${bits} bits`, start);
  }
}

/** True when bits from `valueBits - 1` up to 6 of the last byte are all equal. */
function signCopied(byte: number, valueBits: number): boolean {
  const top = (byte & 0x7f) >> (valueBits - 1);
  return top === 0 || top === 0x7f >> (valueBits - 1);
}
