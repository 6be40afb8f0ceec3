/**
 * A file system in memory, for `temp`, tests and browsers. Files grow by doubling; names are limited in number, because
 * empty files escape the quota on bytes.
 */
import { FileType } from './abi.ts';
import { fail } from './errno.ts';
import type { FileStat, Folder, FolderEntry, NewTimes, OpenFile, OpenHow } from './fileSystem.ts';
import {
  contains,
  createVolume,
  FileNode,
  FolderNode,
  LinkNode,
  type Node,
  statOf,
  type Volume,
} from './memoryNodes.ts';

const MAX_NAMES = 65_536;
/** Bytes of UTF-8, as on the usual hosts. */
const MAX_NAME_LENGTH = 255;

export interface MemoryTree {
  readonly [name: string]: string | Uint8Array | { readonly symlink: string } | { readonly folder: MemoryTree };
}

/** The root folder. `now`: nanoseconds since 1970, the guest's own clock if it is not the real one. */
export function createMemoryFileSystem(tree: MemoryTree = {}, now?: () => bigint): Folder {
  const volume = createVolume(now);
  const root = new FolderNode(volume);
  fill(root, tree, volume);
  return new MemoryFolder(root, volume);
}

class MemoryFolder implements Folder {
  readonly #node: FolderNode;
  readonly #volume: Volume;

  constructor(node: FolderNode, volume: Volume) {
    this.#node = node;
    this.#volume = volume;
  }

