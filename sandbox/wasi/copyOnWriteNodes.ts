/**
 * What a copy-on-write folder keeps in memory: the nodes that differ from the file system beneath (or may, because they are
 * open), and the volume that counts their bytes and names.
 */
import { FileType } from './abi.ts';
import { fail, WasiError } from './errno.ts';
import type { FileStat, Folder, NewTimes, OpenFile } from './fileSystem.ts';

/** Changed names: each of them costs memory, and empty files escape the limit on bytes. */
const MAX_NAMES = 65_536;
const FIRST_CAPACITY = 64;
/** Far from the numbers that hosts and memory file systems use. */
let nextDevice = 1n << 48n;

/** DQUOT of the copies in memory: the core reports it as the limit that it is. */
export class CopiesFull extends WasiError {
  readonly limit: number;
  readonly needed: number;

  constructor(limit: number, needed: number) {
    super('DQUOT');
    this.limit = limit;
    this.needed = needed;
  }
}

export class Volume {
  readonly device = nextDevice++;
  /** Nanoseconds since 1970. */
  readonly now: () => bigint;
  /** Files of the base by device and inode: those that are open or have been changed. */
  readonly files = new Map<string, FileNode>();
  readonly #base: Folder;
  readonly #maxBytes: number;
  #bytes = 0;
  #names = 0;
  #inode = 1n;

  constructor(base: Folder, now: () => bigint, maxBytes: number) {
    this.#base = base;
    this.now = now;
    this.#maxBytes = maxBytes;
  }

