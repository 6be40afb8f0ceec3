/** Host calls that name a path and open nothing: metadata, folders, links, moving and removing. */
import { FileType, LOOKUP_SYMLINK_FOLLOW, Right } from './abi.ts';
import type { Use } from './decisions.ts';
import { FILESTAT_SIZE, putStat } from './descriptorCalls.ts';
import { isFromRoot } from './descriptors.ts';
import { directEntry, statDirectly } from './direct.ts';
import { fail, isErrno } from './errno.ts';
import type { FileStat } from './fileSystem.ts';
import type { CallContext, HostCalls } from './host.ts';
import { guestComponents, type Place, shownPath, statPlace } from './overlay.ts';
import type { Access } from './policy.ts';
import { newTimes } from './times.ts';
import { type Target, type WalkRequest, walk } from './walk.ts';

/** A target whose last name is left to the operation. */
type Entry = Target['end'] & { kind: 'entry' };

export function pathCalls(context: CallContext): HostCalls {
  return { ...metadataCalls(context), ...creatingCalls(context), ...movingCalls(context) };
}

function metadataCalls(context: CallContext): HostCalls {
  const { memory, policy } = context;
  return {
    // A write grant lets the guest see metadata too: it could find out what exists anyway, by creating it.
    path_filestat_get: (fd: number, lookup: number, path: number, length: number, result: number) => {
      memory.check(result, FILESTAT_SIZE);
      const at = { fd, right: Right.PATH_FILESTAT_GET, path, length };
      const direct = statDirect(context, at, lookup);
      if (direct !== undefined) return putStat(memory, result, direct);
      withTarget(context, at, { access: 'read', lastLink: lastLink(lookup) }, (target) => {
        policy.allow('read', target.text, 'see');
        const stat = statTarget(target);
        if (target.slash && stat.type !== FileType.DIRECTORY) fail('NOTDIR');
        putStat(memory, result, stat);
      });
    },
    path_filestat_set_times: (
      fd: number,
      lookup: number,
      path: number,
      length: number,
      accessed: bigint,
      modified: bigint,
      flags: number,
    ) => {
      const times = newTimes(context, accessed, modified, flags);
      const at = { fd, right: Right.PATH_FILESTAT_SET_TIMES, path, length };
      withTarget(context, at, { access: 'write', lastLink: lastLink(lookup) }, ({ end, text: shown, mount }) => {
        policy.require('write', mount, shown);
        if (end.kind === 'entry') end.folder.setTimes(end.name, times);
        else (end.place.folder ?? fail('NOTSUP')).setTimesSelf(times);
      });
    },
    path_readlink: (fd: number, path: number, length: number, buffer: number, size: number, result: number) => {
      memory.check(buffer, size);
      memory.check(result, 4);
      const at = { fd, right: Right.PATH_READLINK, path, length };
      withTarget(context, at, { access: 'read', lastLink: 'keepAlways' }, ({ end, text: shown, mount }) => {
        if (end.kind === 'place') return fail('INVAL');
        policy.require('read', mount, shown);
        const text = end.folder.readlink(end.name);
        // An absolute target is a path of the host: not for the guest's eyes.
        if (text.startsWith('/')) fail('PERM');
        const bytes = new TextEncoder().encode(text).subarray(0, size >>> 0);
        memory.put(buffer, bytes);
        memory.put32(result, bytes.length);
      });
    },
  };
}

