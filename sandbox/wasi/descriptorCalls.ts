/** Host calls about a descriptor as such: status, rights, pre-opened names, listings, closing. */
import { FdFlag, FileType, hasUnknownRights, knownRights, Right } from './abi.ts';
import { descriptorPath, descriptorType, type FolderDescriptor } from './descriptors.ts';
import { fail, isErrno } from './errno.ts';
import type { FileStat, FolderEntry } from './fileSystem.ts';
import type { GuestMemory } from './guestMemory.ts';
import type { CallContext, HostCalls } from './host.ts';
import { listPlace, statPlace } from './overlay.ts';
import { newTimes } from './times.ts';

const FDSTAT_SIZE = 24;
export const FILESTAT_SIZE = 64;
const DIRENT_SIZE = 24;
const ALL_FLAGS = FdFlag.APPEND | FdFlag.DSYNC | FdFlag.NONBLOCK | FdFlag.RSYNC | FdFlag.SYNC;
/** A host has to be asked for these when it opens the file. */
const FIXED_FLAGS = FdFlag.DSYNC | FdFlag.RSYNC | FdFlag.SYNC;

export function descriptorCalls(context: CallContext): HostCalls {
  const { memory, descriptors, policy } = context;
  return {
    fd_close: (fd: number) => descriptors.close(fd),
    fd_renumber: (from: number, to: number) => descriptors.renumber(from, to),
    fd_fdstat_get: (fd: number, result: number) => {
      const descriptor = descriptors.get(fd);
      memory.check(result, FDSTAT_SIZE);
      memory.put32(result, descriptorType(descriptor) | (descriptor.flags << 16));
      memory.put32(result + 4, 0);
      memory.put64(result + 8, BigInt(descriptor.rights));
      memory.put64(result + 16, BigInt(descriptor.inheriting));
    },
    fd_fdstat_set_flags: (fd: number, flags: number) => {
      const descriptor = descriptors.require(fd, Right.FD_FDSTAT_SET_FLAGS);
      if ((flags & ~ALL_FLAGS) !== 0) fail('INVAL');
      if (((flags ^ descriptor.flags) & FIXED_FLAGS) !== 0) fail('NOTSUP');
      descriptor.flags = flags;
    },
    fd_fdstat_set_rights: (fd: number, rights: bigint, inheriting: bigint) => {
      const descriptor = descriptors.get(fd);
      if (hasUnknownRights(rights) || hasUnknownRights(inheriting)) fail('NOTCAPABLE');
      const base = knownRights(rights);
      const inherited = knownRights(inheriting);
      if ((base & ~descriptor.rights) !== 0 || (inherited & ~descriptor.inheriting) !== 0) fail('NOTCAPABLE');
      descriptor.rights = base;
      descriptor.inheriting = inherited;
    },
    fd_filestat_get: (fd: number, result: number) => {
      const descriptor = descriptors.require(fd, Right.FD_FILESTAT_GET);
      memory.check(result, FILESTAT_SIZE);
      if (descriptor.kind === 'file') putStat(memory, result, descriptor.file.stat());
      else if (descriptor.kind === 'folder') putStat(memory, result, statPlace(descriptor.place));
      else putStat(memory, result, { ...STREAM_STAT, type: descriptorType(descriptor) });
    },
    fd_filestat_set_times: (fd: number, accessed: bigint, modified: bigint, flags: number) => {
      const descriptor = descriptors.require(fd, Right.FD_FILESTAT_SET_TIMES);
      const times = newTimes(context, accessed, modified, flags);
      // wasi-libc asks for this right even when it opens for reading, so the policy has to be asked here.
      if (descriptor.kind === 'file') {
        policy.require('write', descriptor.mount, descriptor.path);
        descriptor.file.setTimes(times);
      } else if (descriptor.kind === 'folder') {
        policy.require('write', descriptor.place.mount, descriptorPath(descriptor));
        if (descriptor.place.folder === undefined) fail('NOTSUP');
        descriptor.place.folder.setTimesSelf(times);
      } else fail('NOTCAPABLE');
    },
    fd_prestat_get: (fd: number, result: number) => {
      const name = preopenName(context, fd);
      memory.check(result, 8);
      memory.put32(result, 0);
      memory.put32(result + 4, name.length);
    },
    fd_prestat_dir_name: (fd: number, address: number, length: number) => {
      const name = preopenName(context, fd);
      if (length >>> 0 < name.length) fail('NAMETOOLONG');
      memory.put(address, name);
    },
    fd_readdir: (fd: number, buffer: number, length: number, cookie: bigint, result: number) => {
      const descriptor = descriptors.folder(fd, Right.FD_READDIR);
      const start = memory.check(buffer, length);
      memory.check(result, 4);
      if (cookie < 0n) fail('INVAL');
      // A folder on the way to a grant has no mount: it shows granted names only.
      if (descriptor.place.mount !== undefined) {
        policy.require('read', descriptor.place.mount, descriptorPath(descriptor), 'list');
      }
      if (cookie === 0n || descriptor.listing === undefined) descriptor.listing = listing(descriptor);
      memory.put32(result, putEntries(memory, { start, length: length >>> 0 }, descriptor, Number(cookie)));
    },
  };
}

