/** More of the calls, by the names of what they do. */
import assert from 'node:assert/strict';
import { ALL_RIGHTS, CREATE, Direct, ROOT, TRUNCATE, WRITE_RIGHTS } from './direct.ts';

/** Where results are written. */
export const OUT = 60_000;

/** Each gives an errno's name, or what came out. */
export class Calls extends Direct {
  fd(path: string, rights = ALL_RIGHTS, flags = 0, fdflags = 0): number {
    const fd = this.open(path, { rights, flags, fdflags });
    assert.equal(typeof fd, 'number', `${path}: ${fd}`);
    return fd as number;
  }

  close(fd: number): string {
    return this.call('fd_close', fd);
  }

  stat(
    path: string,
    follow = 0,
  ): { type: number; size: number; inode: bigint; links: bigint; modified: bigint } | string {
    const errno = this.call('path_filestat_get', ROOT, follow, ...this.path(path), OUT);
    return errno === 'SUCCESS' ? this.#filestat() : errno;
  }

  statOf(fd: number): ReturnType<Calls['stat']> {
    const errno = this.call('fd_filestat_get', fd, OUT);
    return errno === 'SUCCESS' ? this.#filestat() : errno;
  }

  size(fd: number): number {
    const stat = this.statOf(fd);
    return typeof stat === 'string' ? -1 : stat.size;
  }

  /** `fs_filetype`, flags, rights and those that are inherited. */
  status(fd: number): { type: number; flags: number; rights: bigint; inheriting: bigint } | string {
    const errno = this.call('fd_fdstat_get', fd, OUT);
    if (errno !== 'SUCCESS') return errno;
    const { view } = this;
    const [type, flags] = [view.getUint8(OUT), view.getUint16(OUT + 2, true)];
    return { type, flags, rights: view.getBigUint64(OUT + 8, true), inheriting: view.getBigUint64(OUT + 16, true) };
  }

  seek(fd: number, offset: bigint, whence: number): bigint | string {
    const errno = this.call('fd_seek', fd, offset, whence, OUT);
    return errno === 'SUCCESS' ? this.view.getBigUint64(OUT, true) : errno;
  }

  tell(fd: number): bigint | string {
    const errno = this.call('fd_tell', fd, OUT);
    return errno === 'SUCCESS' ? this.view.getBigUint64(OUT, true) : errno;
  }

  pwrite(fd: number, text: string, at: bigint): string {
    this.#iovec(text.length, text);
    return this.call('fd_pwrite', fd, 50_000, 1, at, OUT);
  }

  pread(fd: number, length: number, at: bigint): string {
    this.#iovec(length);
    const errno = this.call('fd_pread', fd, 50_000, 1, at, OUT);
    if (errno !== 'SUCCESS') return errno;
    return String.fromCharCode(...this.bytes.slice(51_000, 51_000 + this.view.getUint32(OUT, true)));
  }

  at(name: string, path: string): string {
    return this.call(name, ROOT, ...this.path(path));
  }

  mkdir = (path: string): string => this.at('path_create_directory', path);
  rmdir = (path: string): string => this.at('path_remove_directory', path);
  unlink = (path: string): string => this.at('path_unlink_file', path);

  symlink(target: string, path: string): string {
    return this.call('path_symlink', ...this.secondPath(target), ROOT, ...this.path(path));
  }

  two(name: 'path_rename' | 'path_link', path: string, to: string, flags = 0): string {
    const lookup = name === 'path_link' ? [flags] : [];
    return this.call(name, ROOT, ...lookup, ...this.path(path), ROOT, ...this.secondPath(to));
  }

  readlink(path: string, size = 100): string {
    const errno = this.call('path_readlink', ROOT, ...this.path(path), 51_000, size, OUT);
    if (errno !== 'SUCCESS') return errno;
    return String.fromCharCode(...this.bytes.slice(51_000, 51_000 + this.view.getUint32(OUT, true)));
  }

  create(path: string, text = ''): string {
    const fd = this.fd(path, WRITE_RIGHTS, CREATE | TRUNCATE);
    this.write(fd, text);
    return this.close(fd);
  }

  #iovec(length: number, text = ''): void {
    new TextEncoder().encodeInto(text, this.bytes.subarray(51_000));
    this.view.setUint32(50_000, 51_000, true);
    this.view.setUint32(50_004, length, true);
  }

  #filestat() {
    const { view } = this;
    return {
      inode: view.getBigUint64(OUT + 8, true),
      type: view.getUint8(OUT + 16),
      links: view.getBigUint64(OUT + 24, true),
      size: Number(view.getBigUint64(OUT + 32, true)),
      modified: view.getBigUint64(OUT + 48, true),
    };
  }
}
