/** Numbers of the WASI preview1 interface (`typenames.witx`): rights, flags, file types. */

/** As small numbers: they are checked at every call. */
export const Right = {
  FD_DATASYNC: 1 << 0,
  FD_READ: 1 << 1,
  FD_SEEK: 1 << 2,
  FD_FDSTAT_SET_FLAGS: 1 << 3,
  FD_SYNC: 1 << 4,
  FD_TELL: 1 << 5,
  FD_WRITE: 1 << 6,
  FD_ADVISE: 1 << 7,
  FD_ALLOCATE: 1 << 8,
  PATH_CREATE_DIRECTORY: 1 << 9,
  PATH_CREATE_FILE: 1 << 10,
  PATH_LINK_SOURCE: 1 << 11,
  PATH_LINK_TARGET: 1 << 12,
  PATH_OPEN: 1 << 13,
  FD_READDIR: 1 << 14,
  PATH_READLINK: 1 << 15,
  PATH_RENAME_SOURCE: 1 << 16,
  PATH_RENAME_TARGET: 1 << 17,
  PATH_FILESTAT_GET: 1 << 18,
  PATH_FILESTAT_SET_SIZE: 1 << 19,
  PATH_FILESTAT_SET_TIMES: 1 << 20,
  FD_FILESTAT_GET: 1 << 21,
  FD_FILESTAT_SET_SIZE: 1 << 22,
  FD_FILESTAT_SET_TIMES: 1 << 23,
  PATH_SYMLINK: 1 << 24,
  PATH_REMOVE_DIRECTORY: 1 << 25,
  PATH_UNLINK_FILE: 1 << 26,
  POLL_FD_READWRITE: 1 << 27,
  SOCK_SHUTDOWN: 1 << 28,
  SOCK_ACCEPT: 1 << 29,
} as const;

const RIGHT_COUNT = 30;

function union(...rights: number[]): number {
  return rights.reduce((all, right) => all | right, 0);
}

/** The defined ones among the 64 bits of a guest; others mean nothing. */
export function knownRights(rights: bigint): number {
  return Number(BigInt.asUintN(RIGHT_COUNT, rights));
}

export function hasUnknownRights(rights: bigint): boolean {
  return BigInt.asUintN(64, rights) >> BigInt(RIGHT_COUNT) !== 0n;
}

export const FOLDER_RIGHTS = union(
  Right.FD_DATASYNC,
  Right.FD_FDSTAT_SET_FLAGS,
  Right.FD_SYNC,
  Right.PATH_CREATE_DIRECTORY,
  Right.PATH_CREATE_FILE,
  Right.PATH_LINK_SOURCE,
  Right.PATH_LINK_TARGET,
  Right.PATH_OPEN,
  Right.FD_READDIR,
  Right.PATH_READLINK,
  Right.PATH_RENAME_SOURCE,
  Right.PATH_RENAME_TARGET,
  Right.PATH_FILESTAT_GET,
  Right.PATH_FILESTAT_SET_SIZE,
  Right.PATH_FILESTAT_SET_TIMES,
  Right.FD_FILESTAT_GET,
  Right.FD_FILESTAT_SET_TIMES,
  Right.PATH_SYMLINK,
  Right.PATH_REMOVE_DIRECTORY,
  Right.PATH_UNLINK_FILE,
);

export const FILE_RIGHTS = union(
  Right.FD_DATASYNC,
  Right.FD_READ,
  Right.FD_SEEK,
  Right.FD_FDSTAT_SET_FLAGS,
  Right.FD_SYNC,
  Right.FD_TELL,
  Right.FD_WRITE,
  Right.FD_ADVISE,
  Right.FD_ALLOCATE,
  Right.FD_FILESTAT_GET,
  Right.FD_FILESTAT_SET_SIZE,
  Right.FD_FILESTAT_SET_TIMES,
  Right.POLL_FD_READWRITE,
);

const STREAM_RIGHTS = union(Right.FD_FDSTAT_SET_FLAGS, Right.FD_FILESTAT_GET, Right.POLL_FD_READWRITE);
export const INPUT_RIGHTS = STREAM_RIGHTS | Right.FD_READ;
export const OUTPUT_RIGHTS = STREAM_RIGHTS | Right.FD_WRITE;
export const CONNECTION_RIGHTS = STREAM_RIGHTS | Right.FD_READ | Right.FD_WRITE | Right.SOCK_SHUTDOWN;
export const LISTENER_RIGHTS = STREAM_RIGHTS | Right.SOCK_ACCEPT;

/** `filetype`. */
export const FileType = {
  UNKNOWN: 0,
  BLOCK_DEVICE: 1,
  CHARACTER_DEVICE: 2,
  DIRECTORY: 3,
  REGULAR_FILE: 4,
  SOCKET_DGRAM: 5,
  SOCKET_STREAM: 6,
  SYMBOLIC_LINK: 7,
} as const;
export type FileType = (typeof FileType)[keyof typeof FileType];

export const OpenFlag = { CREAT: 1, DIRECTORY: 2, EXCL: 4, TRUNC: 8 } as const;
export const FdFlag = { APPEND: 1, DSYNC: 2, NONBLOCK: 4, RSYNC: 8, SYNC: 16 } as const;
export const TimeFlag = { ATIM: 1, ATIM_NOW: 2, MTIM: 4, MTIM_NOW: 8 } as const;
export const LOOKUP_SYMLINK_FOLLOW = 1;

export const ClockId = { REALTIME: 0, MONOTONIC: 1, PROCESS_CPUTIME: 2, THREAD_CPUTIME: 3 } as const;
