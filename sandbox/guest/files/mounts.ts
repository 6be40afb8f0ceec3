/**
 * Opens what `sandbox.json` grants and lays it out in the guest's view. A grant may be a folder, a file, or something
 * that does not exist yet; nothing is created here.
 */
import { realpathSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import type { FilesystemGrants, PathGrant } from '../../config/config.ts';
import type { Folder, Mount, MountSource } from '../../wasi/fileSystem.ts';
import { createMemoryFileSystem } from '../../wasi/memoryFileSystem.ts';
import { guestComponents, pathText } from '../../wasi/overlay.ts';
import { reachable } from '../process/secondNames.ts';
import type { Errands } from '../worker/errandCaller.ts';
import { openHostFolder, openHostParent } from './hostFolder.ts';
import { Overlays } from './overlays.ts';

const TEMP = '/tmp';
const NANOSECONDS = 1_000_000n;

export interface MountSetup {
  /** Nanoseconds since 1970, for the files in memory, so that a frozen clock cannot be told from them. */
  readonly now?: () => bigint;
  readonly errands?: Errands;
}

/** Throws an Error whose message is for the user when two grants contradict each other. */
export function buildMounts(
  { filesystem }: { readonly filesystem: FilesystemGrants },
  setup: MountSetup = {},
): Mount[] {
  const grants = [...filesystem.read, ...filesystem.write];
  const byGuest = new Map<string, PathGrant>();
  for (const grant of grants) {
    const guest = pathText(guestComponents(grant.guest));
    const other = byGuest.get(guest);
    if (other !== undefined && real(other.host) !== real(grant.host)) {
      throw new Error(
        `sandbox.json maps the guest path "${grant.guest}" to two host paths, ${other.host} and ${grant.host}: give one of them another guest path.`,
      );
    }
    byGuest.set(guest, other ?? grant);
  }
  const host = new GrantedHost(filesystem, setup);
  const mounts = [...byGuest.values()].map((grant) => mountOf(grant, filesystem, host));
  if (!filesystem.temp) return mounts;
  if (byGuest.has(TEMP)) {
    throw new Error(`sandbox.json grants "${TEMP}" and asks for "temp": remove one of them.`);
  }
  const source: MountSource = { kind: 'folder', folder: createMemoryFileSystem({}, setup.now) };
  return [...mounts, { guest: TEMP, source, read: true, write: true }];
}

/** A grant inside another one has the rights of both: what counts is what the host path is granted for. */
function mountOf(grant: PathGrant, { read, write }: FilesystemGrants, host: GrantedHost): Mount {
  return {
    guest: grant.guest,
    source: sourceOf(grant, host),
    read: covers(read, grant),
    write: covers(write, grant),
  };
}

/** What the mounts of a configuration may be used for, without opening them. */
export function mountRights({
  read,
  write,
  temp,
}: FilesystemGrants): readonly Pick<Mount, 'guest' | 'read' | 'write'>[] {
  const byGuest = new Map([...read, ...write].map((grant) => [pathText(guestComponents(grant.guest)), grant]));
  const rights = [...byGuest].map(([guest, grant]) => ({
    guest,
    read: covers(read, grant),
    write: covers(write, grant),
  }));
  return temp && !byGuest.has(TEMP) ? [...rights, { guest: TEMP, read: true, write: true }] : rights;
}

function covers(grants: readonly PathGrant[], { host }: PathGrant): boolean {
  return grants.some((grant) => contains(real(grant.host), real(host)));
}

function contains(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

function sourceOf({ host, guest }: PathGrant, granted: GrantedHost): MountSource {
  // Folders are opened as they were written: a permission model knows them by that name.
  if (isFolder(host)) return { kind: 'folder', folder: granted.folder(host) };
  if (guestComponents(guest).length === 0) {
    throw new Error(`sandbox.json grants ${host} as the guest's working folder, but it is not a folder.`);
  }
  const path = real(host);
  const name = basename(path);
  return { kind: 'entry', folder: granted.parent(path), name };
}

/** Folders of the host, those in write grants behind an overlay if that is asked for. */
class GrantedHost {
  readonly #errands: Errands | undefined;
  readonly #overlays: Overlays | undefined;
  /** Real paths of the write grants. */
  readonly #writable: readonly string[];

  constructor({ write, overlay, maxTotalWritten }: FilesystemGrants, { errands, now = realTime }: MountSetup) {
    this.#errands = errands;
    this.#overlays = overlay ? new Overlays({ now, maxBytes: maxTotalWritten }) : undefined;
    this.#writable = write.map((grant) => real(grant.host));
  }

  folder(host: string): Folder {
    const path = real(host);
    const root = this.#outermost(path);
    if (this.#overlays === undefined || root === undefined) return openFolder(host, this.#errands);
    return this.#overlays.open(root, relative(root, path), () =>
      openFolder(root === path ? host : root, this.#errands),
    );
  }

  /** Of something that is no folder: one that shows just its name. */
  parent(path: string): Folder {
    const folder = dirname(path);
    const open = () => openHostParent(folder, basename(path), this.#errands);
    const root = this.#outermost(path);
    if (this.#overlays === undefined || root === undefined) return open();
    if (root === path) return this.#overlays.open(root, '', open);
    return this.#overlays.open(root, relative(root, folder), () => openFolder(root, this.#errands));
  }

  #outermost(path: string): string | undefined {
    const around = this.#writable.filter((grant) => contains(grant, path));
    return around.toSorted((a, b) => a.length - b.length)[0];
  }
}

function openFolder(host: string, errands: Errands | undefined): Folder {
  try {
    return openHostFolder(reachable(host), errands);
  } catch (error) {
    throw new Error(`sandbox.json grants ${host}, but the folder cannot be opened: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function isFolder(path: string): boolean {
  return statSync(reachable(path), { throwIfNoEntry: false })?.isDirectory() === true;
}

function realTime(): bigint {
  return BigInt(Date.now()) * NANOSECONDS;
}

/** As far as it exists: a link that the user wrote into a grant is meant. */
function real(path: string): string {
  try {
    // `native`: Node's own walk would have to look at every parent, which a permission model refuses.
    return realpathSync.native(reachable(path));
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(real(parent), basename(path));
  }
}
