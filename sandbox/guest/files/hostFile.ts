/** An open file of the host. Both host folder backends hand these out, after they have made sure what was opened. */
import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  futimesSync,
  readSync,
  readvSync,
  writeSync,
  writevSync,
} from 'node:fs';
import { isErrno } from '../../wasi/errno.ts';
import type { FileStat, NewTimes, OpenFile } from '../../wasi/fileSystem.ts';
import { fileStat, setExactTimes } from './hostFolderEntry.ts';

/** Seconds since 1970. */
type SetTimes = (accessed: number, modified: number) => void;

/** Other ways than the descriptor's own, which Node's permission model refuses (24.21). */
export interface OtherWays {
  readonly setTimes?: SetTimes;
  readonly sync?: (() => void) | undefined;
}

/** Goes up whenever some file may have become shorter, by truncation or by being opened for it. */
let truncations = 0;

export class HostFile implements OpenFile {
  readonly #fd: number;
  /** The file is at least this long, when nothing has been truncated since. */
  #reached = 0;
  #reachedIn = 0;
  readonly #setTimes: SetTimes;
  readonly #sync: (() => void) | undefined;

  constructor(fd: number, { setTimes, sync }: OtherWays = {}) {
    this.#fd = fd;
    truncations++;
    this.#setTimes = setTimes ?? ((accessed, modified) => futimesSync(fd, accessed, modified));
    this.#sync = sync;
  }

  stat(): FileStat {
    return fileStat(fstatSync(this.#fd, { bigint: true }));
  }

  size(): number {
    const { size } = fstatSync(this.#fd);
    this.#reach(size);
    return size;
  }

  isRegular(): boolean {
    const stats = fstatSync(this.#fd);
    this.#reach(stats.size);
    return stats.isFile();
  }

  read(buffers: readonly Uint8Array[], position: number): number {
    const [only] = buffers;
    if (only === undefined) return 0;
    if (buffers.length === 1) return readSync(this.#fd, only, 0, only.length, position);
    return readvSync(this.#fd, buffers, position);
  }

  write(buffers: readonly Uint8Array[], position: number): number {
    const [only] = buffers;
    if (only === undefined) return 0;
    if (buffers.length === 1) return writeSync(this.#fd, only, 0, only.length, position);
    return writevSync(this.#fd, buffers, position);
  }

  readRange(bytes: Uint8Array, start: number, length: number, position: number): number {
    const count = readSync(this.#fd, bytes, start, length, position);
    this.#reach(position + count);
    return count;
  }

  writeRange(bytes: Uint8Array, start: number, length: number, position: number): number {
    const count = writeSync(this.#fd, bytes, start, length, position);
    this.#reach(position + count);
    return count;
  }

  reaches(position: number): boolean {
    return position === 0 || (position <= this.#reached && this.#reachedIn === truncations);
  }

  #reach(position: number): void {
    if (this.#reachedIn !== truncations) this.#reached = 0;
    this.#reachedIn = truncations;
    this.#reached = Math.max(this.#reached, position);
  }

  truncate(size: number): void {
    truncations++;
    ftruncateSync(this.#fd, size);
  }

  sync(): void {
    try {
      fsyncSync(this.#fd);
    } catch (error) {
      // Under the permission model there is no fsync at all. Without another way: what was written is with the host,
      // which keeps it unless the machine itself fails.
      if (!isErrno(error, 'PERM')) throw error;
      this.#sync?.();
    }
  }

  setTimes(times: NewTimes): void {
    setExactTimes(() => fstatSync(this.#fd, { bigint: true }), this.#setTimes, times);
  }

  close(): void {
    closeSync(this.#fd);
  }
}
