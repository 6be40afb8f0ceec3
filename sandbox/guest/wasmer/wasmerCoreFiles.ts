/** Asks our own core about the guest's open files without the guest: nothing is counted, recorded or reported. */
import { FileType } from '../../wasi/abi.ts';
import type { LinearMemory } from '../../wasi/guestMemory.ts';
import type { Counters } from '../../wasi/host.ts';
import type { Preview1 } from '../../wasi/preview1.ts';
import { BUFFER, CHUNK } from './wasmerFiles.ts';

export interface CoreFile {
  /** Device and inode: two descriptors with the same are one file. */
  readonly identity: string;
  readonly size: bigint;
  readonly append: boolean;
}

/** Addresses in the memory that the core is given meanwhile. */
const VECTOR = 16;
const RESULT = 32;
const STAT = 64;
const FDFLAGS_APPEND = 1;

export class CoreFiles {
  readonly #core: Preview1;
  readonly #scratch: WebAssembly.Memory;
  readonly #guest: () => LinearMemory | undefined;
  #busy = false;

  constructor(core: Preview1, scratch: WebAssembly.Memory, guest: () => LinearMemory | undefined) {
    this.#core = core;
    this.#scratch = scratch;
    this.#guest = guest;
  }

  /** While it asks. */
  get busy(): boolean {
    return this.#busy;
  }

  /** Undefined: a folder, a stream, a socket. */
  file(fd: number): CoreFile | undefined {
    return this.#quietly(() => {
      if (this.#ask('fd_fdstat_get', fd, RESULT) !== 0) return undefined;
      const view = new DataView(this.#scratch.buffer);
      if (view.getUint8(RESULT) !== FileType.REGULAR_FILE) return undefined;
      const append = (view.getUint16(RESULT + 2, true) & FDFLAGS_APPEND) !== 0;
      if (this.#ask('fd_filestat_get', fd, STAT) !== 0) return undefined;
      const identity = `${view.getBigUint64(STAT, true)}:${view.getBigUint64(STAT + 8, true)}`;
      return { identity, size: view.getBigUint64(STAT + 32, true), append };
    });
  }

  position(fd: number): bigint {
    return this.#quietly(() =>
      this.#ask('fd_tell', fd, RESULT) === 0 ? new DataView(this.#scratch.buffer).getBigUint64(RESULT, true) : 0n,
    );
  }

  /** What the guest may not read is zeros, which it may not read either. */
  *contents(fd: number, size: bigint): Iterable<Uint8Array> {
    for (let at = 0n; at < size; ) {
      const part = this.#part(fd, at, Number(size - at));
      if (part.length === 0) return;
      yield part;
      at += BigInt(part.length);
    }
  }

  #part(fd: number, at: bigint, left: number): Uint8Array {
    const length = Math.min(left, CHUNK);
    return this.#quietly(() => {
      const view = new DataView(this.#scratch.buffer);
      view.setUint32(VECTOR, BUFFER, true);
      view.setUint32(VECTOR + 4, length, true);
      if (this.#ask('fd_pread', fd, VECTOR, 1, at, RESULT) !== 0) return new Uint8Array(length);
      return new Uint8Array(this.#scratch.buffer, BUFFER, view.getUint32(RESULT, true)).slice();
    });
  }

  #ask(name: string, ...args: (number | bigint)[]): number {
    return this.#core.imports[name]?.(...args) ?? -1;
  }

  #quietly<T>(ask: () => T): T {
    const before: Counters = { ...this.#core.counters };
    this.#busy = true;
    this.#core.bind(this.#scratch);
    try {
      return ask();
    } finally {
      const guest = this.#guest();
      if (guest !== undefined) this.#core.bind(guest);
      this.#busy = false;
      Object.assign(this.#core.counters, before);
    }
  }
}