function creatingCalls(context: CallContext): HostCalls {
  const { memory, policy } = context;
  return {
    path_create_directory: (fd: number, path: number, length: number) => {
      const at = { fd, right: Right.PATH_CREATE_DIRECTORY, path, length };
      withTarget(context, at, { access: 'write', lastLink: 'keepAlways' }, (target) => {
        policy.require('write', target.mount, target.text);
        if (target.end.kind === 'place') return fail('EXIST');
        target.end.folder.createFolder(target.end.name);
        policy.allow('write', target.text, 'make');
      });
    },
    path_symlink: (text: number, textLength: number, fd: number, path: number, length: number) => {
      const at = { fd, right: Right.PATH_SYMLINK, path, length };
      const link = memory.text(text, textLength);
      if (link === '') fail('NOENT');
      withOther(context, link, () => {
        withTarget(context, at, { access: 'write', lastLink: 'keepAlways' }, (target) => {
          policy.require('write', target.mount, target.text, 'link');
          if (target.end.kind === 'place') return fail('EXIST');
          if (leavesMount(target, link)) refuseLink(context, target, link);
          if (target.slash) refuseSlash(target.end);
          target.end.folder.symlink(link, target.end.name);
        });
      });
    },
    path_remove_directory: (fd: number, path: number, length: number) => {
      const at = { fd, right: Right.PATH_REMOVE_DIRECTORY, path, length };
      withTarget(context, at, { access: 'write', lastLink: 'keepAlways' }, (target) => {
        const { folder, name } = movable(context, target, 'remove');
        folder.removeFolder(name);
      });
    },
    path_unlink_file: (fd: number, path: number, length: number) => {
      const at = { fd, right: Right.PATH_UNLINK_FILE, path, length };
      withTarget(context, at, { access: 'write', lastLink: 'keepAlways' }, (target) => {
        policy.require('write', target.mount, target.text);
        if (target.end.kind === 'place') return fail('ISDIR');
        const { folder, name } = target.end;
        if (folder.stat(name).type === FileType.DIRECTORY) fail('ISDIR');
        if (target.slash) fail('NOTDIR');
        folder.unlink(name);
      });
    },
  };
}

function movingCalls(context: CallContext): HostCalls {
  return {
    path_rename: (fd: number, path: number, length: number, newFd: number, newPath: number, newLength: number) => {
      const from = { fd, right: Right.PATH_RENAME_SOURCE, path, length };
      const to = { fd: newFd, right: Right.PATH_RENAME_TARGET, path: newPath, length: newLength };
      withTwoTargets(context, from, to, (source, target) => {
        const old = movable(context, source);
        const next = movable(context, target);
        if (!sameRights(source, target)) fail('XDEV');
        const { type } = old.folder.stat(old.name);
        if (type === FileType.SYMBOLIC_LINK) keepInside(context, source, target);
        const folder = type === FileType.DIRECTORY;
        if (folder) for (const { text } of [source, target]) context.policy.allow('write', text, 'remove');
        if ((source.slash || target.slash) && !folder) fail('NOTDIR');
        old.folder.rename(old.name, next.folder, next.name);
      });
    },
    path_link: (
      fd: number,
      lookup: number,
      path: number,
      length: number,
      newFd: number,
      newPath: number,
      newLength: number,
    ) => {
      if ((lookup & LOOKUP_SYMLINK_FOLLOW) !== 0) fail('INVAL');
      const from = { fd, right: Right.PATH_LINK_SOURCE, path, length };
      const to = { fd: newFd, right: Right.PATH_LINK_TARGET, path: newPath, length: newLength };
      withTwoTargets(context, from, to, (source, target) => {
        const old = movable(context, source);
        const next = movable(context, target);
        if (!sameRights(source, target)) fail('XDEV');
        const { type } = old.folder.stat(old.name);
        if (source.slash) fail(type === FileType.DIRECTORY ? 'PERM' : 'NOTDIR');
        if (target.slash) fail('NOENT');
        if (type === FileType.SYMBOLIC_LINK) keepInside(context, source, target);
        old.folder.link(old.name, next.folder, next.name);
      });
    },
  };
}

interface PathArgument {
  readonly fd: number;
  readonly right: number;
  readonly path: number;
  readonly length: number;
}

type Resolve = Pick<WalkRequest, 'access' | 'lastLink'>;

function withTarget(context: CallContext, at: PathArgument, how: Resolve, run: (target: Target) => void): void {
  const { place, path, absolute } = argument(context, at);
  const target = walk({ base: place, path, absolute, ...how }, context.policy);
  try {
    run(target);
  } finally {
    target.release();
  }
}

