/**
 * macOS and Windows, best effort: Node has no operation relative to an open folder there, so a folder is its path, and
 * each operation first makes sure that every folder on the way is still the one that was opened and that the name is
 * no link. Between the check and the operation somebody else may swap a folder for a link: that race remains. It needs
 * another process (or another thread of the guest) that writes in the granted folder at the same time.
 */
import {
  type BigIntStats,
  closeSync,
  fstatSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
} from 'node:fs';
import { join } from 'node:path';
import { platform } from 'node:process';
import { fail, isErrno } from '../../wasi/errno.ts';
import type { FileStat, Folder, FolderEntry, NewTimes, OpenFile, OpenHow } from '../../wasi/fileSystem.ts';
import { HostFile } from './hostFile.ts';
import { fileStat, fileType, identity, NEW_FILE_MODE, openFlags, setExactTimes } from './hostFolderEntry.ts';

/**
 * `newLinks`: a guest that makes links and moves them could use the race all by itself, so that it may make none. Where Node's
 * permission model stands it would refuse them in any case.
 */
export function openCheckedFolder(path: string, newLinks: 'refused' | 'made' = 'refused'): Folder {
  const real = realpathSync(path);
  return new CheckedFolder([pin(real)], undefined, newLinks);
}

export function openCheckedParent(path: string, name: string): Folder {
  const real = realpathSync(path);
  return new CheckedFolder([pin(real)], name);
}

/** A folder on the way, and which one it was. */
interface Pinned {
  readonly path: string;
  readonly identity: string;
}

class CheckedFolder implements Folder {
  /** From the granted folder to this one. */
  readonly #chain: readonly Pinned[];
  /** The only name that may be used. */
  readonly #only: string | undefined;

  readonly #newLinks: 'refused' | 'made';

  constructor(chain: readonly Pinned[], only?: string, newLinks: 'refused' | 'made' = 'refused') {
    this.#chain = chain;
    this.#only = only;
    this.#newLinks = newLinks;
  }

