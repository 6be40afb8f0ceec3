/**
 * WASI preview1 with the guest's files in `@wasmer/wasi`, too. Each call goes to our own core first, which decides, reports,
 * counts, records and does to the host what is to be done; what it allows is then done in the library, and the answers are
 * compared. Where they differ, the core's answer stands, the user is told once, in a line on standard error, and that file
 * leaves the library: so a program runs on it as far as it can, and no file ends up other than the program meant it.
 */
import { Errno, WasiError } from '../../wasi/errno.ts';
import { GuestMemory, type LinearMemory } from '../../wasi/guestMemory.ts';
import type { Preview1Options } from '../../wasi/host.ts';
import { createPreview1, type Preview1 } from '../../wasi/preview1.ts';
import { CoreFiles } from './wasmerCoreFiles.ts';
import { WasmerFailure, type WasmerFile, WasmerFiles, type WasmerHandle } from './wasmerFiles.ts';
import type { WasmerLibrary } from './wasmerLibrary.ts';

type HostFunction = Preview1['imports'][string];
type Arguments = readonly (number | bigint)[];
/** What the library does after the core has done it. */
type Follow = (args: Arguments) => void;

/** Bytes of a file that is copied into the library, and of all that are in it when one more is opened. */
const LARGEST = 64 * 2 ** 20;
const MOST = 256 * 2 ** 20;
/** Of the size in a `filestat`. */
const STAT_SIZE = 32;

export function createWasmerPreview1(options: Preview1Options, library: WasmerLibrary): Preview1 {
  return new WasmerProvider(options, library).preview1;
}

class WasmerProvider {
  readonly preview1: Preview1;
  readonly #options: Preview1Options;
  readonly #core: Preview1;
  readonly #memory = new GuestMemory(undefined);
  readonly #inCore: CoreFiles;
  readonly #library: WasmerFiles;
  /** By the guest's descriptor, and by device and inode. */
  readonly #handles = new Map<number, WasmerHandle>();
  readonly #files = new Map<string, WasmerFile>();
  readonly #told = new Set<string>();
  #guestMemory: LinearMemory | undefined;
  #opened = 0;

  constructor(options: Preview1Options, library: WasmerLibrary) {
    this.#options = options;
    this.#library = new WasmerFiles(library);
    this.#core = createPreview1(quietly(options, () => this.#inCore.busy));
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
    const follow: Readonly<Record<string, Follow>> = {
      path_open: (args) => this.#open(this.#memory.u32(Number(args[8]))),
      fd_close: (args) => this.#close(Number(args[0])),
      fd_renumber: (args) => this.#renumber(Number(args[0]), Number(args[1])),
      fd_seek: (args) =>
        this.#number(args, Number(args[3]), (handle) =>
          this.#library.seek(handle, BigInt(args[1] ?? 0), Number(args[2])),
        ),
      fd_tell: (args) => this.#number(args, Number(args[1]), (handle) => this.#library.tell(handle)),
      fd_filestat_get: (args) =>
        this.#number(args, Number(args[1]) + STAT_SIZE, (handle) => this.#library.size(handle)),
      fd_filestat_set_size: (args) => this.#with(args, (handle) => this.#library.setSize(handle, BigInt(args[1] ?? 0))),
      fd_allocate: (args) => this.#with(args, (handle) => this.#leave(handle.file)),
      poll_oneoff: () => this.#tell('panics when a program sleeps or waits for input (poll_oneoff)'),
      sock_accept: () => this.#tell('has no sock_accept: there, this program does not start'),
    };
    return Object.fromEntries(
      Object.entries(this.#core.imports).map(([name, core]) => {
        if (name === 'fd_read' || name === 'fd_pread') return [name, this.#reading(core, name === 'fd_pread')];
        if (name === 'fd_write' || name === 'fd_pwrite') return [name, this.#writing(core, name === 'fd_pwrite')];
        const then = follow[name];
        return [name, then === undefined ? core : this.#following(core, then)];
      }),
    );
  }

  #following(core: HostFunction, follow: Follow): HostFunction {
    return (...args) => {
      const errno = core(...args);
      if (errno === Errno.SUCCESS) this.#afterwards(() => follow(args));
      return errno;
    };
  }

