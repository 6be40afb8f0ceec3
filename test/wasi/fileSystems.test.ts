import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BACKENDS, type Backend } from './backends.ts';
import { ALL_RIGHTS, CREATE, DIRECTORY, Direct, EXCLUSIVE, ROOT, TRUNCATE, WRITE_RIGHTS } from './direct.ts';

type Step = readonly [what: string, run: (guest: Direct) => unknown, expected: unknown];

/** Each case starts from `file` = "text", `folder/inner` = "inside". */
const CASES: Record<string, readonly Step[]> = {
  'reading and writing': [
    ['read', (guest) => guest.contents('file'), 'text'],
    ['deeper, with detours', (guest) => guest.contents('./folder/../folder//inner'), 'inside'],
    ['missing', (guest) => guest.contents('nothing'), '[NOENT]'],
    ['below a file', (guest) => guest.contents('file/x'), '[NOTDIR]'],
    ['create', (guest) => put(guest, 'new', 'one'), 'SUCCESS'],
    ['overwrite the start', (guest) => put(guest, 'new', 'ON', 0), 'SUCCESS'],
    ['as written', (guest) => guest.contents('new'), 'ONe'],
    ['append', (guest) => put(guest, 'new', '!', 0, 1), 'SUCCESS'],
    ['appended', (guest) => guest.contents('new'), 'ONe!'],
    ['truncate', (guest) => put(guest, 'new', 'x', TRUNCATE), 'SUCCESS'],
    ['truncated', (guest) => guest.contents('new'), 'x'],
    ['exclusive', (guest) => guest.open('new', { flags: CREATE | EXCLUSIVE, rights: WRITE_RIGHTS }), 'EXIST'],
    ['a folder for writing', (guest) => guest.open('folder', { rights: WRITE_RIGHTS }), 'ISDIR'],
    ['read a descriptor for writing', (guest) => guest.read(opened(guest, 'new', WRITE_RIGHTS)), 'NOTCAPABLE'],
    ['write a descriptor for reading', (guest) => guest.write(opened(guest, 'new'), 'x'), 'NOTCAPABLE'],
    ['read a folder', (guest) => guest.read(opened(guest, 'folder')), 'BADF'],
  ],
  positions: [
    ['start from the end', (guest) => readAt(guest, 'file', -2n, 2), 'xt'],
    ['past the end', (guest) => readAt(guest, 'file', 100n, 0), ''],
    ['before the start', (guest) => readAt(guest, 'file', -1n, 0), 'INVAL'],
    ['a hole is zero', (guest) => hole(guest), 'ab\0\0cd'],
    ['cut and grown is zero', (guest) => cutAndGrow(guest), 't\0\0\0'],
    ['a stream has no position', (guest) => guest.call('fd_seek', 1, 0n, 0, 0), 'SPIPE'],
    ['nor a folder', (guest) => guest.call('fd_seek', ROOT, 0n, 0, 0), 'BADF'],
  ],
  folders: [
    ['list', (guest) => guest.names('.'), ['file', 'folder']],
    ['make', (guest) => guest.call('path_create_directory', ROOT, ...guest.path('folder/sub')), 'SUCCESS'],
    ['make again', (guest) => guest.call('path_create_directory', ROOT, ...guest.path('folder/sub')), 'EXIST'],
    ['list deeper', (guest) => guest.names('folder'), ['inner', 'sub']],
    ['list a file', (guest) => guest.names('file'), 'NOTDIR'],
    ['remove what is not empty', (guest) => removeFolder(guest, 'folder'), 'NOTEMPTY'],
    ['remove a file as a folder', (guest) => removeFolder(guest, 'file'), 'NOTDIR'],
    ['remove', (guest) => removeFolder(guest, 'folder/sub/'), 'SUCCESS'],
    ['remove the root', (guest) => removeFolder(guest, '.'), 'BUSY'],
    ['unlink a folder', (guest) => unlink(guest, 'folder'), 'ISDIR'],
    ['unlink with a slash', (guest) => unlink(guest, 'file/'), 'NOTDIR'],
    ['unlink', (guest) => unlink(guest, 'file'), 'SUCCESS'],
    ['all gone', (guest) => guest.names('.'), ['folder']],
  ],
  'trailing slashes': [
    ['open', (guest) => guest.open('file/'), 'NOTDIR'],
    ['open for writing', (guest) => guest.open('file/', { rights: WRITE_RIGHTS, flags: TRUNCATE }), 'NOTDIR'],
    ['create', (guest) => guest.open('new/', { rights: WRITE_RIGHTS, flags: CREATE }), 'ISDIR'],
    ['stat', (guest) => stat(guest, 'file/'), 'NOTDIR'],
    ['a link to a file', (guest) => symlink(guest, 'file', 'link'), 'SUCCESS'],
    ['through it', (guest) => guest.open('link/'), 'NOTDIR'],
    ['new link', (guest) => symlink(guest, 'file', 'other/'), 'NOENT'],
    ['rename a file', (guest) => rename(guest, 'file', 'moved/'), 'NOTDIR'],
    ['rename a folder', (guest) => rename(guest, 'folder/', 'moved/'), 'SUCCESS'],
    ['nothing was cut', (guest) => guest.contents('file'), 'text'],
  ],
  links: [
    ['make', (guest) => symlink(guest, 'folder/inner', 'link'), 'SUCCESS'],
    ['follow', (guest) => guest.contents('link'), 'inside'],
    ['do not follow', (guest) => guest.open('link', { follow: false }), 'LOOP'],
    ['stat the link', (guest) => stat(guest, 'link', 0), 7],
    ['stat the file', (guest) => stat(guest, 'link', 1), 4],
    ['to a folder', (guest) => symlink(guest, '../folder', 'folder/self'), 'SUCCESS'],
    ['walk through it', (guest) => guest.contents('folder/self/self/self/inner'), 'inside'],
    ['create through a dangling one', (guest) => dangling(guest), 'made'],
    ['a loop', (guest) => symlink(guest, 'b', 'a') + symlink(guest, 'a', 'b') + guest.open('a'), 'SUCCESSSUCCESSLOOP'],
    ['a loop on the way', (guest) => guest.open('a/x'), 'LOOP'],
    ['over what exists', (guest) => symlink(guest, 'x', 'file'), 'EXIST'],
    ['read it', (guest) => guest.call('path_readlink', ROOT, ...guest.path('link'), 0, 6, 64), 'SUCCESS'],
    ['as far as there is room', (guest) => String.fromCharCode(...guest.bytes.slice(0, 7)), 'folder\0'],
    ['no link', (guest) => guest.call('path_readlink', ROOT, ...guest.path('file'), 0, 6, 64), 'INVAL'],
    ['unlink takes the link', (guest) => unlink(guest, 'link') + guest.contents('folder/inner'), 'SUCCESSinside'],
  ],
  moving: [
    ['over a file', (guest) => rename(guest, 'folder/inner', 'file') + guest.contents('file'), 'SUCCESSinside'],
    ['gone there', (guest) => guest.names('folder'), []],
    ['into itself', (guest) => rename(guest, 'folder', 'folder/x'), 'INVAL'],
    ['a folder over a file', (guest) => rename(guest, 'folder', 'file'), 'NOTDIR'],
    ['a file over a folder', (guest) => rename(guest, 'file', 'folder'), 'ISDIR'],
    ['what is missing', (guest) => rename(guest, 'nothing', 'x'), 'NOENT'],
    ['the root', (guest) => rename(guest, '.', 'x'), 'BUSY'],
    ['a second name', (guest) => link(guest, 'file', 'folder/twin') + guest.contents('folder/twin'), 'SUCCESSinside'],
    ['one file', (guest) => put(guest, 'folder/twin', 'OUT', 0) + guest.contents('file'), 'SUCCESSOUTide'],
    ['over what exists', (guest) => link(guest, 'file', 'folder/twin'), 'EXIST'],
    ['of a folder', (guest) => link(guest, 'folder', 'x'), 'PERM'],
  ],
  times: [
    ['exact nanoseconds', (guest) => setTimes(guest, 'file', 1_234_567_890_123_456_789n), 1_234_567_890_123_456_789n],
    ['of a folder', (guest) => setTimes(guest, 'folder', 1_000_000_007n), 1_000_000_007n],
    ['twice', (guest) => guest.call('path_filestat_set_times', ROOT, 0, ...guest.path('file'), 0n, 0n, 3), 'INVAL'],
  ],
  'open files': [
    ['unlinked but open', (guest) => readUnlinked(guest), 'text'],
    ['folder descriptors are roots', (guest) => guest.open('../file', { base: opened(guest, 'folder') }), 'NOTCAPABLE'],
    ['below a descriptor', (guest) => guest.read(openBelow(guest, 'folder', 'inner')), 'inside'],
    ['renumber', (guest) => renumbered(guest), 'BADF text'],
    [
      'names are limited',
      (guest) => guest.open('n'.repeat(256), { flags: CREATE, rights: WRITE_RIGHTS }),
      'NAMETOOLONG',
    ],
  ],
};

