/** Files, folders and links of the file system in memory, and the volume that numbers and counts them. */
import { FileType } from './abi.ts';
import type { FileStat, NewTimes } from './fileSystem.ts';

const NANOSECONDS = 1_000_000n;

/** Far from the numbers that hosts use. */
let nextDevice = 1n << 32n;

export interface Volume {
  readonly device: bigint;
  /** Nanoseconds since 1970. */
  readonly now: () => bigint;
  names: number;
  nextInode: bigint;
}

export function createVolume(now: () => bigint = realTime): Volume {
  return { device: nextDevice++, now, names: 0, nextInode: 1n };
}

export type Node = FileNode | FolderNode | LinkNode;

class NodeStatus {
  readonly device: bigint;
  readonly inode: bigint;
  links = 1n;
  accessed: bigint;
  modified: bigint;
  changed: bigint;
  readonly #now: () => bigint;

  constructor(volume: Volume) {
    this.device = volume.device;
    this.inode = volume.nextInode++;
    this.#now = volume.now;
    this.accessed = volume.now();
    this.modified = this.accessed;
    this.changed = this.accessed;
  }

  touch(): void {
    this.modified = this.#now();
    this.changed = this.modified;
  }

  setTimes({ accessed, modified }: NewTimes): void {
    this.accessed = accessed ?? this.accessed;
    this.modified = modified ?? this.modified;
    this.changed = this.#now();
  }
}

export class FileNode extends NodeStatus {
  readonly type = FileType.REGULAR_FILE;
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #size = 0;
  /** How far the bytes have ever been part of the file: they are zero from here on. */
  #written = 0;

  get size(): number {
    return this.#size;
  }

  get contents(): Uint8Array {
    return this.#bytes.subarray(0, this.#size);
  }

  /** Copies into `target` from `start` on; gives the number of bytes, less than `length` at the end. */
  read(target: Uint8Array, start: number, length: number, position: number): number {
    const count = Math.min(length, this.#size - position);
    if (count <= 0) return 0;
    copy(this.#bytes, position, target, start, count);
    return count;
  }

  write(source: Uint8Array, start: number, length: number, position: number): void {
    if (position + length > this.#size) this.resize(position + length);
    else this.touch();
    copy(source, start, this.#bytes, position, length);
  }

  resize(size: number): void {
    if (size > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(size, this.#bytes.length * 2, 64));
      grown.set(this.contents);
      this.#bytes = grown;
      this.#written = this.#size;
    }
    // What was cut off earlier must not come back.
    if (this.#size < Math.min(size, this.#written)) this.#bytes.fill(0, this.#size, Math.min(size, this.#written));
    this.#written = Math.max(this.#written, size);
    this.#size = size;
    this.touch();
  }
}

export class FolderNode extends NodeStatus {
  readonly type = FileType.DIRECTORY;
  readonly children = new Map<string, Node>();
  /** Nothing can be made in a folder that has been removed while it was open. */
  removed = false;
  readonly size = 0;
}

export class LinkNode extends NodeStatus {
  readonly type = FileType.SYMBOLIC_LINK;
  readonly target: string;
  readonly size: number;

  constructor(volume: Volume, target: string) {
    super(volume);
    this.target = target;
    this.size = new TextEncoder().encode(target).length;
  }
}

export function statOf(node: Node): FileStat {
  const { device, inode, type, links, accessed, modified, changed } = node;
  return { device, inode, type, links, size: BigInt(node.size), accessed, modified, changed };
}

export function contains(folder: FolderNode, sought: FolderNode): boolean {
  if (folder === sought) return true;
  for (const child of folder.children.values()) {
    if (child instanceof FolderNode && contains(child, sought)) return true;
  }
  return false;
}

/** Below this, a loop is faster than making a view. In bytes. */
const SHORT = 32;

function copy(source: Uint8Array, from: number, target: Uint8Array, to: number, count: number): void {
  if (count <= SHORT) for (let index = 0; index < count; index++) target[to + index] = source[from + index] ?? 0;
  else target.set(source.subarray(from, from + count), to);
}

function realTime(): bigint {
  return BigInt(Date.now()) * NANOSECONDS;
}