  create(type: FileType): FileStat {
    const now = this.now();
    const times = { accessed: now, modified: now, changed: now };
    return { device: this.device, inode: this.#inode++, type, links: 1n, size: 0n, ...times };
  }

  /** Bytes that may still be kept. */
  get room(): number {
    return this.#maxBytes - this.#bytes;
  }

  hold(bytes: number): void {
    if (this.#bytes + bytes > this.#maxBytes) throw new CopiesFull(this.#maxBytes, this.#bytes + bytes);
    this.#bytes += bytes;
  }

  /** Before something that changes several names, so that it is not left half done. */
  requireNames(count: number): void {
    if (this.#names + count > MAX_NAMES) fail('NOSPC');
  }

  countName(): void {
    this.requireNames(1);
    this.#names++;
  }

  forgetName(): void {
    this.#names--;
  }

  /** A folder of the base by its path: it never moves there. The caller closes it. */
  openBase(path: readonly string[]): Folder {
    let folder = this.#base.duplicate();
    for (const name of path) {
      const parent = folder;
      try {
        folder = parent.openFolder(name);
      } finally {
        parent.close();
      }
    }
    return folder;
  }
}

export type Node = FileNode | FolderNode | LinkNode;

class NodeStatus {
  readonly volume: Volume;
  /** As the base had it, or as it was made. */
  protected known: FileStat;
  /** Added to and removed from the base's own. */
  linksAdded = 0n;

  constructor(volume: Volume, known: FileStat) {
    this.volume = volume;
    this.known = known;
  }

  get type(): FileType {
    return this.known.type;
  }

  get inode(): bigint {
    return this.known.inode;
  }

  get links(): bigint {
    return this.known.links + this.linksAdded;
  }

  isSame(other: NodeStatus): boolean {
    return this.known.device === other.known.device && this.known.inode === other.known.inode;
  }

  stat(): FileStat {
    return { ...this.known, links: this.links };
  }

  touch(): void {
    const now = this.volume.now();
    this.known = { ...this.known, modified: now, changed: now };
  }

  setTimes({ accessed = this.known.accessed, modified = this.known.modified }: NewTimes): void {
    this.known = { ...this.known, accessed, modified, changed: this.volume.now() };
  }
}

export class FileNode extends NodeStatus {
  /** Folder path and name in the base; undefined: made by the guest. */
  readonly origin: readonly string[] | undefined;
  #bytes: Uint8Array<ArrayBuffer> | undefined;
  #size = 0;
  #users = 0;
  #changed = false;
  /** Met under a name that the base does not know. */
  #moved = false;

  constructor(volume: Volume, known: FileStat, origin?: readonly string[]) {
    super(volume, known);
    this.origin = origin;
    if (origin === undefined) this.#bytes = new Uint8Array(0);
  }

  /** Whether the contents are here; if not, they are still those of the base. */
  get copied(): boolean {
    return this.#bytes !== undefined;
  }

  get contents(): Uint8Array {
    return (this.#bytes ?? new Uint8Array(0)).subarray(0, this.#size);
  }

  /** The base may be changed by others as long as it is not copied. */
  refresh(stat: FileStat): void {
    if (!this.#changed) this.known = stat;
  }

  override stat(): FileStat {
    return this.copied ? { ...super.stat(), size: BigInt(this.#size) } : super.stat();
  }

  override touch(): void {
    this.#changed = true;
    super.touch();
  }

  override setTimes(times: NewTimes): void {
    this.#changed = true;
    super.setTimes(times);
  }

  /** Takes as much as will be kept. */
  copy(lower: OpenFile, most: number): void {
    if (this.copied) return;
    const size = Math.min(lower.size(), most);
    this.volume.hold(size);
    const bytes = new Uint8Array(size);
    let at = 0;
    for (let count = -1; at < size && count !== 0; at += count) count = lower.read([bytes.subarray(at)], at);
    this.#bytes = bytes;
    this.#size = at;
  }

  resize(size: number): void {
    const bytes = this.#bytes ?? new Uint8Array(0);
    if (size > bytes.length) {
      const doubled = Math.max(bytes.length * 2, FIRST_CAPACITY);
      const capacity = Math.max(size, Math.min(doubled, bytes.length + this.volume.room));
      this.volume.hold(capacity - bytes.length);
      const grown = new Uint8Array(capacity);
      grown.set(this.contents);
      this.#bytes = grown;
    } else {
      this.#bytes = bytes;
      // What was cut off earlier must not come back.
      if (size > this.#size) bytes.fill(0, this.#size, size);
    }
    this.#size = size;
    this.touch();
  }

  moved(): void {
    this.#moved = true;
    if (this.origin !== undefined) this.volume.files.set(keyOf(this.known), this);
  }

  opened(): void {
    this.#users++;
  }

  closed(): void {
    this.#users--;
    this.settle();
  }

  /** Gives back what nobody can reach any more, and forgets a file of the base that is as it was. */
  settle(): void {
    if (this.#users > 0) return;
    const gone = this.links <= 0n;
    if (gone && this.#bytes !== undefined) {
      this.volume.hold(-this.#bytes.length);
      this.#bytes = new Uint8Array(0);
      this.#size = 0;
    }
    const unchanged = !this.#changed && !this.#moved && this.linksAdded === 0n;
    if (gone || unchanged) this.volume.files.delete(keyOf(this.known));
  }
}

export class FolderNode extends NodeStatus {
  /** Path in the base of the folder that shows through; undefined: nothing does. */
  readonly origin: readonly string[] | undefined;
  readonly children = new Map<string, Node>();
  /** Names of the base that are gone. */
  readonly hidden = new Set<string>();
  parent: FolderNode | undefined;
  /** Nothing can be made in a folder that has been removed while it was open. */
  removed = false;

  constructor(volume: Volume, known: FileStat, origin?: readonly string[]) {
    super(volume, known);
    this.origin = origin;
  }

  isWithin(folder: FolderNode): boolean {
    return this === folder || this.parent?.isWithin(folder) === true;
  }
}

export class LinkNode extends NodeStatus {
  readonly target: string;

  constructor(volume: Volume, known: FileStat, target: string) {
    super(volume, known);
    this.target = target;
  }
}

export function newFile(volume: Volume): FileNode {
  return new FileNode(volume, volume.create(FileType.REGULAR_FILE));
}

export function newFolder(volume: Volume): FolderNode {
  return new FolderNode(volume, volume.create(FileType.DIRECTORY));
}

export function newLink(volume: Volume, target: string): LinkNode {
  const size = BigInt(new TextEncoder().encode(target).length);
  return new LinkNode(volume, { ...volume.create(FileType.SYMBOLIC_LINK), size }, target);
}

export function keyOf({ device, inode }: FileStat): string {
  return `${device}:${inode}`;
}