for (const backend of BACKENDS) {
  describe(backend.name, () => {
    for (const [name, steps] of Object.entries(CASES)) test(name, () => runCase(backend, steps));
  });
}

function runCase(backend: Backend, steps: readonly Step[]): void {
  using folder = backend.open();
  const guest = new Direct({ mounts: [{ guest: '/', source: { kind: 'folder', folder }, read: true, write: true }] });
  for (const [what, run, expected] of steps) assert.deepEqual(run(guest), expected, what);
  guest.core.close();
}

function opened(guest: Direct, path: string, rights?: bigint): number {
  const fd = guest.open(path, rights === undefined ? {} : { rights });
  assert.equal(typeof fd, 'number', `${path}: ${fd}`);
  return fd as number;
}

function openBelow(guest: Direct, folder: string, path: string): number {
  const base = guest.open(folder, { flags: DIRECTORY, rights: ALL_RIGHTS & ~(1n << 6n) & ~(1n << 8n) & ~(1n << 22n) });
  return guest.open(path, { base: base as number }) as number;
}

function put(guest: Direct, path: string, text: string, flags = CREATE, fdflags = 0): string {
  const fd = guest.open(path, { flags, rights: WRITE_RIGHTS, fdflags });
  if (typeof fd === 'string') return fd;
  const errno = guest.write(fd, text);
  guest.call('fd_close', fd);
  return errno;
}

