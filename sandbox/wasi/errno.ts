/**
 * Error numbers of WASI preview1, the exception that carries one through the core, and the mapping from host errors.
 * Exceptions stay inside this room: the wrapper of each host call turns them into the call's result.
 */

/** `typenames.witx`, `errno`. */
export const Errno = {
  SUCCESS: 0,
  TOOBIG: 1,
  ACCES: 2,
  AGAIN: 6,
  BADF: 8,
  BUSY: 10,
  CONNABORTED: 13,
  CONNREFUSED: 14,
  CONNRESET: 15,
  DQUOT: 19,
  EXIST: 20,
  FAULT: 21,
  FBIG: 22,
  HOSTUNREACH: 23,
  ILSEQ: 25,
  INTR: 27,
  INVAL: 28,
  IO: 29,
  ISDIR: 31,
  LOOP: 32,
  MFILE: 33,
  MLINK: 34,
  NAMETOOLONG: 37,
  NETUNREACH: 40,
  NFILE: 41,
  NODEV: 43,
  NOENT: 44,
  NOMEM: 48,
  NOSPC: 51,
  NOSYS: 52,
  NOTCONN: 53,
  NOTDIR: 54,
  NOTEMPTY: 55,
  NOTSOCK: 57,
  NOTSUP: 58,
  NXIO: 60,
  OVERFLOW: 61,
  PERM: 63,
  PIPE: 64,
  PROTO: 65,
  PROTONOSUPPORT: 66,
  ROFS: 69,
  SPIPE: 70,
  TIMEDOUT: 73,
  TXTBSY: 74,
  XDEV: 75,
  NOTCAPABLE: 76,
} as const;

export type ErrnoName = keyof typeof Errno;

export class WasiError extends Error {
  readonly errno: number;

  constructor(name: ErrnoName) {
    super(name);
    this.errno = Errno[name];
  }
}

/** Most are expected (a file that does not exist): made once each, because a stack trace costs microseconds. */
const made = new Map<ErrnoName, WasiError>();

export function fail(name: ErrnoName): never {
  let error = made.get(name);
  if (error === undefined) {
    error = new WasiError(name);
    made.set(name, error);
  }
  throw error;
}

/** The number for an exception of the core or of a host file operation (`code: 'ENOENT'`); undefined: none that we know. */
export function errnoOf(error: unknown): number | undefined {
  if (error instanceof WasiError) return error.errno;
  if (!(error instanceof Error)) return undefined;
  const code = (error as Error & { code?: unknown }).code;
  if (typeof code === 'string') {
    // Node's permission model refuses, where this policy did not: PERM, because ACCES comes with a violation.
    if (code === 'ERR_ACCESS_DENIED') return Errno.PERM;
    if (code === 'ERR_INVALID_ARG_VALUE') return Errno.INVAL;
    if (code === 'EOPNOTSUPP') return Errno.NOTSUP;
    const name = code.slice(1);
    if (code.startsWith('E') && name in Errno) return Errno[name as ErrnoName];
  }
  // An array that the host cannot allocate.
  return error instanceof RangeError && !isStackOverflow(error) ? Errno.FBIG : undefined;
}

/** The guest has recursed so deep that a host call found no room: as if it had overflowed by itself. */
export function isStackOverflow(error: unknown): boolean {
  return error instanceof RangeError && error.message.includes('call stack');
}

/** Of a number that came from elsewhere. */
export function errnoName(errno: number): ErrnoName {
  const names = Object.keys(Errno) as ErrnoName[];
  return names.find((name) => Errno[name] === errno) ?? 'IO';
}

export function isErrno(error: unknown, ...names: ErrnoName[]): boolean {
  const errno = errnoOf(error);
  return names.some((name) => Errno[name] === errno);
}
