/**
 * What a file system must do for the core: operations on ONE name in ONE open folder, never on a path. The core walks
 * paths, follows links and asks the policy; a backend must never follow a link, and throws WasiError or a host error
 * with a `code`. Times are nanoseconds since 1970.
 */
import type { FileType } from './abi.ts';

export interface FileStat {
  readonly device: bigint;
  readonly inode: bigint;
  readonly type: FileType;
  readonly links: bigint;
  readonly size: bigint;
  readonly accessed: bigint;
  readonly modified: bigint;
  readonly changed: bigint;
}

/** `undefined` leaves a time as it is. */
export interface NewTimes {
  readonly accessed: bigint | undefined;
  readonly modified: bigint | undefined;
}

export interface OpenHow {
  readonly read: boolean;
  readonly write: boolean;
  readonly create: boolean;
  readonly exclusive: boolean;
  readonly truncate: boolean;
  readonly sync: boolean;
}

export interface FolderEntry {
  readonly name: string;
  readonly type: FileType;
  /** 0n: not known without another question to the host. */
  readonly inode: bigint;
}

export interface Folder {
  /** LOOP or NOTDIR when the name is a symbolic link. */
  openFolder(name: string): Folder;
  /** LOOP when the name is a symbolic link. A folder may be opened too: its `stat` says so. Nothing but files and folders. */
  openFile(name: string, how: OpenHow): OpenFile;
  /** Of the name itself: links are not followed. */
  stat(name: string): FileStat;
  /**
   * The same for a path of several names, none of them `..`, through folders only: undefined when there is a link in it, when
   * what it leads to is no regular file, or when the backend cannot tell. `how` creates and truncates nothing.
   */
  openBelow?(names: readonly string[], how: OpenHow): OpenFile | undefined;
  statBelow?(names: readonly string[]): FileStat | undefined;
  statSelf(): FileStat;
  /** Without `.` and `..`. */
  list(): FolderEntry[];
  createFolder(name: string): void;
  removeFolder(name: string): void;
  unlink(name: string): void;
  /** XDEV when `to` belongs to another backend. */
  rename(name: string, to: Folder, newName: string): void;
  link(name: string, to: Folder, newName: string): void;
  symlink(target: string, name: string): void;
  readlink(name: string): string;
  setTimes(name: string, times: NewTimes): void;
  setTimesSelf(times: NewTimes): void;
  /** An independent handle of the same folder. */
  duplicate(): Folder;
  close(): void;
}

export interface OpenFile {
  stat(): FileStat;
  /** What `stat` says, for less. */
  isRegular?(): boolean;
  size(): number;
  /** Bytes read; 0: at or past the end. */
  read(buffers: readonly Uint8Array[], position: number): number;
  write(buffers: readonly Uint8Array[], position: number): number;
  /** As `read` with one buffer, `bytes` from `start` on, without a view made for it: what nearly every call asks for. */
  readRange?(bytes: Uint8Array, start: number, length: number, position: number): number;
  writeRange?(bytes: Uint8Array, start: number, length: number, position: number): number;
  /** True: `size()` is known to be at least this much, without asking for it. */
  reaches?(position: number): boolean;
  truncate(size: number): void;
  sync(): void;
  setTimes(times: NewTimes): void;
  close(): void;
}

/** A part of the guest's view. `guest` is absolute or relative to `/`, the guest's working folder. */
export interface Mount {
  readonly guest: string;
  readonly source: MountSource;
  readonly read: boolean;
  readonly write: boolean;
}

export type MountSource =
  | { readonly kind: 'folder'; readonly folder: Folder }
  /** One name of a folder whose other names are not granted: a file, or something that may not exist yet. */
  | { readonly kind: 'entry'; readonly folder: Folder; readonly name: string };
