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
import type { FileStat, NewTimes, OpenFile } from '../wasi/fileSystem.ts';
import { fileStat, setExactTimes } from './hostFolderEntry.ts';

export class HostFile implements OpenFile {
  readonly #fd: number;

  constructor(fd: number) {
    this.#fd = fd;
  }

  stat(): FileStat {
    return fileStat(fstatSync(this.#fd, { bigint: true }));
  }

  size(): number {
    return fstatSync(this.#fd).size;
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

  truncate(size: number): void {
    ftruncateSync(this.#fd, size);
  }

  sync(): void {
    fsyncSync(this.#fd);
  }

  setTimes(times: NewTimes): void {
    setExactTimes(
      () => fstatSync(this.#fd, { bigint: true }),
      (accessed, modified) => futimesSync(this.#fd, accessed, modified),
      times,
    );
  }

  close(): void {
    closeSync(this.#fd);
  }
}
