/**
 * Large bytes that a recording holds already, so that what is read again is not stored again. They are found by samples
 * and compared byte by byte, so nothing can be mixed up. The oldest are forgotten when they become too much: then the
 * same bytes are stored once more.
 */
/** Whether two of the same length hold the same. */
export type Equal = (a: Uint8Array, b: Uint8Array) => boolean;

/** Bytes that are kept for comparison. */
const KEPT = 32 << 20;

interface Kept {
  readonly index: number;
  readonly bytes: Uint8Array;
}

export class Contents {
  readonly #equal: Equal;
  readonly #kept = new Map<number, Kept>();
  #size = 0;
  #next = 0;

  /** `equal`: what the host has for it; a loop is slow. */
  constructor(equal: Equal) {
    this.#equal = equal;
  }

  /** The index of these bytes; `store` is called when they are new. */
  indexOf(bytes: Uint8Array, store: (bytes: Uint8Array) => void): number {
    const key = sampled(bytes);
    const known = this.#kept.get(key);
    if (known?.bytes.length === bytes.length && this.#equal(known.bytes, bytes)) return known.index;
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

/** Bytes looked at, evenly spread. */
const SAMPLES = 64;

/** A number that other bytes rarely have too. Looking at all of them would take longer than comparing them once. */
function sampled(bytes: Uint8Array): number {
  let key = bytes.length;
  const step = Math.max(1, bytes.length / SAMPLES);
  for (let at = 0; at < bytes.length; at += step) key = Math.imul(key ^ (bytes[Math.floor(at)] ?? 0), 0x01000193);
  return key;
}
