/**
 * Linux: reaches a file several folders below a granted one by a single lookup. The kernel follows links in folder names,
 * so what it has found is only named at first (O_PATH: nothing is opened by that, no device stirs), and then asked where
 * it lies: unless that is just the path that was meant, it does not count. To be opened it is then taken by its
 * descriptor, which nobody can exchange.
 */
import { type BigIntStats, closeSync, constants, fstatSync, openSync, readlinkSync } from 'node:fs';
import type { OpenHow } from '../../wasi/fileSystem.ts';
import { openFlags } from './hostFolderEntry.ts';

/** `asm-generic/fcntl.h`; Node has no name for it. */
const O_PATH = 0o10000000;
const NAMING_FLAGS = O_PATH | constants.O_NOFOLLOW;

/** What a byte that is no UTF-8 is read as: several names could look the same. */
const REPLACEMENT = '\ufffd';

/** Where an open folder lies, when that can be told apart from everything else. */
export function placeOf(fd: number): string | undefined {
  const path = readlinkSync(descriptorPath(fd));
  return path.includes(REPLACEMENT) ? undefined : path;
}

/** The descriptor of a regular file; undefined: there is a link in the path, or it is something else. */
export function openBelow(folder: BelowFolder, names: readonly string[], how: OpenHow): number | undefined {
  return named(folder, names, (fd) => {
    if (!fstatSync(fd).isFile()) return undefined;
    // No O_NOFOLLOW: this path is a link itself, to the very file.
    return openSync(descriptorPath(fd), openFlags(how) & ~constants.O_NOFOLLOW);
  });
}

export function statBelow(folder: BelowFolder, names: readonly string[]): BigIntStats | undefined {
  return named(folder, names, (fd) => fstatSync(fd, { bigint: true }));
}

export interface BelowFolder {
  readonly fd: number;
  readonly place: string;
}

function named<T>({ fd, place }: BelowFolder, names: readonly string[], use: (fd: number) => T): T | undefined {
  const below = names.join('/');
  if (below.includes(REPLACEMENT)) return undefined;
  const found = find(`${descriptorPath(fd)}/${below}`);
  if (found === undefined) return undefined;
  try {
    return readlinkSync(descriptorPath(found)) === `${place}/${below}` ? use(found) : undefined;
  } finally {
    closeSync(found);
  }
}

/** The reason why not is for the walk to find: this one may have met it behind a link, where the guest must not look. */
function find(path: string): number | undefined {
  try {
    return openSync(path, NAMING_FLAGS);
  } catch {
    return undefined;
  }
}

function descriptorPath(fd: number): string {
  return `/proc/self/fd/${fd}`;
}
