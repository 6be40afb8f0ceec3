/** What the host folder backends share: file types and times as WASI has them, and how a path of the host is opened. */
import { type BigIntStats, constants, type Dirent, type Stats } from 'node:fs';
import { FileType } from '../../wasi/abi.ts';
import type { FileStat, NewTimes, OpenHow } from '../../wasi/fileSystem.ts';

export function fileType(entry: Stats | BigIntStats | Dirent): FileType {
  if (entry.isFile()) return FileType.REGULAR_FILE;
  if (entry.isDirectory()) return FileType.DIRECTORY;
  if (entry.isSymbolicLink()) return FileType.SYMBOLIC_LINK;
  if (entry.isCharacterDevice()) return FileType.CHARACTER_DEVICE;
  if (entry.isBlockDevice()) return FileType.BLOCK_DEVICE;
  return entry.isSocket() ? FileType.SOCKET_STREAM : FileType.UNKNOWN;
}

export function fileStat(stats: BigIntStats): FileStat {
  return {
    device: stats.dev,
    inode: stats.ino,
    type: fileType(stats),
    links: stats.nlink,
    size: stats.size,
    ...exactTimes(stats),
    changed: stats.ctimeNs,
  };
}

/** Never blocks (a FIFO without a writer), never follows a link where the host can be told so. */
export function openFlags(how: OpenHow): number {
  const access = how.read && how.write ? constants.O_RDWR : how.write ? constants.O_WRONLY : constants.O_RDONLY;
  return (
    access |
    // Windows has none of these three.
    (constants.O_NOFOLLOW ?? 0) |
    (constants.O_NONBLOCK ?? 0) |
    (constants.O_NOCTTY ?? 0) |
    (how.create ? constants.O_CREAT : 0) |
    (how.exclusive ? constants.O_EXCL : 0) |
    (how.truncate ? constants.O_TRUNC : 0) |
    (how.sync ? (constants.O_SYNC ?? 0) : 0)
  );
}

/** As a new file is made by any other program; the umask applies. */
export const NEW_FILE_MODE = 0o666;

/**
 * Node takes times as a double of seconds, which loses nanoseconds. What a guest has set is remembered by device and
 * inode, and answered as long as the host's own time has not changed since.
 */
const remembered = new Map<string, { readonly host: Times; readonly exact: Times }>();
const MAX_REMEMBERED = 10_000;

interface Times {
  readonly accessed: bigint;
  readonly modified: bigint;
}

/** `set` takes seconds. */
export function setExactTimes(
  stat: () => BigIntStats,
  set: (accessed: number, modified: number) => void,
  times: NewTimes,
): void {
  const before = exactTimes(stat());
  const exact = { accessed: times.accessed ?? before.accessed, modified: times.modified ?? before.modified };
  set(Number(exact.accessed) / 1e9, Number(exact.modified) / 1e9);
  const after = stat();
  if (remembered.size >= MAX_REMEMBERED) remembered.clear();
  remembered.set(identity(after), { host: { accessed: after.atimeNs, modified: after.mtimeNs }, exact });
}

function exactTimes(stats: BigIntStats): Times {
  const entry = remembered.size === 0 ? undefined : remembered.get(identity(stats));
  return {
    accessed: entry?.host.accessed === stats.atimeNs ? entry.exact.accessed : stats.atimeNs,
    modified: entry?.host.modified === stats.mtimeNs ? entry.exact.modified : stats.mtimeNs,
  };
}

export function identity({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`;
}