function withTwoTargets(
  context: CallContext,
  from: PathArgument,
  to: PathArgument,
  run: (source: Target, target: Target) => void,
): void {
  const how = { access: 'write' as Access, lastLink: 'keepAlways' } as const;
  // Both descriptors and texts are checked before the first folder is opened.
  const old = argument(context, from).shown;
  const next = argument(context, to).shown;
  withOther(context, next, () =>
    withTarget(context, from, how, (source) =>
      withOther(context, old, () => withTarget(context, to, how, (target) => run(source, target))),
    ),
  );
}

/** Both paths of a call belong to what is said about either. */
function withOther({ policy }: CallContext, other: string, run: () => void): void {
  const before = policy.other;
  policy.other = other;
  try {
    run();
  } finally {
    policy.other = before;
  }
}

interface Argument {
  readonly place: Place;
  readonly path: string;
  readonly absolute: boolean;
  /** From the root or the working folder, as it is shown. */
  readonly shown: string;
}

function argument({ memory, descriptors }: CallContext, at: PathArgument): Argument {
  const folder = descriptors.folder(at.fd, at.right);
  const path = memory.text(at.path, at.length);
  const absolute = isFromRoot(folder, memory, at.path);
  const { place } = folder;
  return { place, path, absolute, shown: path.startsWith('/') ? path : shownPath([...place.path, path], absolute) };
}

function lastLink(lookup: number): Resolve['lastLink'] {
  return (lookup & LOOKUP_SYMLINK_FOLLOW) === 0 ? 'keep' : 'follow';
}

/** The short way; undefined: the walk has to find out. */
function statDirect(context: CallContext, at: PathArgument, lookup: number): FileStat | undefined {
  if (context.policy.decisions !== undefined) return undefined;
  const { place } = context.descriptors.folder(at.fd, at.right);
  const entry = directEntry(place, context.memory.text(at.path, at.length));
  return entry && statDirectly(entry, (lookup & LOOKUP_SYMLINK_FOLLOW) !== 0);
}

function statTarget({ end }: Target): FileStat {
  return end.kind === 'place' ? statPlace(end.place) : end.folder.stat(end.name);
}

/** Moving or linking to where other rights hold would give the file those. */
function sameRights({ mount: one }: Target, { mount: other }: Target): boolean {
  return one?.read === other?.read && one?.write === other?.write;
}

/** May be moved, linked or removed: granted for writing, and neither a mount nor on the way to one. */
function movable({ policy }: CallContext, { end, text, mount }: Target, use: Use = 'write'): Entry {
  policy.require('write', mount, text, use);
  if (end.kind === 'place') return fail(end.place.node === undefined ? 'INVAL' : 'BUSY');
  if (end.node !== undefined && end.node.children.size > 0) fail('BUSY');
  return end;
}

/** Links that the guest leaves behind are followed by others: they may not point out of the mount. */
function leavesMount({ path, mount }: Target, link: string): boolean {
  if (link.startsWith('/')) return true;
  const root = guestComponents(mount?.guest ?? '');
  const target = [...path.slice(0, -1)];
  for (const part of link.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') target.push(part);
    else if (target.length <= root.length) return true;
    else target.pop();
  }
  return root.some((name, index) => target[index] !== name);
}

/** A link that is met in another folder leads elsewhere: out, perhaps, where it led to something granted before. */
function keepInside(context: CallContext, source: Target, target: Target): void {
  if (source.end.kind !== 'entry' || folderText(source) === folderText(target)) return;
  const link = source.end.folder.readlink(source.end.name);
  if (leavesMount(target, link)) refuseLink(context, target, link);
}

function folderText({ path }: Target): string {
  return path.slice(0, -1).join('/');
}

/** What is refused is what it points to. */
function refuseLink(context: CallContext, { text }: Target, link: string): never {
  context.policy.other = text;
  return context.policy.refuse('NOTCAPABLE', 'write', link, 'link');
}

/** `link/` as the name of a new link. */
function refuseSlash({ folder, name }: Entry): never {
  let type: FileType;
  try {
    type = folder.stat(name).type;
  } catch (error) {
    return fail(isErrno(error, 'NOENT') ? 'NOENT' : 'IO');
  }
  return fail(type === FileType.DIRECTORY ? 'EXIST' : 'NOTDIR');
}
