/**
 * Large bytes that a recording holds already, so that what is read again is not stored again. They are found by a checksum
 * and compared byte by byte, so no collision can mix two of them up. The oldest are forgotten when they become too
 * much: then the same bytes are stored once more.
 */
import type { ByteWork } from './byteWork.ts';

/** Bytes that are kept for comparison. */
const KEPT = 32 << 20;

interface Kept {
  readonly index: number;
  readonly bytes: Uint8Array;
}

export class Contents {
  readonly #work: ByteWork;
  readonly #kept = new Map<number, Kept>();
  #size = 0;
  #next = 0;

  constructor(work: ByteWork) {
    this.#work = work;
  }

  /** The index of these bytes; `store` is called when they are new. */
  indexOf(bytes: Uint8Array, store: (bytes: Uint8Array) => void): number {
    const key = this.#work.crc32(bytes);
    const known = this.#kept.get(key);
    if (known?.bytes.length === bytes.length && this.#work.equal(known.bytes, bytes)) return known.index;
    store(bytes);
    this.#keep(key, { index: this.#next, bytes: bytes.slice() });
    return this.#next++;
  }

  #keep(key: number, kept: Kept): void {
    this.#forget(key);
    this.#kept.set(key, kept);
    this.#size += kept.bytes.length;
    for (const oldest of this.#kept.keys()) {
      if (this.#size <= KEPT) return;
      this.#forget(oldest);
    }
  }

  #forget(key: number): void {
    this.#size -= this.#kept.get(key)?.bytes.length ?? 0;
    this.#kept.delete(key);
  }
}
