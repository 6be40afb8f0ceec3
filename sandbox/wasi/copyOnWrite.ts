/**
 * A folder in which all that a guest writes stays in memory: files of the base beneath are read through and copied when they
 * are first changed, deleted ones are hidden, moved ones remember where they came from. The base is only ever read.
 */
import { FileType } from './abi.ts';
import { CopyOnWriteFile } from './copyOnWriteFile.ts';
import {
  FileNode,
  FolderNode,
  keyOf,
  LinkNode,
  type Node,
  newFile,
  newFolder,
  newLink,
  Volume,
} from './copyOnWriteNodes.ts';
import { fail, isErrno } from './errno.ts';
import type { FileStat, Folder, FolderEntry, NewTimes, OpenFile, OpenHow } from './fileSystem.ts';

/** Bytes of UTF-8, as on the usual hosts. */
const MAX_NAME_LENGTH = 255;

export interface CopyOnWriteOptions {
  /** Nanoseconds since 1970. */
  now(): bigint;
  /** Bytes kept in memory: more is DQUOT. */
  readonly maxBytes: number;
}

/** The folder takes `base` over: closing it closes the base. */
export function createCopyOnWrite(base: Folder, { now, maxBytes }: CopyOnWriteOptions): Folder {
  const volume = new Volume(base, now, maxBytes);
  return new CopyOnWriteFolder(new FolderNode(volume, statOf(base) ?? volume.create(FileType.DIRECTORY), []), base);
}

class CopyOnWriteFolder implements Folder {
  readonly #node: FolderNode;
  readonly #base: Folder | undefined;
  readonly #volume: Volume;

  constructor(node: FolderNode, base: Folder | undefined) {
    this.#node = node;
    this.#base = base;
    this.#volume = node.volume;
  }

  openFolder(name: string): CopyOnWriteFolder {
    const node = this.#child(name);
    if (node instanceof LinkNode) return fail('LOOP');
    if (!(node instanceof FolderNode)) return fail('NOTDIR');
    const base = this.#openBase(name, node);
    // From now on it is the same folder for all that open it.
    this.#keep(name, node);
    return new CopyOnWriteFolder(node, base);
  }

