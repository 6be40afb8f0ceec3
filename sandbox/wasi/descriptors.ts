/** The guest's file descriptors: what each number stands for, its rights, and how many files may be open. */
import {
  CONNECTION_RIGHTS,
  FILE_RIGHTS,
  FileType,
  FOLDER_RIGHTS,
  INPUT_RIGHTS,
  LISTENER_RIGHTS,
  OUTPUT_RIGHTS,
  Right,
} from './abi.ts';
import { fail } from './errno.ts';
import type { FolderEntry, Mount, OpenFile } from './fileSystem.ts';
import type { GuestMemory } from './guestMemory.ts';
import type { Terminals } from './host.ts';
import { type Place, shownPath } from './overlay.ts';
import type { Policy } from './policy.ts';
import type { HostListener, HostSocket } from './sockets.ts';

interface Rights {
  rights: number;
  inheriting: number;
  /** `fdflags`. */
  flags: number;
}

interface Stream extends Rights {
  readonly terminal: boolean;
}

export interface InputDescriptor extends Stream {
  readonly kind: 'input';
}

export interface OutputDescriptor extends Stream {
  readonly kind: 'output';
  readonly stream: 'stdout' | 'stderr';
}

export interface FileDescriptor extends Rights {
  readonly kind: 'file';
  readonly file: OpenFile;
  readonly mount: Mount;
  /** Resolved, as text. */
  readonly path: string;
  /** Bytes from the start. */
  position: number;
}

export interface FolderDescriptor extends Rights {
  readonly kind: 'folder';
  readonly place: Place;
  /** Name of a pre-opened folder, UTF-8. Its handle belongs to the mount and stays open. */
  readonly preopen: Uint8Array | undefined;
  /** The guest named it from the root. Of `.` that cannot be told: C libraries ask it for every path. */
  readonly absolute: boolean;
  /** Kept from cookie 0 on, so that cookies stay valid while the folder changes. */
  listing: readonly FolderEntry[] | undefined;
}

/** Pre-opened: accepts connections. */
export interface ListenerDescriptor extends Rights {
  readonly kind: 'listener';
  readonly listener: HostListener;
}

/** A connection that was accepted. */
export interface SocketDescriptor extends Rights {
  readonly kind: 'socket';
  readonly socket: HostSocket;
  /** Directions that the guest itself has shut down. */
  readonly shut: { read: boolean; write: boolean };
  close(): void;
}

export type Descriptor =
  | InputDescriptor
  | OutputDescriptor
  | FileDescriptor
  | FolderDescriptor
  | ListenerDescriptor
  | SocketDescriptor;

/** Asking for one of these on a folder is a wrong descriptor rather than a missing right. */
const FILE_ONLY =
  Right.FD_READ | Right.FD_WRITE | Right.FD_SEEK | Right.FD_TELL | Right.FD_ALLOCATE | Right.FD_FILESTAT_SET_SIZE;

const FIRST_FREE = 3;

export interface OpenAtStart {
  /** Of the guest's own. */
  readonly maxOpenFiles: number;
  readonly terminals: Terminals;
  readonly listeners: readonly HostListener[];
}

export class Descriptors {
  readonly #table: (Descriptor | undefined)[];
  readonly #policy: Policy;
  readonly #maxOpenFiles: number;
  /** Opened by the guest: standard streams and pre-opened folders do not count. */
  #open = 0;