  openFolder(name: string): Folder {
    const path = this.#at(name);
    const stats = lstat(path);
    if (stats.isSymbolicLink()) fail('LOOP');
    if (!stats.isDirectory()) fail('NOTDIR');
    return new CheckedFolder([...this.#chain, { path, identity: identity(stats) }], undefined, this.#newLinks);
  }

  openFile(name: string, how: OpenHow): OpenFile {
    const path = this.#at(name);
    const before = tryLstat(path);
    if (before === undefined) return this.#create(path, how);
    if (how.create && how.exclusive) fail('EXIST');
    if (before.isSymbolicLink()) fail('LOOP');
    if (before.isDirectory()) return how.write ? fail('ISDIR') : new ListedFolder(before);
    if (!before.isFile()) fail('NOTSUP');
    // Cut only after it is certain that the right file is open.
    const fd = openSync(path, openFlags({ ...how, create: false, truncate: false }));
    const file = new HostFile(fd);
    if (identity(fstatSync(fd, { bigint: true })) !== identity(before)) {
      closeSync(fd);
      return fail('ACCES');
    }
    if (how.truncate) file.truncate(0);
    return file;
  }

  stat(name: string): FileStat {
    return fileStat(lstat(this.#at(name)));
  }

  statSelf(): FileStat {
    return fileStat(lstat(this.#self()));
  }

  list(): FolderEntry[] {
    const entries = readdirSync(this.#self(), { withFileTypes: true });
    return entries.map((entry) => ({ name: entry.name, type: fileType(entry), inode: 0n }));
  }

  createFolder(name: string): void {
    mkdirSync(this.#at(name));
  }

  removeFolder(name: string): void {
    const path = this.#at(name);
    if (!lstat(path).isDirectory()) fail('NOTDIR');
    rmdirSync(path);
  }

  unlink(name: string): void {
    unlinkSync(this.#at(name));
  }

  rename(name: string, to: Folder, newName: string): void {
    renameSync(this.#at(name), checkedFolder(to).#at(newName));
  }

  link(name: string, to: Folder, newName: string): void {
    const path = this.#at(name);
    const before = lstat(path);
    // macOS links to what a link points to.
    if (before.isSymbolicLink() && platform === 'darwin') fail('NOTSUP');
    const newPath = checkedFolder(to).#at(newName);
    linkSync(path, newPath);
    // Something else has been put there meanwhile: it is not for the guest.
    if (identity(lstat(newPath)) !== identity(before)) {
      unlinkSync(newPath);
      fail('ACCES');
    }
  }

  symlink(target: string, name: string): void {
    const path = this.#at(name);
    if (this.#newLinks === 'refused') fail(tryLstat(path) === undefined ? 'PERM' : 'EXIST');
    symlinkSync(target, path);
  }

  readlink(name: string): string {
    return readlinkSync(this.#at(name)).replaceAll('\\', platform === 'win32' ? '/' : '\\');
  }

  setTimes(name: string, times: NewTimes): void {
    setPathTimes(this.#at(name), times);
  }

  setTimesSelf(times: NewTimes): void {
    const path = this.#self();
    setExactTimes(
      () => lstat(path),
      (accessed, modified) => utimesSync(path, accessed, modified),
      times,
    );
  }

  duplicate(): Folder {
    return new CheckedFolder(this.#chain, this.#only, this.#newLinks);
  }

  close(): void {}

  #at(name: string): string {
    if (this.#only !== undefined && name !== this.#only) fail('NOENT');
    // The core never asks for these: a second wall, since one such name would leave the folder.
    if (name === '..' || name.includes('/')) fail('NOTCAPABLE');
    if (platform === 'win32') refuseWindowsName(name);
    return join(this.#self(), name);
  }

  #self(): string {
    let path = '';
    for (const pinned of this.#chain) {
      const stats = lstat(pinned.path);
      if (!stats.isDirectory() || identity(stats) !== pinned.identity) fail('ACCES');
      path = pinned.path;
    }
    return path;
  }

  #create(path: string, how: OpenHow): OpenFile {
    if (!how.create) return fail('NOENT');
    // Exclusive: if something has appeared there meanwhile, a link above all, this fails.
    return new HostFile(openSync(path, openFlags({ ...how, exclusive: true }), NEW_FILE_MODE));
  }
}

/** What `openFile` answers for a folder: its status, so that the core opens it as a folder. */
class ListedFolder implements OpenFile {
  readonly #stats: BigIntStats;

  constructor(stats: BigIntStats) {
    this.#stats = stats;
  }

  stat(): FileStat {
    return fileStat(this.#stats);
  }

  size(): number {
    return 0;
  }

  read(): number {
    return fail('ISDIR');
  }

  write(): number {
    return fail('ISDIR');
  }

  truncate(): void {
    fail('ISDIR');
  }

  sync(): void {}

  setTimes(): void {
    fail('ISDIR');
  }

  close(): void {}
}

/**
 * Windows gives these names to devices in every folder, whatever follows a dot, and reads `:` as a stream, a backslash as a
 * separator, and drops dots and spaces at the end.
 */
const WINDOWS_DEVICE = /^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9\u00b9\u00b2\u00b3]) *(\.|$)/i;

export function refuseWindowsName(name: string): void {
  if (WINDOWS_DEVICE.test(name) || /[\\:<>"|?*]|[. ]$/.test(name)) fail('NOENT');
}

function setPathTimes(path: string, times: NewTimes): void {
  setExactTimes(
    () => lstat(path),
    (accessed, modified) => lutimesSync(path, accessed, modified),
    times,
  );
}

function pin(path: string): Pinned {
  return { path, identity: identity(lstat(path)) };
}

function lstat(path: string): BigIntStats {
  return lstatSync(path, { bigint: true });
}

function tryLstat(path: string): BigIntStats | undefined {
  try {
    return lstat(path);
  } catch (error) {
    if (isErrno(error, 'NOENT')) return undefined;
    throw error;
  }
}

function checkedFolder(folder: Folder): CheckedFolder {
  return folder instanceof CheckedFolder ? folder : fail('XDEV');
}
