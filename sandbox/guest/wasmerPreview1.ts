/**
 * WASI preview1 with the guest's files in `@wasmer/wasi`. Each call goes to our own core first, which decides, reports,
 * counts, records and does to the host what is to be done; only what it allows reaches the library, and the guest gets the
 * library's answer. Where that differs from ours the user is told once, in a line on standard error, and the library's copy
 * is put right, so that no file ends up other than the program meant it.
 */
import { Errno, WasiError } from '../wasi/errno.ts';
import { GuestMemory, type LinearMemory } from '../wasi/guestMemory.ts';
import type { Preview1Options } from '../wasi/host.ts';
import { createPreview1, type Preview1 } from '../wasi/preview1.ts';
import { CoreFiles } from './wasmerCoreFiles.ts';
import { CHUNK, WasmerFailure, type WasmerFile, WasmerFiles, type WasmerHandle } from './wasmerFiles.ts';
import type { WasmerLibrary } from './wasmerLibrary.ts';

type HostFunction = Preview1['imports'][string];
type Given = readonly (number | bigint)[];
type Arguments = readonly (number | bigint | undefined)[];

/** Bytes of a file that is copied into the library. */
const LARGEST = 64 * 2 ** 20;

export function createWasmerPreview1(options: Preview1Options, library: WasmerLibrary): Preview1 {
  return new WasmerProvider(options, library).preview1;
}

class WasmerProvider {
  readonly preview1: Preview1;
  readonly #options: Preview1Options;
  readonly #core: Preview1;
  readonly #memory: GuestMemory;
  readonly #inCore: CoreFiles;
  readonly #library: WasmerFiles;
  /** By the guest's descriptor, and by device and inode. */
  readonly #handles = new Map<number, WasmerHandle>();
  readonly #files = new Map<string, WasmerFile>();
  readonly #told = new Set<string>();
  /** What the core has told the observer at the end of a call that is not yet over. */
  #after: readonly [name: string, errno: number] | undefined;
  #guestMemory: LinearMemory | undefined;

