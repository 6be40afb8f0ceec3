/** Calls the core without a guest: a bare linear memory, one page, with room for what each call needs. */
import { Errno } from '../../sandbox/wasi/errno.ts';
import type { Preview1Options } from '../../sandbox/wasi/host.ts';
import { createPreview1 } from '../../sandbox/wasi/preview1.ts';
import type { HostViolation } from '../../sandbox/wasi/violation.ts';
import { testOptions } from './program.ts';

export const PAGE = 65_536;
/** Pre-opened: `/`. */
export const ROOT = 3;
export const ALL_RIGHTS = (1n << 28n) - 1n;

const RESULT = 1024;
const PATH = 2048;
const SECOND_PATH = 8192;
const IOVECS = 16_384;
const DATA = 20_480;

export class Direct {
  readonly violations: HostViolation[] = [];
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly core: ReturnType<typeof createPreview1>;

  constructor(options: Partial<Preview1Options> = {}) {
    this.core = createPreview1(
      testOptions({ onViolation: (violation) => void this.violations.push(violation), ...options }),
    );
    const memory = { buffer: new ArrayBuffer(PAGE) };
    this.bytes = new Uint8Array(memory.buffer);
    this.view = new DataView(memory.buffer);
    this.core.bind(memory);
  }

  /** Name of the errno. */
  call(name: string, ...args: (number | bigint)[]): string {
    return errnoName(this.core.imports[name]!(...args));
  }

  path(text: string): [number, number] {
    return this.#text(PATH, text);
  }

  secondPath(text: string): [number, number] {
    return this.#text(SECOND_PATH, text);
  }

  /** The descriptor, or the errno's name. */
  open(path: string, how: { flags?: number; rights?: bigint; base?: number; fdflags?: number; follow?: boolean } = {}) {
    const { flags = 0, rights = READ_RIGHTS, base = ROOT, fdflags = 0, follow = true } = how;
    const errno = this.call(
      'path_open',
      base,
      Number(follow),
      ...this.path(path),
      flags,
      rights,
      ALL_RIGHTS,
      fdflags,
      RESULT,
    );
    return errno === 'SUCCESS' ? this.view.getUint32(RESULT, true) : errno;
  }

  write(fd: number, text: string): string {
    return this.call('fd_write', fd, ...this.#iovec(text.length, text), RESULT);
  }

  read(fd: number, length = 1000): string {
    const errno = this.call('fd_read', fd, ...this.#iovec(length), RESULT);
    if (errno !== 'SUCCESS') return errno;
    return new TextDecoder().decode(this.bytes.slice(DATA, DATA + this.view.getUint32(RESULT, true)));
  }

  /** What the file holds, or the errno's name in brackets. */
  contents(path: string): string {
    const fd = this.open(path);
    if (typeof fd === 'string') return `[${fd}]`;
    const text = this.read(fd);
    this.call('fd_close', fd);
    return text;
  }

  names(path: string): string[] | string {
    const fd = this.open(path, { flags: 2 });
    if (typeof fd === 'string') return fd;
    const errno = this.call('fd_readdir', fd, DATA, 40_000, 0n, RESULT);
    this.call('fd_close', fd);
    if (errno !== 'SUCCESS') return errno;
    const names: string[] = [];
    const end = DATA + this.view.getUint32(RESULT, true);
    for (let at = DATA; at < end; ) {
      const length = this.view.getUint32(at + 16, true);
      names.push(new TextDecoder().decode(this.bytes.slice(at + 24, at + 24 + length)));
      at += 24 + length;
    }
    return names.filter((name) => name !== '.' && name !== '..').sort();
  }

  #iovec(length: number, text = ''): [number, number] {
    this.#text(DATA, text);
    this.view.setUint32(IOVECS, DATA, true);
    this.view.setUint32(IOVECS + 4, length, true);
    return [IOVECS, 1];
  }

  #text(at: number, text: string): [number, number] {
    const bytes = new TextEncoder().encode(text);
    this.bytes.set(bytes, at);
    return [at, bytes.length];
  }
}

export const READ_RIGHTS = (1n << 1n) | (1n << 2n) | (1n << 14n) | (1n << 21n);
export const WRITE_RIGHTS = (1n << 6n) | (1n << 2n) | (1n << 22n);
export const CREATE = 1;
export const DIRECTORY = 2;
export const EXCLUSIVE = 4;
export const TRUNCATE = 8;

function errnoName(errno: number): string {
  return Object.entries(Errno).find(([, number]) => number === errno)?.[0] ?? `errno ${errno}`;
}
