/** Numbers of the WASI preview1 interface (`typenames.witx`): rights, flags, file types. */

export const Right = {
  FD_DATASYNC: 1n << 0n,
  FD_READ: 1n << 1n,
  FD_SEEK: 1n << 2n,
  FD_FDSTAT_SET_FLAGS: 1n << 3n,
  FD_SYNC: 1n << 4n,
  FD_TELL: 1n << 5n,
  FD_WRITE: 1n << 6n,
  FD_ADVISE: 1n << 7n,
  FD_ALLOCATE: 1n << 8n,
  PATH_CREATE_DIRECTORY: 1n << 9n,
  PATH_CREATE_FILE: 1n << 10n,
  PATH_LINK_SOURCE: 1n << 11n,
  PATH_LINK_TARGET: 1n << 12n,
  PATH_OPEN: 1n << 13n,
  FD_READDIR: 1n << 14n,
  PATH_READLINK: 1n << 15n,
  PATH_RENAME_SOURCE: 1n << 16n,
  PATH_RENAME_TARGET: 1n << 17n,
  PATH_FILESTAT_GET: 1n << 18n,
  PATH_FILESTAT_SET_SIZE: 1n << 19n,
  PATH_FILESTAT_SET_TIMES: 1n << 20n,
  FD_FILESTAT_GET: 1n << 21n,
  FD_FILESTAT_SET_SIZE: 1n << 22n,
  FD_FILESTAT_SET_TIMES: 1n << 23n,
  PATH_SYMLINK: 1n << 24n,
  PATH_REMOVE_DIRECTORY: 1n << 25n,
  PATH_UNLINK_FILE: 1n << 26n,
  POLL_FD_READWRITE: 1n << 27n,
  SOCK_SHUTDOWN: 1n << 28n,
  SOCK_ACCEPT: 1n << 29n,
} as const;

function union(...rights: bigint[]): bigint {
  return rights.reduce((all, right) => all | right, 0n);
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
