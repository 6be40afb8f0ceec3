/**
 * Linux: every operation goes to `/proc/self/fd/<folder>/<name>`, which the kernel resolves to the folder that is open,
 * wherever it has been moved to. With one name and O_NOFOLLOW this is `openat`, `mkdirat` and the rest.
 */
import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
} from 'node:fs';
import { join } from 'node:path';
import { fail, isErrno } from '../../wasi/errno.ts';
import type { FileStat, Folder, FolderEntry, NewTimes, OpenFile, OpenHow } from '../../wasi/fileSystem.ts';
import type { Errands } from '../worker/errandCaller.ts';
import { HostFile } from './hostFile.ts';
import { type BelowFolder, openBelow, placeOf, statBelow } from './hostFolderBelow.ts';
import { fileStat, fileType, NEW_FILE_MODE, openFlags, setExactTimes } from './hostFolderEntry.ts';

const FOLDER_FLAGS = constants.O_RDONLY | constants.O_DIRECTORY;

/** `errands`: for what Node's permission model forbids, when this process is behind it. */
export function openLinuxFolder(path: string, errands?: Errands): Folder {
  const fd = openSync(path, FOLDER_FLAGS);
  return new LinuxFolder(fd, errands, placeOf(fd));
}

/** The folder itself is not opened: a permission model may grant just the one name. */
export function openLinuxParent(path: string, name: string, errands?: Errands): Folder {
  return new SingleName(join(path, name), name, errands);
}

abstract class ProcFolder implements Folder {
  protected readonly errands: Errands | undefined;

  constructor(errands: Errands | undefined) {
    this.errands = errands;
  }

  /** A path of the host whose last component is `name`, and no other that the guest could change. */
  abstract at(name: string): string;
  abstract statSelf(): FileStat;
  abstract list(): FolderEntry[];
  abstract setTimesSelf(times: NewTimes): void;
  abstract duplicate(): Folder;
  abstract close(): void;

  openFolder(name: string): Folder {
    return new LinuxFolder(openSync(this.at(name), FOLDER_FLAGS | constants.O_NOFOLLOW), this.errands);
  }

  openFile(name: string, how: OpenHow): OpenFile {
    return this.file(openSync(this.at(name), openFlags(how), NEW_FILE_MODE));
  }

  protected file(fd: number): HostFile {
    return new HostFile(fd, {
      setTimes: (accessed, modified) => utimesSync(`/proc/self/fd/${fd}`, accessed, modified),
      sync: this.errands && (() => this.errands?.({ kind: 'sync', file: fd })),
    });
  }

  stat(name: string): FileStat {
    return fileStat(lstatSync(this.at(name), { bigint: true }));
  }

  createFolder(name: string): void {
    mkdirSync(this.at(name));
  }

  removeFolder(name: string): void {
    rmdirSync(this.at(name));
  }

  unlink(name: string): void {
    unlinkSync(this.at(name));
  }

  rename(name: string, to: Folder, newName: string): void {
    renameSync(this.at(name), procFolder(to).at(newName));
  }

  link(name: string, to: Folder, newName: string): void {
    linkSync(this.at(name), procFolder(to).at(newName));
  }

  symlink(target: string, name: string): void {
    symlinkSync(target, this.at(name));
  }

  readlink(name: string): string {
    return readlinkSync(this.at(name));
  }

  setTimes(name: string, times: NewTimes): void {
    const path = this.at(name);
    setExactTimes(
      () => lstatSync(path, { bigint: true }),
      (accessed, modified) => lutimesSync(path, accessed, modified),
      times,
    );
  }
}

class LinuxFolder extends ProcFolder {
  readonly #fd: number;
  readonly #below: BelowFolder | undefined;

  /** `place`: where it lies, for a granted folder, below which files are to be reached fast. */
  constructor(fd: number, errands: Errands | undefined, place?: string) {
    super(errands);
    this.#fd = fd;
    this.#below = place === undefined ? undefined : { fd, place };
  }

  openBelow(names: readonly string[], how: OpenHow): OpenFile | undefined {
    const fd = this.#below && openBelow(this.#below, names, how);
    return fd === undefined ? undefined : this.file(fd);
  }

  statBelow(names: readonly string[]): FileStat | undefined {
    const stats = this.#below && statBelow(this.#below, names);
    return stats && fileStat(stats);
  }

  override at(name: string): string {
    // The core never asks for these: a second wall, since one such name would leave the folder.
    if (name === '..' || name.includes('/')) fail('NOTCAPABLE');
    return `/proc/self/fd/${this.#fd}/${name}`;
  }

  override symlink(target: string, name: string): void {
    try {
      super.symlink(target, name);
    } catch (error) {
      if (this.errands === undefined || !isErrno(error, 'PERM')) throw error;
      this.errands({ kind: 'symlink', folder: this.#fd, name, target });
    }
  }

  override statSelf(): FileStat {
    return fileStat(fstatSync(this.#fd, { bigint: true }));
  }

  override list(): FolderEntry[] {
    const entries = readdirSync(this.at('.'), { withFileTypes: true });
    return entries.map((entry) => ({ name: entry.name, type: fileType(entry), inode: 0n }));
  }

  override setTimesSelf(times: NewTimes): void {
    setExactTimes(
      () => fstatSync(this.#fd, { bigint: true }),
      (accessed, modified) => utimesSync(this.at('.'), accessed, modified),
      times,
    );
  }

  override duplicate(): Folder {
    return new LinuxFolder(openSync(this.at('.'), FOLDER_FLAGS), this.errands);
  }

  override close(): void {
    closeSync(this.#fd);
  }
}

class SingleName extends ProcFolder {
  readonly #path: string;
  readonly #name: string;

  constructor(path: string, name: string, errands: Errands | undefined) {
    super(errands);
    this.#path = path;
    this.#name = name;
  }

  override at(name: string): string {
    return name === this.#name ? this.#path : fail('NOENT');
  }

  override statSelf(): FileStat {
    return fail('NOENT');
  }

  override list(): FolderEntry[] {
    return fail('NOENT');
  }

  override setTimesSelf(): void {
    fail('NOENT');
  }

  override duplicate(): Folder {
    return this;
  }

  override close(): void {}
}

function procFolder(folder: Folder): ProcFolder {
  return folder instanceof ProcFolder ? folder : fail('XDEV');
}