  /** The guest may have had the core write over the very vectors that it passed: then they lead nowhere any more. */
  #afterwards(action: () => void): void {
    try {
      this.#memory.refresh();
      action();
    } catch (error) {
      if (error instanceof WasmerFailure) this.#fail(error);
      else if (!(error instanceof WasiError)) throw error;
    }
  }

  #with([fd]: Arguments, action: (handle: WasmerHandle) => void): void {
    const handle = this.#handles.get(Number(fd));
    if (handle !== undefined) action(handle);
  }

  #open(fd: number): void {
    const core = this.#inCore.file(fd);
    if (core === undefined) return;
    const { identity, size } = core;
    if (size > LARGEST || this.#size() + Number(size) > MOST) {
      this.#tell(`is not given files of more than ${LARGEST / 2 ** 20} MB, or more than ${MOST / 2 ** 20} MB in all`);
      return;
    }
    const file = this.#files.get(identity) ?? { name: `file${this.#opened++}`, identity, open: 0, size: 0 };
    file.size = Number(size);
    this.#files.set(identity, file);
    this.#library.replace(file, this.#inCore.contents(fd, size));
    this.#handles.set(fd, this.#library.open(file));
  }

  #size(): number {
    return [...this.#files.values()].reduce((total, { size }) => total + size, 0);
  }

  #close(fd: number): void {
    const handle = this.#handles.get(fd);
    if (handle === undefined) return;
    this.#handles.delete(fd);
    this.#library.close(handle);
    if (handle.file.open === 0) this.#files.delete(handle.file.identity);
  }

  #renumber(from: number, to: number): void {
    if (from === to) return;
    this.#close(to);
    const handle = this.#handles.get(from);
    this.#handles.delete(from);
    if (handle !== undefined) this.#handles.set(to, handle);
  }

  #reading(core: HostFunction, positioned: boolean): HostFunction {
    return this.#following(core, (args) =>
      this.#with(args, (handle) => {
        const position = positioned ? BigInt(args[3] ?? 0) : undefined;
        const bytes = this.#bytes(args, this.#memory.u32(Number(args[positioned ? 4 : 3])));
        if (this.#library.holds(handle, bytes, position)) return;
        this.#tell('reads other bytes than the file has');
        this.#leave(handle.file);
      }),
    );
  }

  #writing(core: HostFunction, positioned: boolean): HostFunction {
    return (...args) => {
      const fd = Number(args[0]);
      const before = this.#handles.has(fd) ? this.#inCore.file(fd) : undefined;
      if (before === undefined) return core(...args);
      const at = positioned ? BigInt(args[3] ?? 0) : before.append ? before.size : this.#inCore.position(fd);
      const write = this.#following(core, () =>
        this.#with(args, (handle) => {
          if (at < before.size) this.#tell('inserts what a program writes over the middle of a file');
          const bytes = this.#bytes(args, this.#memory.u32(Number(args[positioned ? 4 : 3])));
          handle.file.size = Number(at) + bytes.length;
          if (positioned || at !== before.size || handle.file.size > LARGEST) this.#leave(handle.file);
          else this.#library.append(handle, bytes);
        }),
      );
      return write(...args);
    };
  }

  /** The first `length` bytes that vectors name. */
  #bytes([, vectors, count]: Arguments, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const window of this.#memory.windows(Number(vectors), Number(count))) {
      const part = window.subarray(0, length - at);
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }

  /** A number that the core has put at `address`, and the library's. */
  #number(args: Arguments, address: number, ask: (handle: WasmerHandle) => bigint): void {
    this.#with(args, (handle) => {
      if (ask(handle) === this.#memory.u64(address)) return;
      this.#tell('counts positions or sizes of files wrong');
      this.#leave(handle.file);
    });
  }

  /** From here on the core has it alone. */
  #leave(file: WasmerFile): void {
    for (const [fd, handle] of this.#handles) if (handle.file === file) this.#close(fd);
  }

  /** Where the library fails once it cannot be relied on any more. */
  #fail({ message }: WasmerFailure): void {
    this.#tell(`has failed (${message})`);
    this.#handles.clear();
    this.#files.clear();
  }

  #tell(what: string): void {
    if (this.#told.has(what)) return;
    this.#told.add(what);
    const line = `wasm-sandbox: @wasmer/wasi 1.2.2 ${what}; the sandbox's own WASI does it here. See docs/wasmer-wasi.md.\n`;
    this.#options.output('stderr', new TextEncoder().encode(line));
  }
}

/** The same, but for what is asked behind the guest's back. */
function quietly(options: Preview1Options, quiet: () => boolean): Preview1Options {
  const { observer, onDecision, called } = options;
  return {
    ...options,
    onViolation: (violation) => quiet() || options.onViolation(violation),
    ...(onDecision && { onDecision: (decision) => quiet() || options.onDecision?.(decision) }),
    ...(called && { called: () => quiet() || called() }),
    ...(observer && {
      observer: {
        before: (name) => quiet() || observer.before(name),
        wrote: (address, length, content) => quiet() || observer.wrote(address, length, content),
        after: (name, errno) => quiet() || observer.after(name, errno),
      },
    }),
  };
}
