/**
 * An instance of `@wasmer/wasi` with a memory of its own, and copies of the guest's open files in it. It never sees the
 * guest's memory, nor a path of the guest's: each file is open under a name that the library cannot get wrong.
 */
import type { MemFS } from '@wasmer/wasi';
import { isStackOverflow } from '../../wasi/errno.ts';
import type { WasmerLibrary } from './wasmerLibrary.ts';

/** The library has failed: it panics where it was not finished, and answers errors that the guest has no part in. */
export class WasmerFailure extends Error {}

export interface WasmerHandle {
  readonly file: WasmerFile;
  readonly fd: number;
}

/** One file of the host's, however often it is open. */
export interface WasmerFile {
  readonly name: string;
  /** Device and inode. */
  readonly identity: string;
  /** Handles. */
  open: number;
  /** About as many bytes. */
  size: number;
}

type Calls = Readonly<Record<string, (...args: (number | bigint)[]) => number>>;

/** Folder that the library opens for us; 3 is its own root, which it lets nobody use. */
const ROOT = 4;
/** Addresses in the memory that we share with the library. */
const VECTOR = 16;
const RESULT = 32;
const STAT = 64;
const STAT_SIZE = STAT + 32;
const NAME = 256;
export const BUFFER = 65536;
/** Bytes that it is given at a time: its writes grow slow with the square of their size. */
export const CHUNK = 65536;
const RIGHTS = -1n;
const WHENCE_END = 2;

export class WasmerFiles {
  readonly memory: WebAssembly.Memory;
  readonly #calls: Calls;
  readonly #files: MemFS;

  constructor({ MemFS, WASI }: WasmerLibrary) {
    const wasi = new WASI({ args: [], env: {}, preopens: { '.': '/' }, fs: new MemFS() });
    const module = new WebAssembly.Module(SHIM);
    const imports = wasi.getImports(module) as Record<string, Calls>;
    const instance = new WebAssembly.Instance(module, imports);
    wasi.instantiate(instance);
    this.memory = instance.exports.memory as WebAssembly.Memory;
    this.#calls = imports.wasi_snapshot_preview1 ?? {};
    this.#files = wasi.fs;
  }

  /** The file is what `replace` has put there, or empty. */
  open(file: WasmerFile): WasmerHandle {
    const name = new TextEncoder().encode(file.name);
    new Uint8Array(this.memory.buffer).set(name, NAME);
    this.#call('path_open', ROOT, 0, NAME, name.length, 0, RIGHTS, RIGHTS, 0, RESULT);
    file.open++;
    return { file, fd: this.#u32(RESULT) };
  }

  /** The last one that closes a file removes it. */
  close({ file, fd }: WasmerHandle): void {
    this.#call('fd_close', fd);
    if (--file.open === 0) this.#guarded('remove', () => this.#files.removeFile(`/${file.name}`));
  }

  /** Puts other contents into a file, past what the library would make of it. */
  replace(file: WasmerFile, parts: Iterable<Uint8Array>): void {
    this.#guarded('replace', () => {
      const opened = this.#files.open(`/${file.name}`, { read: true, write: true, create: true, truncate: true });
      for (const part of parts) if (part.length > 0) opened.write(part);
      opened.flush();
      opened.free();
    });
  }

  /** Whether these bytes are what the library reads, from where the handle stands or from `position`. */
  holds(handle: WasmerHandle, bytes: Uint8Array, position?: bigint): boolean {
    for (let at = 0; at < bytes.length; at += CHUNK) {
      const part = bytes.subarray(at, at + CHUNK);
      const read = this.#read(handle, part.length, position === undefined ? undefined : position + BigInt(at));
      if (Buffer.compare(part, read) !== 0) return false;
    }
    return true;
  }

  append(handle: WasmerHandle, bytes: Uint8Array): void {
    this.seek(handle, 0n, WHENCE_END);
    for (let at = 0; at < bytes.length; at += CHUNK) {
      const part = bytes.subarray(at, at + CHUNK);
      new Uint8Array(this.memory.buffer).set(part, BUFFER);
      this.#setVector(part.length);
      this.#call('fd_write', handle.fd, VECTOR, 1, RESULT);
    }
  }

  seek({ fd }: WasmerHandle, offset: bigint, whence: number): bigint {
    this.#call('fd_seek', fd, offset, whence, RESULT);
    return this.#u64(RESULT);
  }

  tell({ fd }: WasmerHandle): bigint {
    this.#call('fd_tell', fd, RESULT);
    return this.#u64(RESULT);
  }

  size({ fd }: WasmerHandle): bigint {
    this.#call('fd_filestat_get', fd, STAT);
    return this.#u64(STAT_SIZE);
  }

  setSize({ fd }: WasmerHandle, size: bigint): void {
    this.#call('fd_filestat_set_size', fd, size);
  }

  /** The view holds until the next call. */
  #read({ fd }: WasmerHandle, length: number, position: bigint | undefined): Uint8Array {
    this.#setVector(length);
    if (position === undefined) this.#call('fd_read', fd, VECTOR, 1, RESULT);
    else this.#call('fd_pread', fd, VECTOR, 1, position, RESULT);
    return new Uint8Array(this.memory.buffer, BUFFER, Math.min(this.#u32(RESULT), length));
  }

  #setVector(length: number): void {
    const view = new DataView(this.memory.buffer);
    view.setUint32(VECTOR, BUFFER, true);
    view.setUint32(VECTOR + 4, length, true);
  }

  #u32(address: number): number {
    return new DataView(this.memory.buffer).getUint32(address, true);
  }

  #u64(address: number): bigint {
    return new DataView(this.memory.buffer).getBigUint64(address, true);
  }

  #call(name: string, ...args: (number | bigint)[]): void {
    const errno = this.#guarded(name, () => this.#calls[name]?.(...args) ?? -1);
    if (errno !== 0) throw new WasmerFailure(`${name} answers error ${errno}`);
  }

  /** A panic is a trap of the library's own module: the guest must not be left by it. */
  #guarded<T>(what: string, action: () => T): T {
    try {
      return action();
    } catch (error) {
      if (isStackOverflow(error)) throw error;
      throw new WasmerFailure(`${what} fails: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

/**
 * (module
 *   (import "wasi_snapshot_preview1" "fd_close" (func (param i32) (result i32)))
 *   (memory (export "memory") 4))
 * The library wants a module that uses it, and gives all functions to any.
 */
const SHIM = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x06, 0x01, 0x60, 0x01, 0x7f, 0x01, 0x7f],
  ...[0x02, 0x23, 0x01, 0x16, ...new TextEncoder().encode('wasi_snapshot_preview1')],
  ...[0x08, ...new TextEncoder().encode('fd_close'), 0x00, 0x00],
  ...[0x05, 0x03, 0x01, 0x00, 0x04],
  ...[0x07, 0x0a, 0x01, 0x06, ...new TextEncoder().encode('memory'), 0x02, 0x00],
);
