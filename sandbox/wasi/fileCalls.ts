/** Host calls on the contents of a file or a stream: read, write, position, size, and the quotas on writing. */
import { FdFlag, Right } from './abi.ts';
import { CopiesFull } from './copyOnWriteNodes.ts';
import type { FileDescriptor } from './descriptors.ts';
import { fail } from './errno.ts';
import type { OpenFile } from './fileSystem.ts';
import type { GuestMemory, Ranges } from './guestMemory.ts';
import type { CallContext, HostCalls } from './host.ts';
import { receive, send } from './sockets.ts';

/** Bytes of output in one call; the rest is a partial write. Overlapping iovecs could otherwise ask for terabytes. */
const MAX_OUTPUT = 1 << 20;
const MAX_POSITION = BigInt(Number.MAX_SAFE_INTEGER);
const LAST_ADVICE = 5;

const READ_AND_SEEK = Right.FD_READ | Right.FD_SEEK;
const WRITE_AND_SEEK = Right.FD_WRITE | Right.FD_SEEK;

const Whence = { SET: 0, CUR: 1, END: 2 } as const;

export function fileCalls(context: CallContext): HostCalls {
  const { memory, descriptors, counters, policy } = context;
  const writing = new Writing(context);
  return {
    fd_read: (fd: number, iovecs: number, count: number, result: number) => {
      const descriptor = descriptors.require(fd, Right.FD_READ);
      const ranges = memory.ranges(iovecs, count);
      memory.check(result, 4);
      if (descriptor.kind === 'socket')
        return memory.put32(result, receive(context, descriptor, memory.windowsOf(ranges)));
      let length = 0;
      if (descriptor.kind === 'input') length = readInput(context, memory.windowsOf(ranges));
      else if (descriptor.kind === 'file') {
        length = readFile(memory, descriptor.file, ranges, descriptor.position);
        descriptor.position += length;
      } else fail('BADF');
      memory.filledRanges(ranges, length);
      counters.bytesRead += length;
      memory.put32(result, length);
    },
    fd_pread: (fd: number, iovecs: number, count: number, offset: bigint, result: number) => {
      const { file } = descriptors.file(fd, READ_AND_SEEK);
      const ranges = memory.ranges(iovecs, count);
      memory.check(result, 4);
      const length = readFile(memory, file, ranges, positionOf(offset));
      memory.filledRanges(ranges, length);
      counters.bytesRead += length;
      memory.put32(result, length);
    },
    fd_write: (fd: number, iovecs: number, count: number, result: number) => {
      const descriptor = descriptors.require(fd, Right.FD_WRITE);
      const ranges = memory.ranges(iovecs, count);
      memory.check(result, 4);
      if (descriptor.kind === 'output') {
        const bytes = joined(memory.windowsOf(ranges), MAX_OUTPUT);
        counters.outputBytes += bytes.length;
        if (bytes.length > 0) context.options.output(descriptor.stream, bytes);
        memory.put32(result, bytes.length);
      } else if (descriptor.kind === 'file') {
        const start = (descriptor.flags & FdFlag.APPEND) === 0 ? descriptor.position : descriptor.file.size();
        const length = writing.write(descriptor, ranges, start);
        descriptor.position = start + length;
        memory.put32(result, length);
      } else if (descriptor.kind === 'socket')
        memory.put32(result, send(context, descriptor, memory.windowsOf(ranges)));
      else fail('BADF');
    },
    fd_pwrite: (fd: number, iovecs: number, count: number, offset: bigint, result: number) => {
      const descriptor = descriptors.file(fd, WRITE_AND_SEEK);
      const ranges = memory.ranges(iovecs, count);
      memory.check(result, 4);
      const appends = (descriptor.flags & FdFlag.APPEND) !== 0;
      const start = appends ? descriptor.file.size() : positionOf(offset);
      memory.put32(result, writing.write(descriptor, ranges, start));
    },
    fd_seek: (fd: number, offset: bigint, whence: number, result: number) => {
      const telling = whence === Whence.CUR && offset === 0n;
      const descriptor = descriptors.file(fd, telling ? Right.FD_TELL : Right.FD_SEEK);
      memory.check(result, 8);
      descriptor.position = Number(seek(descriptor, offset, whence));
      memory.put64(result, BigInt(descriptor.position));
    },
    fd_tell: (fd: number, result: number) => {
      memory.put64(result, BigInt(descriptors.file(fd, Right.FD_TELL).position));
    },
    fd_filestat_set_size: (fd: number, size: bigint) => {
      const descriptor = descriptors.file(fd, Right.FD_FILESTAT_SET_SIZE);
      const length = positionOf(size);
      policy.require('write', descriptor.mount, descriptor.path);
      writing.resize(descriptor, length);
    },
    fd_allocate: (fd: number, offset: bigint, length: bigint) => {
      const descriptor = descriptors.file(fd, Right.FD_ALLOCATE);
      if (offset < 0n || length <= 0n) fail('INVAL');
      if (offset + length > MAX_POSITION) fail('FBIG');
      const end = Number(offset + length);
      policy.require('write', descriptor.mount, descriptor.path);
      // The quotas count it as written, so that later writes there meet none; a full disk of the host they may still meet.
      if (end > descriptor.file.size()) writing.resize(descriptor, end);
    },
    fd_advise: (fd: number, offset: bigint, length: bigint, advice: number) => {
      descriptors.file(fd, 0);
      if (advice >>> 0 > LAST_ADVICE || offset < 0n || length < 0n) fail('INVAL');
    },
    fd_sync: (fd: number) => sync(context, fd, Right.FD_SYNC),
    fd_datasync: (fd: number) => sync(context, fd, Right.FD_DATASYNC),
  };
}

