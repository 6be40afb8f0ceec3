/**
 * The short way to a file: most paths lead through no link, and then the granted folder can be asked for the file
 * itself, without a walk. A backend says when that is not so, and whatever is unusual (links, `..`, a missing right, a
 * folder) gives `undefined`: the walk then finds out what it means, and reports it. Nothing is decided here that the
 * walk would decide otherwise.
 */
import { FileType } from './abi.ts';
import { isErrno } from './errno.ts';
import type { FileStat, Folder, Mount, OpenFile, OpenHow } from './fileSystem.ts';
import type { Place } from './overlay.ts';

/** Where a path leads if no link lies in it: `names` below a granted folder. */
export interface DirectEntry {
  readonly folder: Folder;
  readonly names: readonly string[];
  readonly mount: Mount;
  /** As the walk would give it, from the root. */
  readonly path: readonly string[];
}

export function directEntry(base: Place, path: string): DirectEntry | undefined {
  const names = path.split('/');
  for (const name of names) if (name === '' || name === '.' || name === '..') return undefined;
  let { folder, mount, node } = base;
  let passed = 0;
  for (; passed < names.length; passed++) {
    const child = node?.children.get(names[passed] ?? '');
    if (child === undefined) break;
    if (child.mount?.source.kind !== 'folder') return undefined;
    node = child;
    mount = child.mount;
    folder = child.mount.source.folder;
  }
  if (folder === undefined || mount === undefined || passed === names.length) return undefined;
  return { folder, names: passed === 0 ? names : names.slice(passed), mount, path: [...base.path, ...names] };
}

/** A regular file. To be called when the policy has agreed. */
export function openDirectly({ folder, names }: DirectEntry, how: OpenHow): OpenFile | undefined {
  const file = openEntry(folder, names, how);
  if (file === undefined || isRegular(file)) return file;
  file.close();
  return undefined;
}

export function statDirectly({ folder, names }: DirectEntry, follow: boolean): FileStat | undefined {
  const [name] = names;
  const stat = names.length === 1 && name !== undefined ? folder.stat(name) : folder.statBelow?.(names);
  return follow && stat?.type === FileType.SYMBOLIC_LINK ? undefined : stat;
}

function openEntry(folder: Folder, names: readonly string[], how: OpenHow): OpenFile | undefined {
  const [name] = names;
  if (names.length > 1 || name === undefined)
    return how.create || how.truncate ? undefined : folder.openBelow?.(names, how);
  try {
    return folder.openFile(name, how);
  } catch (error) {
    if (isErrno(error, 'LOOP', 'MLINK')) return undefined;
    throw error;
  }
}

function isRegular(file: OpenFile): boolean {
  try {
    return file.isRegular?.() ?? file.stat().type === FileType.REGULAR_FILE;
  } catch (error) {
    file.close();
    throw error;
  }
}