  openFolder(name: string): Folder {
    const node = this.#child(name);
    if (node instanceof LinkNode) return fail('LOOP');
    return node instanceof FolderNode ? new MemoryFolder(node, this.#volume) : fail('NOTDIR');
  }

  openFile(name: string, how: OpenHow): OpenFile {
    const existing = this.#node.children.get(name);
    if (existing === undefined) {
      if (!how.create) return fail('NOENT');
      const file = new FileNode(this.#volume);
      this.#add(name, file);
      return new MemoryFile(file);
    }
    if (how.create && how.exclusive) fail('EXIST');
    if (existing instanceof LinkNode) return fail('LOOP');
    if (existing instanceof FolderNode) {
      if (how.write) fail('ISDIR');
      return new MemoryFile(existing);
    }
    if (how.truncate) existing.resize(0);
    return new MemoryFile(existing);
  }

  stat(name: string): FileStat {
    return statOf(this.#child(name));
  }

  openBelow(names: readonly string[], how: OpenHow): OpenFile | undefined {
    const [folder, name] = this.#below(names);
    return folder?.children.get(name) instanceof FileNode
      ? new MemoryFolder(folder, this.#volume).openFile(name, how)
      : undefined;
  }

  statBelow(names: readonly string[]): FileStat | undefined {
    const [folder, name] = this.#below(names);
    const node = folder?.children.get(name);
    return node && statOf(node);
  }

  /** The folder that holds the last name, where folders lead there. */
  #below(names: readonly string[]): [folder: FolderNode | undefined, name: string] {
    let folder: Node | undefined = this.#node;
    for (const name of names.slice(0, -1))
      folder = folder instanceof FolderNode ? folder.children.get(name) : undefined;
    return [folder instanceof FolderNode ? folder : undefined, names.at(-1) ?? ''];
  }

  statSelf(): FileStat {
    return statOf(this.#node);
  }

  list(): FolderEntry[] {
    return [...this.#node.children].map(([name, { type, inode }]) => ({ name, type, inode }));
  }

  createFolder(name: string): void {
    this.#requireFree(name);
    this.#add(name, new FolderNode(this.#volume));
  }

  removeFolder(name: string): void {
    const node = this.#child(name);
    if (node.type !== FileType.DIRECTORY) fail('NOTDIR');
    if (node.children.size > 0) fail('NOTEMPTY');
    node.removed = true;
    this.#remove(name, node);
  }

  unlink(name: string): void {
    const node = this.#child(name);
    if (node instanceof FolderNode) fail('ISDIR');
    this.#remove(name, node);
  }

  rename(name: string, to: Folder, newName: string): void {
    const target = this.#sameVolume(to);
    const node = this.#child(name);
    const replaced = target.#node.children.get(newName);
    if (replaced === node) return;
    if (node instanceof FolderNode && contains(node, target.#node)) fail('INVAL');
    if (replaced !== undefined) {
      checkReplace(node, replaced);
      if (replaced instanceof FolderNode) replaced.removed = true;
      target.#remove(newName, replaced);
    }
    target.#add(newName, node);
    this.#node.children.delete(name);
    this.#volume.names--;
    this.#node.touch();
  }

  link(name: string, to: Folder, newName: string): void {
    const target = this.#sameVolume(to);
    const node = this.#child(name);
    if (node instanceof FolderNode) fail('PERM');
    target.#requireFree(newName);
    target.#add(newName, node);
    node.links++;
  }

  symlink(target: string, name: string): void {
    this.#requireFree(name);
    this.#add(name, new LinkNode(this.#volume, target));
  }

  readlink(name: string): string {
    const node = this.#child(name);
    return node instanceof LinkNode ? node.target : fail('INVAL');
  }

  setTimes(name: string, times: NewTimes): void {
    this.#child(name).setTimes(times);
  }

  setTimesSelf(times: NewTimes): void {
    this.#node.setTimes(times);
  }

  duplicate(): Folder {
    return new MemoryFolder(this.#node, this.#volume);
  }

  close(): void {}

  #child(name: string): Node {
    return this.#node.children.get(name) ?? fail('NOENT');
  }

  #requireFree(name: string): void {
    if (this.#node.children.has(name)) fail('EXIST');
  }

  #add(name: string, node: Node): void {
    if (this.#node.removed) fail('NOENT');
    if (new TextEncoder().encode(name).length > MAX_NAME_LENGTH) fail('NAMETOOLONG');
    if (this.#volume.names >= MAX_NAMES) fail('NOSPC');
    this.#volume.names++;
    this.#node.children.set(name, node);
    this.#node.touch();
  }

  #remove(name: string, node: Node): void {
    this.#node.children.delete(name);
    this.#volume.names--;
    node.links--;
    this.#node.touch();
  }

  #sameVolume(other: Folder): MemoryFolder {
    return other instanceof MemoryFolder && other.#volume === this.#volume ? other : fail('XDEV');
  }
}

class MemoryFile implements OpenFile {
  readonly #node: FileNode | FolderNode;

  constructor(node: FileNode | FolderNode) {
    this.#node = node;
  }

  stat(): FileStat {
    return statOf(this.#node);
  }

  size(): number {
    return this.#node.size;
  }

  read(buffers: readonly Uint8Array[], position: number): number {
    const file = this.#file;
    let at = position;
    for (const buffer of buffers) at += file.read(buffer, 0, buffer.length, at);
    return at - position;
  }

  write(buffers: readonly Uint8Array[], position: number): number {
    const file = this.#file;
    let at = position;
    for (const buffer of buffers) {
      file.write(buffer, 0, buffer.length, at);
      at += buffer.length;
    }
    return at - position;
  }

  readRange(bytes: Uint8Array, start: number, length: number, position: number): number {
    return this.#file.read(bytes, start, length, position);
  }

  writeRange(bytes: Uint8Array, start: number, length: number, position: number): number {
    this.#file.write(bytes, start, length, position);
    return length;
  }

  truncate(size: number): void {
    this.#file.resize(size);
  }

  sync(): void {}

  setTimes(times: NewTimes): void {
    this.#node.setTimes(times);
  }

  close(): void {}

  get #file(): FileNode {
    return this.#node instanceof FileNode ? this.#node : fail('ISDIR');
  }
}

function checkReplace(node: Node, replaced: Node): void {
  if (!(node instanceof FolderNode)) {
    if (replaced instanceof FolderNode) fail('ISDIR');
  } else if (!(replaced instanceof FolderNode)) fail('NOTDIR');
  else if (replaced.children.size > 0) fail('NOTEMPTY');
}

function fill(folder: FolderNode, tree: MemoryTree, volume: Volume): void {
  for (const [name, content] of Object.entries(tree)) folder.children.set(name, nodeOf(content, volume));
}

function nodeOf(content: MemoryTree[string], volume: Volume): Node {
  if (typeof content === 'string' || content instanceof Uint8Array) {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    const file = new FileNode(volume);
    file.resize(bytes.length);
    file.contents.set(bytes);
    return file;
  }
  if ('symlink' in content) return new LinkNode(volume, content.symlink as string);
  const folder = new FolderNode(volume);
  fill(folder, content.folder as MemoryTree, volume);
  return folder;
}
