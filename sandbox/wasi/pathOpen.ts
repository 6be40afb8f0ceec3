/** `path_open`: what the guest asks for, whether it is granted, and the descriptor it gets. */
import {
  FdFlag,
  FILE_RIGHTS,
  FileType,
  FOLDER_RIGHTS,
  knownRights,
  LOOKUP_SYMLINK_FOLLOW,
  OpenFlag,
  Right,
} from './abi.ts';
import { type FileDescriptor, type FolderDescriptor, isFromRoot } from './descriptors.ts';
import { directEntry, openDirectly } from './direct.ts';
import { fail, isErrno } from './errno.ts';
import type { Folder, OpenFile, OpenHow } from './fileSystem.ts';
import type { CallContext, HostCalls } from './host.ts';
import { type Place, shownPath } from './overlay.ts';
import { type Target, walk } from './walk.ts';

/** wasi-libc asks for these with O_WRONLY and O_RDWR, and not with O_RDONLY. */
const WRITE_RIGHTS = Right.FD_WRITE | Right.FD_ALLOCATE | Right.FD_FILESTAT_SET_SIZE;
const ALL_OPEN_FLAGS = OpenFlag.CREAT | OpenFlag.DIRECTORY | OpenFlag.EXCL | OpenFlag.TRUNC;
const ALL_FD_FLAGS = FdFlag.APPEND | FdFlag.DSYNC | FdFlag.NONBLOCK | FdFlag.RSYNC | FdFlag.SYNC;

interface OpenRequest {
  readonly path: string;
  readonly absolute: boolean;
  readonly follow: boolean;
  readonly create: boolean;
  readonly exclusive: boolean;
  readonly truncate: boolean;
  readonly directory: boolean;
  readonly read: boolean;
  readonly write: boolean;
  readonly rights: number;
  readonly inheriting: number;
  /** `fdflags`. */
  readonly flags: number;
}

export function pathOpenCalls(context: CallContext): HostCalls {
  const { memory, descriptors, counters } = context;
  return {
    path_open: (
      fd: number,
      lookup: number,
      address: number,
      length: number,
      openFlags: number,
      rights: bigint,
      inheriting: bigint,
      flags: number,
      result: number,
    ) => {
      const base = descriptors.folder(fd, Right.PATH_OPEN);
      memory.check(result, 4);
      if ((openFlags & ~ALL_OPEN_FLAGS) !== 0 || (flags & ~ALL_FD_FLAGS) !== 0) fail('INVAL');
      const asked = knownRights(rights);
      const write = (asked & WRITE_RIGHTS) !== 0;
      const request: OpenRequest = {
        path: memory.text(address, length),
        absolute: isFromRoot(base, memory, address),
        follow: (lookup & LOOKUP_SYMLINK_FOLLOW) !== 0,
        create: (openFlags & OpenFlag.CREAT) !== 0,
        exclusive: (openFlags & OpenFlag.EXCL) !== 0,
        truncate: (openFlags & OpenFlag.TRUNC) !== 0,
        directory: (openFlags & OpenFlag.DIRECTORY) !== 0,
        read: (asked & Right.FD_READ) !== 0 || !write,
        write,
        rights: asked & base.inheriting,
        inheriting: knownRights(inheriting) & base.inheriting,
        flags,
      };
      checkRights(base, request);
      const opened = open(context, base, request);
      if (opened.kind === 'file') counters.filesOpened++;
      memory.put32(result, descriptors.insert(opened));
    },
  };
}

function checkRights(base: FolderDescriptor, { create, truncate, directory, rights }: OpenRequest): void {
  if (create && (base.rights & Right.PATH_CREATE_FILE) === 0) fail('NOTCAPABLE');
  if (truncate && (base.rights & Right.PATH_FILESTAT_SET_SIZE) === 0) fail('NOTCAPABLE');
  if (create && directory) fail('INVAL');
  if (directory && (rights & Right.FD_WRITE) !== 0) fail('ISDIR');
}