  openFile(name: string, how: OpenHow): OpenFile {
    const existing = this.#find(name);
    if (existing === undefined) {
      if (!how.create) return fail('NOENT');
      const file = newFile(this.#volume);
      this.#add(name, file);
      return new CopyOnWriteFile(file, undefined);
    }
    if (how.create && how.exclusive) fail('EXIST');
    if (existing instanceof LinkNode) return fail('LOOP');
    if (existing instanceof FolderNode) return how.write ? fail('ISDIR') : new CopyOnWriteFile(existing, undefined);
    if (existing.type !== FileType.REGULAR_FILE) fail('NOTSUP');
    const file = new CopyOnWriteFile(existing, existing.copied ? undefined : this.#openLower(name, existing));
    if (how.truncate) file.truncate(0);
    return file;
  }

  stat(name: string): FileStat {
    return this.#child(name).stat();
  }

  statSelf(): FileStat {
    return this.#node.stat();
  }

  list(): FolderEntry[] {
    const { children, hidden } = this.#node;
    const beneath = this.#base?.list().filter(({ name }) => !hidden.has(name) && !children.has(name)) ?? [];
    return [...beneath, ...[...children].map(([name, { type, inode }]) => ({ name, type, inode }))];
  }

  createFolder(name: string): void {
    this.#requireFree(name);
    this.#add(name, newFolder(this.#volume));
  }

  removeFolder(name: string): void {
    if (this.#child(name).type !== FileType.DIRECTORY) fail('NOTDIR');
    this.#removeEmpty(name);
  }

  unlink(name: string): void {
    const node = this.#child(name);
    if (node instanceof FolderNode) fail('ISDIR');
    // Instead of a name that is kept, one is hidden: only where none is kept, it is one more.
    if (!this.#node.children.has(name)) this.#volume.requireNames(1);
    this.#remove(name);
    unlinked(node);
  }

  rename(name: string, to: Folder, newName: string): void {
    const target = this.#sameVolume(to);
    const node = this.#child(name);
    const replaced = target.#find(newName);
    if (replaced?.isSame(node)) return;
    if (node instanceof FolderNode && target.#node.isWithin(node)) fail('INVAL');
    target.#requireRoom(newName);
    // At most: both old names hidden, one folder looked into, the new name.
    this.#volume.requireNames(4);
    if (replaced !== undefined) target.#replace(newName, replaced, node);
    this.#remove(name);
    target.#add(newName, node);
  }

  link(name: string, to: Folder, newName: string): void {
    const target = this.#sameVolume(to);
    const node = this.#child(name);
    if (node instanceof FolderNode) fail('PERM');
    target.#requireFree(newName);
    target.#add(newName, node);
    this.#keep(name, node);
    node.linksAdded++;
  }

  symlink(target: string, name: string): void {
    this.#requireFree(name);
    this.#add(name, newLink(this.#volume, target));
  }

  readlink(name: string): string {
    const node = this.#child(name);
    return node instanceof LinkNode ? node.target : fail('INVAL');
  }

  setTimes(name: string, times: NewTimes): void {
    const node = this.#child(name);
    this.#keep(name, node);
    node.setTimes(times);
  }

  setTimesSelf(times: NewTimes): void {
    this.#node.setTimes(times);
  }

  duplicate(): Folder {
    return new CopyOnWriteFolder(this.#node, this.#base?.duplicate());
  }

  close(): void {
    this.#base?.close();
  }

  #child(name: string): Node {
    return this.#find(name) ?? fail('NOENT');
  }

  #find(name: string): Node | undefined {
    const { children, hidden, origin } = this.#node;
    const kept = children.get(name);
    if (kept !== undefined || hidden.has(name) || origin === undefined) return kept;
    const stat = this.#baseStat(name);
    return stat && this.#nodeOf(name, stat, [...origin, name]);
  }

  #baseStat(name: string): FileStat | undefined {
    try {
      return this.#base?.stat(name);
    } catch (error) {
      if (isErrno(error, 'NOENT', 'NAMETOOLONG')) return undefined;
      throw error;
    }
  }

  #nodeOf(name: string, stat: FileStat, origin: readonly string[]): Node {
    if (stat.type === FileType.DIRECTORY) return new FolderNode(this.#volume, stat, origin);
    if (stat.type === FileType.SYMBOLIC_LINK) {
      return new LinkNode(this.#volume, stat, this.#base?.readlink(name) ?? fail('NOENT'));
    }
    const known = this.#volume.files.get(keyOf(stat));
    known?.refresh(stat);
    return known ?? new FileNode(this.#volume, stat, origin);
  }

  /** Makes a node of the base the one that everybody meets under this name. */
  #keep(name: string, node: Node): void {
    if (this.#node.children.get(name) === node) return;
    if (node instanceof FileNode) this.#volume.files.set(keyOf(node.stat()), node);
    else this.#insert(name, node);
  }

  #openBase(name: string, { origin }: FolderNode): Folder | undefined {
    if (origin === undefined) return undefined;
    return this.#isInPlace(name, origin) ? this.#base?.openFolder(name) : this.#volume.openBase(origin);
  }

  #openLower(name: string, node: FileNode): OpenFile {
    this.#keep(name, node);
    const { origin = [] } = node;
    if (this.#isInPlace(name, origin) && this.#base !== undefined) return openToRead(this.#base, name);
    const folder = this.#volume.openBase(origin.slice(0, -1));
    try {
      return openToRead(folder, origin.at(-1) ?? '');
    } finally {
      folder.close();
    }
  }

  /** Whether it lies in the base where it is seen. */
  #isInPlace(name: string, origin: readonly string[]): boolean {
    const own = this.#node.origin;
    if (own === undefined || origin.length !== own.length + 1 || origin.at(-1) !== name) return false;
    return own.every((part, index) => part === origin[index]);
  }

  #requireFree(name: string): void {
    if (this.#find(name) !== undefined) fail('EXIST');
    this.#requireRoom(name);
  }

  #requireRoom(name: string): void {
    if (this.#node.removed) fail('NOENT');
    if (new TextEncoder().encode(name).length > MAX_NAME_LENGTH) fail('NAMETOOLONG');
  }

  #removeEmpty(name: string): void {
    const folder = this.openFolder(name);
    try {
      if (folder.list().length > 0) fail('NOTEMPTY');
      folder.#node.removed = true;
    } finally {
      folder.close();
    }
    this.#remove(name);
  }

  #replace(name: string, replaced: Node, by: Node): void {
    if (by instanceof FolderNode) {
      if (!(replaced instanceof FolderNode)) fail('NOTDIR');
      this.#removeEmpty(name);
    } else if (replaced instanceof FolderNode) fail('ISDIR');
    else {
      this.#remove(name);
      unlinked(replaced);
    }
  }

  #add(name: string, node: Node): void {
    this.#requireRoom(name);
    this.#insert(name, node);
    this.#node.touch();
  }

  #insert(name: string, node: Node): void {
    if (!this.#node.children.has(name)) this.#volume.countName();
    this.#node.children.set(name, node);
    if (node instanceof FolderNode) node.parent = this.#node;
    else if (node instanceof FileNode) node.moved();
  }

  #remove(name: string): void {
    if (this.#node.children.delete(name)) this.#volume.forgetName();
    if (!this.#node.hidden.has(name) && this.#baseStat(name) !== undefined) {
      this.#volume.countName();
      this.#node.hidden.add(name);
    }
    this.#node.touch();
  }

  #sameVolume(other: Folder): CopyOnWriteFolder {
    return other instanceof CopyOnWriteFolder && other.#volume === this.#volume ? other : fail('XDEV');
  }
}

function unlinked(node: Node): void {
  node.linksAdded--;
  if (!(node instanceof FileNode)) return;
  // Its other names in the base are to tell the new number of links.
  if (node.origin !== undefined) node.volume.files.set(keyOf(node.stat()), node);
  node.settle();
}

/** Undefined: one name of a folder that is not granted itself. */
function statOf(folder: Folder): FileStat | undefined {
  try {
    return folder.statSelf();
  } catch (error) {
    if (isErrno(error, 'NOENT')) return undefined;
    throw error;
  }
}

function openToRead(folder: Folder, name: string): OpenFile {
  const how = { read: true, write: false, create: false, exclusive: false, truncate: false, sync: false };
  const file = folder.openFile(name, how);
  if (file.stat().type === FileType.REGULAR_FILE) return file;
  file.close();
  return fail('NOTSUP');
}