  constructor(root: Place, policy: Policy, { maxOpenFiles, terminals, listeners }: OpenAtStart) {
    this.#policy = policy;
    this.#maxOpenFiles = maxOpenFiles;
    const { stdin, stdout, stderr } = terminals;
    const output = { kind: 'output', rights: OUTPUT_RIGHTS, inheriting: 0, flags: 0 } as const;
    this.#table = [
      { kind: 'input', rights: INPUT_RIGHTS, inheriting: 0, flags: 0, terminal: stdin },
      { ...output, stream: 'stdout', terminal: stdout },
      { ...output, stream: 'stderr', terminal: stderr },
      preopened(root, '/'),
      preopened(root, '.'),
      ...listeners.map(listening),
    ];
  }

  get(fd: number): Descriptor {
    return this.#table[fd >>> 0] ?? fail('BADF');
  }

  require(fd: number, rights: number): Descriptor {
    const descriptor = this.get(fd);
    if ((descriptor.rights & rights) !== rights) {
      fail(descriptor.kind === 'folder' && (rights & FILE_ONLY) !== 0 ? 'BADF' : 'NOTCAPABLE');
    }
    return descriptor;
  }

  /** For what only makes sense with a position: streams are not seekable. */
  file(fd: number, rights: number): FileDescriptor {
    const descriptor = this.get(fd);
    if (descriptor.kind !== 'file' && descriptor.kind !== 'folder') fail('SPIPE');
    this.require(fd, rights);
    return descriptor.kind === 'file' ? descriptor : fail('BADF');
  }

  folder(fd: number, rights: number): FolderDescriptor {
    const descriptor = this.get(fd);
    if (descriptor.kind !== 'folder') return fail('NOTDIR');
    if ((descriptor.rights & rights) !== rights) fail('NOTCAPABLE');
    return descriptor;
  }

  /** Before a file is opened, so that nothing is created or cut when there is no room. */
  makeRoom(target: string): void {
    if (this.#open >= this.#maxOpenFiles) {
      const excess = {
        errno: 'MFILE',
        quota: 'maxOpenFiles',
        limit: this.#maxOpenFiles,
        needed: this.#open + 1,
      } as const;
      this.#policy.exceed(excess, target);
    }
    const { decisions, operation } = this.#policy;
    decisions?.quota(operation, 'maxOpenFiles', this.#open + 1, target);
  }

  /** Sockets are limited as connections. */
  insert(descriptor: FileDescriptor | FolderDescriptor | SocketDescriptor): number {
    let fd = FIRST_FREE;
    while (this.#table[fd] !== undefined) fd++;
    this.#table[fd] = descriptor;
    if (descriptor.kind !== 'socket') this.#open++;
    return fd;
  }

  close(fd: number): void {
    const descriptor = this.get(fd);
    this.#table[fd >>> 0] = undefined;
    if (descriptor.kind === 'file') {
      this.#open--;
      descriptor.file.close();
    } else if (descriptor.kind === 'folder' && descriptor.preopen === undefined) {
      this.#open--;
      descriptor.place.folder?.close();
    } else if (descriptor.kind === 'listener') {
      descriptor.listener.close();
    } else if (descriptor.kind === 'socket') {
      descriptor.close();
    }
  }

  renumber(from: number, to: number): void {
    const descriptor = this.get(from);
    this.get(to);
    if (from >>> 0 === to >>> 0) return;
    this.close(to);
    this.#table[to >>> 0] = descriptor;
    this.#table[from >>> 0] = undefined;
  }

  closeAll(): void {
    for (const [fd, descriptor] of this.#table.entries()) if (descriptor !== undefined) this.close(fd);
  }
}

export function descriptorType(descriptor: Descriptor): FileType {
  if (descriptor.kind === 'file') return FileType.REGULAR_FILE;
  if (descriptor.kind === 'listener' || descriptor.kind === 'socket') return FileType.SOCKET_STREAM;
  if (descriptor.kind === 'folder') return FileType.DIRECTORY;
  // A C library takes a character device for a terminal, and would write line by line to a pipe.
  return descriptor.terminal ? FileType.CHARACTER_DEVICE : FileType.UNKNOWN;
}

/**
 * Pre-opened, and nothing of the host's: it is there for the sake of paths, so that each attempt is seen. Where a program
 * takes the number for a free one, it is.
 */
export function isVirtual(descriptor: Descriptor): boolean {
  return descriptor.kind === 'folder' && descriptor.preopen !== undefined && descriptor.place.mount === undefined;
}

/**
 * Whether a path was written from the root. wasi-libc takes the `/` off before it asks, and mostly leaves it in memory in
 * front of what it asks for. Only for what is shown: both mean the same.
 */
export function isFromRoot({ preopen, absolute }: FolderDescriptor, memory: GuestMemory, address: number): boolean {
  if (preopen === undefined || absolute) return absolute;
  return address >>> 0 > 0 && memory.u8(address - 1) === SLASH;
}

const SLASH = 0x2f;

/** What a violation calls it. */
export function descriptorPath(descriptor: FileDescriptor | FolderDescriptor): string {
  return descriptor.kind === 'file' ? descriptor.path : shownPath(descriptor.place.path, descriptor.absolute);
}

function listening(listener: HostListener): ListenerDescriptor {
  return { kind: 'listener', listener, rights: LISTENER_RIGHTS, inheriting: CONNECTION_RIGHTS, flags: 0 };
}

function preopened(place: Place, name: string): FolderDescriptor {
  const preopen = new TextEncoder().encode(name);
  const inheriting = FOLDER_RIGHTS | FILE_RIGHTS;
  const absolute = name === '/';
  return { kind: 'folder', place, preopen, absolute, listing: undefined, rights: FOLDER_RIGHTS, inheriting, flags: 0 };
}
