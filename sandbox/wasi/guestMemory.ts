/**
 * The guest's linear memory as host calls see it: bounds are checked, views are renewed when the memory has grown, and
 * every write goes through here and is announced to the observer, so that a recording is complete.
 */
import { fail } from './errno.ts';

/** A `WebAssembly.Memory`. */
export interface LinearMemory {
  readonly buffer: ArrayBuffer | SharedArrayBuffer;
}

/** More iovecs than any C library passes (Linux: IOV_MAX 1024): checked before anything is allocated. */
const MAX_IOVECS = 1024;
/** Bytes of a path, as on Linux. */
const MAX_PATH = 4096;

/** Where the guest wants bytes to be read from or written to: addresses and lengths, the first `count` of them. */
export interface Ranges {
  readonly starts: number[];
  readonly lengths: number[];
  count: number;
  /** Of all lengths. */
  total: number;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export class GuestMemory {
  readonly #wrote: ((address: number, length: number, content: boolean) => void) | undefined;
  #memory: LinearMemory | undefined;
  #bytes: Uint8Array<ArrayBufferLike> = new Uint8Array(0);
  #view: DataView<ArrayBufferLike> = new DataView(this.#bytes.buffer);
  #shared = false;
  readonly #ranges: Ranges = { starts: [], lengths: [], count: 0, total: 0 };

  constructor(wrote: ((address: number, length: number, content: boolean) => void) | undefined) {
    this.#wrote = wrote;
  }

  bind(memory: LinearMemory): void {
    this.#memory = memory;
    this.#bytes = new Uint8Array(0);
    this.refresh();
  }

  /**
   * Once at the start of each call. A memory that has grown has taken its old buffer away, which leaves the view empty; a
   * shared one has a longer buffer.
   */
  refresh(): void {
    if (this.#bytes.length > 0 && !this.#shared) return;
    if (this.#memory === undefined) fail('FAULT');
    const { buffer } = this.#memory;
    if (buffer === this.#bytes.buffer && buffer.byteLength === this.#bytes.length) return;
    this.#bytes = new Uint8Array(buffer);
    this.#view = new DataView(buffer);
    this.#shared = !(buffer instanceof ArrayBuffer);
  }

  /** Addresses and lengths arrive as signed i32. Returns the address unsigned. */
  check(address: number, length: number): number {
    const start = address >>> 0;
    if (start + (length >>> 0) > this.#bytes.length) fail('FAULT');
    return start;
  }

  u8(address: number): number {
    return this.#view.getUint8(this.check(address, 1));
  }

  u16(address: number): number {
    return this.#view.getUint16(this.check(address, 2), true);
  }

  u32(address: number): number {
    return this.#view.getUint32(this.check(address, 4), true);
  }

  u64(address: number): bigint {
    return this.#view.getBigUint64(this.check(address, 8), true);
  }

  put16(address: number, value: number): void {
    const at = this.check(address, 2);
    this.#view.setUint16(at, value, true);
    this.#wrote?.(at, 2, false);
  }

  put32(address: number, value: number): void {
    const at = this.check(address, 4);
    this.#view.setUint32(at, value, true);
    this.#wrote?.(at, 4, false);
  }

  put64(address: number, value: bigint): void {
    const at = this.check(address, 8);
    this.#view.setBigUint64(at, value, true);
    this.#wrote?.(at, 8, false);
  }

  /** One after the other, as one write. */
  putAll64(address: number, values: readonly bigint[]): void {
    const at = this.check(address, values.length * 8);
    for (let index = 0; index < values.length; index++)
      this.#view.setBigUint64(at + index * 8, values[index] ?? 0n, true);
    this.#wrote?.(at, values.length * 8, false);
  }

  put(address: number, bytes: Uint8Array): void {
    const at = this.check(address, bytes.length);
    this.#bytes.set(bytes, at);
    this.#wrote?.(at, bytes.length, true);
  }

  /** For a host that fills guest memory itself: pass what it was given to `filled` afterwards. */
  window(address: number, length: number): Uint8Array {
    const at = this.check(address, length);
    return this.#bytes.subarray(at, at + (length >>> 0));
  }

  filled(windows: readonly Uint8Array[], length: number): void {
    if (this.#wrote === undefined) return;
    let left = length;
    for (const window of windows) {
      const count = Math.min(left, window.length);
      if (count <= 0) return;
      this.#wrote(window.byteOffset, count, true);
      left -= count;
    }
  }

  /** iovec or ciovec arrays, empty ones left out. */
  windows(address: number, count: number): Uint8Array[] {
    return this.windowsOf(this.ranges(address, count));
  }

  /** The same without views. The object is used again: it holds until the next host call. */
  ranges(address: number, count: number): Ranges {
    const length = count >>> 0;
    if (length > MAX_IOVECS) fail('INVAL');
    const at = this.check(address, length * 8);
    const ranges = this.#ranges;
    ranges.count = 0;
    ranges.total = 0;
    for (let each = at; each < at + length * 8; each += 8) {
      const size = this.#view.getUint32(each + 4, true);
      const start = this.check(this.#view.getUint32(each, true), size);
      if (size === 0) continue;
      ranges.starts[ranges.count] = start;
      ranges.lengths[ranges.count++] = size;
      ranges.total += size;
    }
    return ranges;
  }

  windowsOf({ starts, lengths, count }: Ranges): Uint8Array[] {
    const windows: Uint8Array[] = [];
    for (let index = 0; index < count; index++) windows.push(this.window(starts[index] ?? 0, lengths[index] ?? 0));
    return windows;
  }

  /** A host has filled the first `length` bytes of the ranges. */
  filledRanges({ starts, lengths, count }: Ranges, length: number): void {
    if (this.#wrote === undefined) return;
    let left = length;
    for (let index = 0; index < count && left > 0; index++) {
      const part = Math.min(left, lengths[index] ?? 0);
      this.#wrote(starts[index] ?? 0, part, true);
      left -= part;
    }
  }

  /** All of it, for `ranges`. Only until the next host call. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** A path: UTF-8 without NUL: a NUL would cut the name short in the host's C library. */
  text(address: number, length: number): string {
    const bytes = this.window(address, length);
    if (bytes.length > MAX_PATH) fail('NAMETOOLONG');
    const text = this.#decode(bytes);
    if (text.includes('\0')) fail('INVAL');
    return text;
  }

  #decode(bytes: Uint8Array): string {
    try {
      // TextDecoder refuses shared memory.
      return decoder.decode(bytes.buffer instanceof ArrayBuffer ? bytes : bytes.slice());
    } catch {
      return fail('ILSEQ');
    }
  }
}
