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

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export class GuestMemory {
  readonly #wrote: ((address: number, length: number) => void) | undefined;
  #memory: LinearMemory | undefined;
  #bytes: Uint8Array<ArrayBufferLike> = new Uint8Array(0);
  #view: DataView<ArrayBufferLike> = new DataView(this.#bytes.buffer);
  #shared = false;

  constructor(wrote: ((address: number, length: number) => void) | undefined) {
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
    this.#wrote?.(at, 2);
  }

  put32(address: number, value: number): void {
    const at = this.check(address, 4);
    this.#view.setUint32(at, value, true);
    this.#wrote?.(at, 4);
  }

  put64(address: number, value: bigint): void {
    const at = this.check(address, 8);
    this.#view.setBigUint64(at, value, true);
    this.#wrote?.(at, 8);
  }

  put(address: number, bytes: Uint8Array): void {
    const at = this.check(address, bytes.length);
    this.#bytes.set(bytes, at);
    this.#wrote?.(at, bytes.length);
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
      this.#wrote(window.byteOffset, count);
      left -= count;
    }
  }

  /** iovec or ciovec arrays, empty ones left out. */
  windows(address: number, count: number): Uint8Array[] {
    const length = count >>> 0;
    if (length > MAX_IOVECS) fail('INVAL');
    const at = this.check(address, length * 8);
    const windows: Uint8Array[] = [];
    for (let index = 0; index < length; index++) {
      const window = this.window(this.u32(at + index * 8), this.u32(at + index * 8 + 4));
      if (window.length > 0) windows.push(window);
    }
    return windows;
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