const STREAM_STAT: FileStat = {
  device: 0n,
  inode: 0n,
  type: FileType.CHARACTER_DEVICE,
  links: 1n,
  size: 0n,
  accessed: 0n,
  modified: 0n,
  changed: 0n,
};

export function putStat(memory: GuestMemory, at: number, stat: FileStat): void {
  const { device, inode, type, links, size, accessed, modified, changed } = stat;
  memory.putAll64(at, [device, inode, BigInt(type), links, size, accessed, modified, changed]);
}

function preopenName({ descriptors }: CallContext, fd: number): Uint8Array {
  const descriptor = descriptors.get(fd);
  return (descriptor.kind === 'folder' ? descriptor.preopen : undefined) ?? fail('BADF');
}

function listing({ place }: FolderDescriptor): FolderEntry[] {
  const self: FolderEntry = { name: '.', type: FileType.DIRECTORY, inode: statPlace(place).inode };
  // The folder above may be outside of what the guest can see: its number is not told.
  return [self, { ...self, name: '..', inode: place.path.length === 0 ? self.inode : 0n }, ...listPlace(place)];
}

/** As many as fit, the last one cut off: that is how a guest sees that there is more. Returns bytes used. */
function putEntries(
  memory: GuestMemory,
  buffer: { readonly start: number; readonly length: number },
  { listing = [], place }: FolderDescriptor,
  first: number,
): number {
  const encoder = new TextEncoder();
  let used = 0;
  for (let index = first; index < listing.length && used < buffer.length; index++) {
    const entry = listing[index];
    if (entry === undefined) break;
    const name = encoder.encode(entry.name);
    const record = new Uint8Array(DIRENT_SIZE + name.length);
    const view = new DataView(record.buffer);
    view.setBigUint64(0, BigInt(index + 1), true);
    view.setBigUint64(8, entry.inode === 0n && index > 1 ? inodeOf(place, entry.name) : entry.inode, true);
    view.setUint32(16, name.length, true);
    view.setUint8(20, entry.type);
    record.set(name, DIRENT_SIZE);
    const fitting = record.subarray(0, buffer.length - used);
    memory.put(buffer.start + used, fitting);
    used += fitting.length;
  }
  return used;
}

/** wasi-libc asks again with a stat when it is 0, so an entry that has gone meanwhile does no harm. */
function inodeOf({ folder }: FolderDescriptor['place'], name: string): bigint {
  try {
    return folder?.stat(name).inode ?? 0n;
  } catch (error) {
    if (isErrno(error, 'NOENT')) return 0n;
    throw error;
  }
}
