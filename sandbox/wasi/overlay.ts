/**
 * The guest's root folder: a tree that holds the mounts and the names on the way to them, and nothing else. `/` and the
 * working folder `.` are the same folder, because wasi-libc strips both prefixes before it chooses a pre-opened folder.
 * Mounts may be nested; the innermost one decides. A grant outside the working folder (`../shared`) hangs below a child
 * named `..`, so that just this way out of the root exists.
 */
import { FileType } from './abi.ts';
import { isErrno } from './errno.ts';
import type { FileStat, Folder, FolderEntry, Mount } from './fileSystem.ts';

export interface OverlayNode {
  readonly children: Map<string, OverlayNode>;
  mount: Mount | undefined;
  /** Of the virtual folder, so that programs can tell folders apart. */
  readonly inode: bigint;
}

/** Device number of virtual folders. */
const DEVICE = 0n;

/** A folder of the guest's view. Without `folder` it is virtual: just the names in `node`. */
export interface Place {
  /** From the root. */
  readonly path: readonly string[];
  readonly folder: Folder | undefined;
  readonly node: OverlayNode | undefined;
  /** Innermost mount around it; undefined: only on the way to one. */
  readonly mount: Mount | undefined;
}

/** What a name in a place stands for. */
export type Child =
  | { readonly kind: 'place'; readonly place: Place }
  | {
      readonly kind: 'entry';
      readonly folder: Folder;
      readonly name: string;
      readonly mount: Mount;
      readonly node: OverlayNode | undefined;
    }
  | { readonly kind: 'notGranted' };

export function rootPlace(mounts: readonly Mount[]): Place {
  let nextInode = 1n;
  const create = (): OverlayNode => ({ children: new Map(), mount: undefined, inode: nextInode++ });
  const root = create();
  for (const mount of mounts) {
    const node = descend(root, guestComponents(mount.guest), create);
    if (node.mount !== undefined) throw new Error(`Two mounts at the guest path "${mount.guest}".`);
    node.mount = mount;
  }
  const source = root.mount?.source;
  if (source?.kind === 'entry') throw new Error('The guest root must be a folder that exists.');
  return { path: [], folder: source?.folder, node: root, mount: root.mount };
}

/** Lexically resolved components; only leading `..` of a relative path remain. */
export function guestComponents(path: string): string[] {
  const components: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') components.push(part);
    else if (components.length > 0 && components.at(-1) !== '..') components.pop();
    else if (!path.startsWith('/')) components.push('..');
  }
  return components;
}

export function pathText(path: readonly string[]): string {
  return path[0] === '..' ? path.join('/') : `/${path.join('/')}`;
}

/** As the guest is likely to have written it: from the root, or from its working folder, which is the root too. */
export function shownPath(path: readonly string[], absolute: boolean): string {
  return absolute || path[0] === '..' ? pathText(path) : path.join('/') || '.';
}

export function childOf(place: Place, name: string): Child {
  const node = place.node?.children.get(name);
  const path = [...place.path, name];
  if (node?.mount !== undefined) {
    const { mount } = node;
    if (mount.source.kind === 'entry') return { ...mount.source, mount, node };
    return { kind: 'place', place: { path, folder: mount.source.folder, node, mount } };
  }
  // A grant above the root: just the names on the way to it, never the host's own parent folder.
  if (name === '..') return { kind: 'place', place: { path, folder: undefined, node, mount: undefined } };
  if (node !== undefined && !(place.folder !== undefined && exists(place.folder, name))) {
    return { kind: 'place', place: { path, folder: undefined, node, mount: place.mount } };
  }
  if (place.folder === undefined || place.mount === undefined) return { kind: 'notGranted' };
  return { kind: 'entry', folder: place.folder, name, mount: place.mount, node };
}

/** What the host has, and the names of nested mounts. */
export function listPlace(place: Place): FolderEntry[] {
  const entries = place.folder?.list() ?? [];
  const known = new Set(entries.map((entry) => entry.name));
  for (const [name, node] of place.node?.children ?? []) {
    if (name === '..' || known.has(name)) continue;
    const type = nodeType(node);
    if (type !== undefined) entries.push({ name, type, inode: 0n });
  }
  return entries;
}

export function statPlace(place: Place): FileStat {
  if (place.folder !== undefined) return place.folder.statSelf();
  const none = { size: 0n, accessed: 0n, modified: 0n, changed: 0n };
  return { ...none, device: DEVICE, inode: place.node?.inode ?? 0n, type: FileType.DIRECTORY, links: 1n };
}

/** Undefined: granted, but there is nothing yet. */
function nodeType(node: OverlayNode): FileType | undefined {
  const source = node.mount?.source;
  if (source?.kind !== 'entry') return FileType.DIRECTORY;
  return exists(source.folder, source.name) ? source.folder.stat(source.name).type : undefined;
}

function exists(folder: Folder, name: string): boolean {
  try {
    folder.stat(name);
    return true;
  } catch (error) {
    if (isErrno(error, 'NOENT', 'NOTDIR')) return false;
    throw error;
  }
}

function descend(root: OverlayNode, path: readonly string[], create: () => OverlayNode): OverlayNode {
  let node = root;
  for (const name of path) {
    let next = node.children.get(name);
    if (next === undefined) {
      next = create();
      node.children.set(name, next);
    }
    node = next;
  }
  return node;
}