  constructor(options: Preview1Options, library: WasmerLibrary) {
    this.#options = options;
    const { observer } = options;
    this.#memory = new GuestMemory(observer && ((address, length) => observer.wrote(address, length)));
    this.#library = new WasmerFiles(library);
    const silent = () => this.#inCore.busy;
    const { called: _called, ...others } = options;
    this.#core = createPreview1({
      ...others,
      onViolation: (violation) => silent() || options.onViolation(violation),
      ...(options.onDecision && { onDecision: (decision) => silent() || options.onDecision?.(decision) }),
      ...(observer && {
        observer: {
          before: (name) => silent() || observer.before(name),
          wrote: (address, length) => silent() || observer.wrote(address, length),
          after: (name, errno) => {
            if (!silent()) this.#after = [name, errno];
          },
        },
      }),
    });
    this.#inCore = new CoreFiles(this.#core, this.#library.memory, () => this.#guestMemory);
    this.preview1 = {
      ...this.#core,
      imports: this.#imports(),
      bind: (memory) => {
        this.#guestMemory = memory;
        this.#core.bind(memory);
        this.#memory.bind(memory);
      },
    };
  }

  #imports(): Preview1['imports'] {
    const inLibrary: Readonly<Record<string, (args: Arguments) => void>> = {
      path_open: (args) => this.#opened(this.#memory.u32(Number(args[8]))),
      fd_close: ([fd]) => this.#closed(Number(fd)),
      fd_renumber: ([from, to]) => this.#renumbered(Number(from), Number(to)),
      fd_read: ([fd, vectors, count, result]) => this.#read(Number(fd), [vectors, count, result], undefined),
      fd_pread: ([fd, vectors, count, at, result]) => this.#read(Number(fd), [vectors, count, result], BigInt(at ?? 0)),
      fd_seek: ([fd, offset, whence, result]) =>
        this.#position(Number(fd), Number(result), (handle) =>
          this.#library.seek(handle, BigInt(offset ?? 0), Number(whence)),
        ),
      fd_tell: ([fd, result]) => this.#position(Number(fd), Number(result), (handle) => this.#library.tell(handle)),
      fd_filestat_get: ([fd, result]) =>
        this.#position(Number(fd), Number(result) + STAT_SIZE, (handle) => this.#library.size(handle)),
      fd_filestat_set_size: ([fd, size]) => this.#resized(Number(fd), BigInt(size ?? 0)),
      poll_oneoff: () => this.#tell('panics when a program sleeps or waits for input (poll_oneoff): here it does wait'),
      sock_accept: () => this.#tell('has no sock_accept: a module that imports it does not start there'),
    };
    return Object.fromEntries(
      Object.entries(this.#core.imports).map(([name, core]) => {
        if (name === 'fd_write') return [name, this.#wrapped((...args) => this.#write(core, args, undefined))];
        if (name === 'fd_pwrite')
          return [name, this.#wrapped((...args) => this.#write(core, args, BigInt(args[3] ?? 0)))];
        const library = inLibrary[name];
        return [name, this.#wrapped((...args) => this.#inTurn(core, args, library))];
      }),
    );
  }

  #wrapped(call: HostFunction): HostFunction {
    return (...args) => {
      const errno = call(...args);
      if (this.#after !== undefined) this.#options.observer?.after(...this.#after);
      this.#after = undefined;
      this.#options.called?.();
      return errno;
    };
  }

  #inTurn(core: HostFunction, args: Given, library: ((args: Arguments) => void) | undefined): number {
    const errno = core(...args);
    if (errno === Errno.SUCCESS && library !== undefined) this.#afterwards(() => library(args));
    return errno;
  }

  /** The guest may have had the core write over the very vectors that it passed: then they lead nowhere any more. */
  #afterwards(action: () => void): void {
    try {
      this.#memory.refresh();
      action();
    } catch (error) {
      if (!(error instanceof WasiError)) throw error;
    }
  }

  #opened(fd: number): void {
    const core = this.#inCore.file(fd);
    if (core === undefined) return;
    if (core.size > LARGEST) {
      this.#tell(`is not given files of more than ${LARGEST / 2 ** 20} MB: those are read and written without it`);
      return;
    }
    this.#attempt(() => {
      const file = this.#files.get(core.identity) ?? { name: `file${this.#files.size}`, open: 0 };
      this.#files.set(core.identity, file);
      this.#library.replace(file, this.#inCore.contents(fd, core.size));
      this.#handles.set(fd, this.#library.open(file));
    });
  }

  #closed(fd: number): void {
    const handle = this.#handles.get(fd);
    this.#handles.delete(fd);
    if (handle !== undefined) this.#attempt(() => this.#library.close(handle));
  }

  #renumbered(from: number, to: number): void {
    if (from === to) return;
    this.#closed(to);
    const handle = this.#handles.get(from);
    this.#handles.delete(from);
    if (handle !== undefined) this.#handles.set(to, handle);
  }

  /** The core has read into the guest's memory: the library's bytes go over that. `args`: vectors, their count, the result. */
  #read(fd: number, args: Arguments, position: bigint | undefined): void {
    const handle = this.#handles.get(fd);
    if (handle === undefined) return;
    const [vectors, count, result] = args.map(Number) as [number, number, number];
    const length = this.#memory.u32(result);
    let done = 0;
    const same = this.#attempt(() => {
      for (const window of this.#memory.windows(vectors, count)) {
        for (let at = 0; at < window.length && done < length; ) {
          const wanted = Math.min(CHUNK, window.length - at, length - done);
          const bytes = this.#library.read(
            handle,
            wanted,
            position === undefined ? undefined : position + BigInt(done),
          );
          window.set(bytes, at);
          at += bytes.length;
          done += bytes.length;
          if (bytes.length < wanted) return;
        }
      }
    });
    if (same && done !== length) {
      this.#tell('has read fewer bytes of a file than it has');
      this.#memory.put32(result, done);
    }
  }

  #write(core: HostFunction, args: Given, position: bigint | undefined): number {
    const [fd, vectors, count] = args.map(Number) as [number, number, number];
    const handle = this.#handles.get(fd);
    const before = handle && this.#inCore.file(fd);
    if (handle === undefined || before === undefined) return core(...args);
    const at = position ?? (before.append ? before.size : this.#inCore.position(fd));
    const errno = core(...args);
    if (errno !== Errno.SUCCESS) return errno;
    if (at < before.size) this.#tell('inserts what a program writes over the middle of a file: here it is overwritten');
    this.#afterwards(() => {
      const written = this.#memory.u32(Number(args[position === undefined ? 3 : 4]));
      const bytes = this.#bytes(vectors, count, written);
      this.#attempt(() => {
        if (position === undefined && at === before.size) {
          this.#library.seek(handle, at);
          this.#library.write(handle, bytes);
        } else this.#putRight(fd, handle);
      });
    });
    return errno;
  }

  /** The first `length` bytes of what the vectors name. */
  #bytes(vectors: number, count: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const window of this.#memory.windows(vectors, count)) {
      const part = window.subarray(0, length - at);
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }

  #resized(fd: number, size: bigint): void {
    const handle = this.#handles.get(fd);
    if (handle === undefined) return;
    this.#attempt(() => {
      this.#library.setSize(handle, size);
      this.#putRight(fd, handle);
    });
  }

  /** The library's copy becomes what the core has, and each handle of it stands where the core's does. */
  #putRight(fd: number, { file }: WasmerHandle): void {
    const core = this.#inCore.file(fd);
    if (core === undefined) return;
    this.#library.replace(file, this.#inCore.contents(fd, core.size));
    for (const [other, handle] of this.#handles)
      if (handle.file === file) this.#library.seek(handle, this.#inCore.position(other));
  }

  /** A number that the core has put at `address`, as the library has it. */
  #position(fd: number, address: number, ask: (handle: WasmerHandle) => bigint): void {
    const handle = this.#handles.get(fd);
    if (handle === undefined) return;
    let answer: bigint | undefined;
    this.#attempt(() => {
      answer = ask(handle);
    });
    if (answer === undefined || answer === this.#memory.u64(address)) return;
    this.#tell('counts positions or sizes of files wrong: here they are right');
    this.#attempt(() => this.#putRight(fd, handle));
  }

  /** Where the library fails, the guest goes on with the core alone. */
  #attempt(action: () => void): boolean {
    try {
      action();
      return true;
    } catch (error) {
      if (!(error instanceof WasmerFailure)) throw error;
      this.#tell(`has failed (${error.message}): its files are read and written without it from here on`);
      this.#handles.clear();
      return false;
    }
  }

  #tell(what: string): void {
    if (this.#told.has(what)) return;
    this.#told.add(what);
    const line = `wasm-sandbox: @wasmer/wasi 1.2.2 ${what}. ("wasi": "builtin" in sandbox.json does without it.)\n`;
    this.#options.output('stderr', new TextEncoder().encode(line));
  }
}

/** Of the size in a `filestat`. */
const STAT_SIZE = 32;