/** Into the first buffer only: what was typed must reach the guest before the next line is waited for. */
function readInput({ options }: CallContext, windows: readonly Uint8Array[]): number {
  const window = windows[0];
  if (window === undefined) return 0;
  const length = options.stdin.read(window);
  return Math.min(Math.max(length, 0), window.length);
}

function readFile(memory: GuestMemory, file: OpenFile, ranges: Ranges, position: number): number {
  if (ranges.count !== 1 || file.readRange === undefined) return file.read(memory.windowsOf(ranges), position);
  return file.readRange(memory.bytes, ranges.starts[0] ?? 0, ranges.total, position);
}

function writeFile(memory: GuestMemory, file: OpenFile, ranges: Ranges, position: number): number {
  if (ranges.count !== 1 || file.writeRange === undefined) return file.write(memory.windowsOf(ranges), position);
  return file.writeRange(memory.bytes, ranges.starts[0] ?? 0, ranges.total, position);
}

function joined(windows: readonly Uint8Array[], most: number): Uint8Array {
  const length = Math.min(most, totalLength(windows));
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const window of windows) {
    const part = window.subarray(0, length - at);
    bytes.set(part, at);
    at += part.length;
    if (at === length) break;
  }
  return bytes;
}

function totalLength(windows: readonly Uint8Array[]): number {
  return windows.reduce((sum, window) => sum + window.length, 0);
}

/** A `filesize`, unsigned 64 bits, as far as numbers are exact. */
function positionOf(offset: bigint): number {
  if (offset < 0n || offset > MAX_POSITION) fail('INVAL');
  return Number(offset);
}

function seek(descriptor: FileDescriptor, offset: bigint, whence: number): bigint {
  const base = seekBase(descriptor, whence);
  const position = BigInt(base) + offset;
  if (position < 0n) fail('INVAL');
  return position > MAX_POSITION ? fail('OVERFLOW') : position;
}

function seekBase(descriptor: FileDescriptor, whence: number): number {
  if (whence === Whence.SET) return 0;
  if (whence === Whence.CUR) return descriptor.position;
  return whence === Whence.END ? descriptor.file.size() : fail('INVAL');
}

function sync({ descriptors }: CallContext, fd: number, right: number): void {
  const descriptor = descriptors.require(fd, right);
  // A folder has nothing of its own to write back; a stream lacks the right.
  if (descriptor.kind === 'file') descriptor.file.sync();
}

class Writing {
  readonly #context: CallContext;
  /** Bytes charged to `maxTotalWritten`. */
  #charged = 0;

  constructor(context: CallContext) {
    this.#context = context;
  }

  write(descriptor: FileDescriptor, ranges: Ranges, start: number): number {
    const length = ranges.total;
    if (length === 0) return 0;
    this.charge(descriptor, start + length, length);
    const { memory } = this.#context;
    const written = this.#keeping(descriptor, () => writeFile(memory, descriptor.file, ranges, start));
    this.#context.counters.bytesWritten += written;
    return written;
  }

  resize(descriptor: FileDescriptor, size: number): void {
    this.charge(descriptor, size, 0);
    this.#keeping(descriptor, () => descriptor.file.truncate(size));
  }

  /** Copies of an overlay count too: a few bytes written may need a whole file to be kept. */
  #keeping<T>({ path }: FileDescriptor, change: () => T): T {
    try {
      return change();
    } catch (error) {
      if (!(error instanceof CopiesFull)) throw error;
      const { limit, needed } = error;
      return this.#context.policy.exceed({ errno: 'DQUOT', quota: 'maxTotalWritten', limit, needed }, path);
    }
  }

  /** A hole counts like bytes written: a memory file system has to keep it too. */
  charge(descriptor: FileDescriptor, end: number, length: number): void {
    const { quotas } = this.#context.options;
    const { policy } = this.#context;
    if (end > quotas.maxFileSize) {
      policy.exceed({ errno: 'FBIG', quota: 'maxFileSize', limit: quotas.maxFileSize, needed: end }, descriptor.path);
    }
    const { file } = descriptor;
    const hole = length === 0 || file.reaches?.(end - length) !== true;
    const charge = hole ? Math.max(length, end - file.size()) : length;
    const needed = this.#charged + charge;
    if (needed > quotas.maxTotalWritten) {
      policy.exceed(
        { errno: 'DQUOT', quota: 'maxTotalWritten', limit: quotas.maxTotalWritten, needed },
        descriptor.path,
      );
    }
    this.#charged = needed;
    const { decisions } = policy;
    if (decisions !== undefined) {
      decisions.quota(policy.operation, 'maxFileSize', end, descriptor.path);
      decisions.quota(policy.operation, 'maxTotalWritten', needed, descriptor.path);
    }
  }
}