/** From the end of the file. */
function readAt(guest: Direct, path: string, fromEnd: bigint, length: number): string {
  const fd = opened(guest, path);
  if (fromEnd === -1n) return guest.call('fd_seek', fd, -1n, 0, 64);
  assert.equal(guest.call('fd_seek', fd, fromEnd, 2, 64), 'SUCCESS');
  return guest.read(fd, length === 0 ? 10 : length);
}

function hole(guest: Direct): string {
  const fd = guest.open('hole', { flags: CREATE, rights: ALL_RIGHTS }) as number;
  guest.write(fd, 'ab');
  guest.call('fd_seek', fd, 4n, 0, 64);
  guest.write(fd, 'cd');
  return guest.contents('hole');
}

function cutAndGrow(guest: Direct): string {
  const fd = opened(guest, 'file', ALL_RIGHTS);
  assert.equal(guest.call('fd_filestat_set_size', fd, 1n), 'SUCCESS');
  assert.equal(guest.call('fd_filestat_set_size', fd, 4n), 'SUCCESS');
  return guest.contents('file');
}

function removeFolder(guest: Direct, path: string): string {
  return guest.call('path_remove_directory', ROOT, ...guest.path(path));
}

function unlink(guest: Direct, path: string): string {
  return guest.call('path_unlink_file', ROOT, ...guest.path(path));
}

function symlink(guest: Direct, target: string, path: string): string {
  return guest.call('path_symlink', ...guest.secondPath(target), ROOT, ...guest.path(path));
}

function rename(guest: Direct, path: string, to: string): string {
  return guest.call('path_rename', ROOT, ...guest.path(path), ROOT, ...guest.secondPath(to));
}

function link(guest: Direct, path: string, to: string): string {
  return guest.call('path_link', ROOT, 0, ...guest.path(path), ROOT, ...guest.secondPath(to));
}

/** The `filetype`, or the errno's name. */
function stat(guest: Direct, path: string, follow = 0): number | string {
  const errno = guest.call('path_filestat_get', ROOT, follow, ...guest.path(path), 0);
  return errno === 'SUCCESS' ? guest.bytes[16]! : errno;
}

function dangling(guest: Direct): string {
  symlink(guest, 'folder/later', 'ahead');
  put(guest, 'ahead', 'made');
  return guest.contents('folder/later');
}

function setTimes(guest: Direct, path: string, time: bigint): bigint {
  assert.equal(guest.call('path_filestat_set_times', ROOT, 0, ...guest.path(path), time, time, 5), 'SUCCESS');
  assert.equal(guest.call('path_filestat_get', ROOT, 0, ...guest.path(path), 0), 'SUCCESS');
  return guest.view.getBigUint64(48, true);
}

function readUnlinked(guest: Direct): string {
  const fd = opened(guest, 'file');
  assert.equal(unlink(guest, 'file'), 'SUCCESS');
  const text = guest.read(fd);
  assert.equal(put(guest, 'file', 'text'), 'SUCCESS');
  return text;
}

function renumbered(guest: Direct): string {
  const from = opened(guest, 'file');
  const to = opened(guest, 'file');
  assert.equal(guest.call('fd_renumber', from, to), 'SUCCESS');
  return `${guest.read(from)} ${guest.read(to)}`;
}