function open(context: CallContext, base: FolderDescriptor, request: OpenRequest): FileDescriptor | FolderDescriptor {
  const direct = openDirect(context, base, request);
  if (direct !== undefined) return direct;
  const { policy, descriptors } = context;
  const { path, absolute, create, exclusive, read } = request;
  const writes = changes(request);
  const access = writes ? 'write' : 'read';
  const lastLink = request.follow && !(create && exclusive) ? 'follow' : 'keep';
  const target = walk({ base: base.place, path, absolute, access, lastLink }, policy);
  try {
    const { text, mount } = target;
    if (writes) policy.require('write', mount, text);
    // A folder on the way to a grant has no mount: it may be opened, it shows granted names only.
    if (read && (mount !== undefined || writes))
      policy.require('read', mount, text, request.directory ? 'open' : 'read');
    descriptors.makeRoom(text);
    return openTarget(target, request);
  } finally {
    target.release();
  }
}

/** The short way, where nothing will be refused; undefined: the walk has to find out. */
function openDirect(
  { policy, descriptors }: CallContext,
  base: FolderDescriptor,
  request: OpenRequest,
): FileDescriptor | undefined {
  const entry = request.directory || policy.decisions !== undefined ? undefined : directEntry(base.place, request.path);
  if (entry === undefined) return undefined;
  const { mount } = entry;
  if ((changes(request) && !mount.write) || (request.read && !mount.read)) return undefined;
  const text = shownPath(entry.path, request.absolute);
  descriptors.makeRoom(text);
  const file = openDirectly(entry, howToOpen(request));
  return file && fileDescriptor({ text, mount }, file, request);
}

function changes({ write, create, truncate }: OpenRequest): boolean {
  return write || create || truncate;
}

function howToOpen({ read, write, create, exclusive, truncate, flags }: OpenRequest): OpenHow {
  const sync = (flags & (FdFlag.DSYNC | FdFlag.RSYNC | FdFlag.SYNC)) !== 0;
  return { read, write: write || truncate, create, exclusive, truncate, sync };
}

function openTarget(target: Target, request: OpenRequest): FileDescriptor | FolderDescriptor {
  const { end } = target;
  if (end.kind === 'place') {
    if (request.create && request.exclusive) fail('EXIST');
    if (request.create || request.truncate || request.write) fail('ISDIR');
    return folderDescriptor({ ...end.place, folder: end.place.folder?.duplicate() }, request);
  }
  if (request.directory || target.slash) {
    if (request.create) refuseToCreateFolder(end.folder, end.name);
    return folderDescriptor(folderPlace(target, end), request);
  }
  const file = end.folder.openFile(end.name, howToOpen(request));
  const type = typeOf(file);
  if (type === FileType.REGULAR_FILE) return fileDescriptor(target, file, request);
  file.close();
  if (type !== FileType.DIRECTORY) fail('NOTSUP');
  if (request.write || request.truncate) fail('ISDIR');
  return folderDescriptor(folderPlace(target, end), request);
}

function folderPlace({ path, mount }: Target, end: Target['end'] & { kind: 'entry' }): Place {
  return { path, mount, node: end.node, folder: end.folder.openFolder(end.name) };
}

/** `name/` with CREAT: a file cannot be made under that name. */
function refuseToCreateFolder(folder: Folder, name: string): void {
  try {
    if (folder.stat(name).type !== FileType.DIRECTORY) fail('NOTDIR');
  } catch (error) {
    if (isErrno(error, 'NOENT')) fail('ISDIR');
    throw error;
  }
}

function typeOf(file: OpenFile): FileType {
  try {
    return file.stat().type;
  } catch (error) {
    file.close();
    throw error;
  }
}

function fileDescriptor(
  { text, mount }: Pick<Target, 'text' | 'mount'>,
  file: OpenFile,
  { rights, flags }: OpenRequest,
): FileDescriptor {
  // An entry always lies inside a mount.
  if (mount === undefined) return fail('ACCES');
  return { kind: 'file', file, mount, path: text, position: 0, rights: rights & FILE_RIGHTS, inheriting: 0, flags };
}

function folderDescriptor(place: Place, { rights, inheriting, flags, absolute }: OpenRequest): FolderDescriptor {
  const base = rights & FOLDER_RIGHTS;
  return { kind: 'folder', place, preopen: undefined, absolute, listing: undefined, rights: base, inheriting, flags };
}
