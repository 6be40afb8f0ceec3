/**
 * What the 72 programs of the official preview1 suite look at, in calls of our own and over every file system, because the
 * suite itself is not kept here. Where it allows several answers, ours is pinned.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FileType } from '../../sandbox/wasi/abi.ts';
import { BACKENDS } from './backends.ts';
import { Calls, OUT } from './calls.ts';
import { ALL_RIGHTS, CREATE, DIRECTORY, EXCLUSIVE, READ_RIGHTS, ROOT, TRUNCATE, WRITE_RIGHTS } from './direct.ts';

const FD_READ = 1n << 1n;
const FD_SEEK = 1n << 2n;
const FD_TELL = 1n << 5n;
const FD_WRITE = 1n << 6n;
const PATH_FILESTAT_SET_SIZE = 1n << 19n;
/** Without those to change a file, which no folder can be asked for. */
const FOLDER_RIGHTS = ALL_RIGHTS & ~FD_WRITE & ~(1n << 8n) & ~(1n << 22n);
const SEEKING = FD_SEEK | FD_TELL;
const APPEND = 1;
const NONBLOCK = 4;

/** Each starts from `file` = "text", `folder/folder/inner` or `folder/inner` as the file system has it. */
const CASES: Record<string, (calls: Calls) => void> = {
  'writing: appended, in the middle, by position'(calls) {
    const fd = calls.fd('new', ALL_RIGHTS, CREATE);
    assert.equal(calls.write(fd, 'abcdef'), 'SUCCESS');
    assert.equal(calls.pwrite(fd, 'XY', 2n), 'SUCCESS');
    assert.equal(calls.tell(fd), 6n, 'a write by position moves nothing');
    assert.equal(calls.pread(fd, 100, 0n), 'abXYef');
    assert.equal(calls.pread(fd, 2, 4n), 'ef');
    assert.equal(calls.pread(fd, 2, 6n), '');
    assert.equal(calls.pread(fd, 2, 100n), '');
    assert.equal(calls.pread(fd, 0, 0n), '');
    assert.equal(calls.pwrite(fd, 'Z', 8n), 'SUCCESS');
    assert.equal(calls.contents('new'), 'abXYef\0\0Z');
    const appending = calls.fd('new', ALL_RIGHTS, 0, APPEND);
    assert.equal(calls.write(appending, '+'), 'SUCCESS');
    assert.equal(calls.pwrite(appending, '!', 0n), 'SUCCESS', 'appended all the same');
    assert.equal(calls.contents('new'), 'abXYef\0\0Z+!');
  },

  positions(calls) {
    const fd = calls.fd('file');
    assert.equal(calls.tell(fd), 0n);
    assert.equal(calls.read(fd, 3), 'tex');
    assert.deepEqual([calls.tell(fd), calls.seek(fd, -2n, 1), calls.seek(fd, 0n, 1)], [3n, 1n, 1n]);
    assert.deepEqual([calls.seek(fd, 0n, 2), calls.seek(fd, 1000n, 0), calls.tell(fd)], [4n, 1000n, 1000n]);
    assert.deepEqual([calls.seek(fd, -2000n, 1), calls.seek(fd, 0n, 9), calls.tell(fd)], ['INVAL', 'INVAL', 1000n]);
    assert.equal(calls.read(fd), '', 'past the end');
    const folder = calls.fd('folder', FOLDER_RIGHTS, DIRECTORY);
    assert.deepEqual([calls.seek(folder, 0n, 0), calls.tell(folder)], ['BADF', 'BADF']);
  },

  'sizes: set, allocated, advised'(calls) {
    const fd = calls.fd('new', ALL_RIGHTS, CREATE);
    const resize = (size: bigint) => calls.call('fd_filestat_set_size', fd, size);
    assert.deepEqual([resize(100n), calls.size(fd), resize(10n), calls.size(fd)], ['SUCCESS', 100, 'SUCCESS', 10]);
    assert.equal(resize(-1n), 'INVAL');
    const allocate = (offset: bigint, length: bigint) => calls.call('fd_allocate', fd, offset, length);
    assert.deepEqual([allocate(0n, 20n), calls.size(fd)], ['SUCCESS', 20]);
    assert.deepEqual([allocate(5n, 5n), calls.size(fd)], ['SUCCESS', 20], 'never shorter');
    assert.deepEqual([allocate(15n, 10n), calls.size(fd)], ['SUCCESS', 25]);
    assert.deepEqual([allocate(0n, 0n), allocate(-1n, 5n), allocate(5n, -1n)], ['INVAL', 'INVAL', 'INVAL']);
    assert.equal(allocate(1n << 62n, 1n << 62n), 'FBIG');
    assert.equal(calls.pread(fd, 100, 0n), '\0'.repeat(25));
    for (const advice of [0, 1, 2, 3, 4, 5]) assert.equal(calls.call('fd_advise', fd, 0n, 10n, advice), 'SUCCESS');
    assert.equal(calls.call('fd_advise', fd, 0n, 10n, 6), 'INVAL');
    assert.equal(calls.call('fd_advise', ROOT, 0n, 0n, 0), 'BADF');
    for (const name of ['fd_sync', 'fd_datasync']) assert.equal(calls.call(name, fd), 'SUCCESS', name);
  },

  'opening: new, existing, missing, what is no folder'(calls) {
    assert.equal(calls.open('nothing'), 'NOENT');
    assert.equal(calls.open('nothing', { flags: DIRECTORY }), 'NOENT');
    assert.equal(calls.open('file', { flags: DIRECTORY }), 'NOTDIR');
    assert.equal(calls.open('file', { flags: CREATE | EXCLUSIVE, rights: WRITE_RIGHTS }), 'EXIST');
    assert.equal(calls.open('fresh', { flags: CREATE | DIRECTORY }), 'INVAL');
    assert.equal(calls.open('folder', { flags: DIRECTORY, rights: FD_WRITE }), 'ISDIR');
    assert.equal(calls.open('', {}), 'NOENT');
    assert.equal(calls.open('a\0b', {}), 'INVAL');
    assert.equal(calls.open('file', { base: calls.fd('file') }), 'NOTDIR');
    assert.equal(calls.open('file', { base: 99 }), 'BADF');
    assert.equal(calls.open('file', { fdflags: 64 }), 'INVAL');
    const fd = calls.fd('file', READ_RIGHTS, 0, NONBLOCK);
    assert.equal(calls.read(fd), 'text', 'a file is never waited for');
    assert.deepEqual(calls.status(calls.fd('.', READ_RIGHTS, DIRECTORY)), {
      type: FileType.DIRECTORY,
      flags: 0,
      rights: (1n << 14n) | (1n << 21n),
      inheriting: ALL_RIGHTS,
    });
  },

  'descriptors: numbers are reused, moved and closed'(calls) {
    const first = calls.fd('file');
    const second = calls.fd('file');
    assert.equal(calls.close(first), 'SUCCESS');
    assert.deepEqual([calls.close(first), calls.read(first)], ['BADF', 'BADF']);
    assert.equal(calls.fd('file'), first, 'the lowest that is free');
    assert.equal(calls.call('fd_renumber', second, 77), 'BADF');
    assert.equal(calls.call('fd_renumber', 77, second), 'BADF');
    const before = calls.statOf(second);
    assert.equal(calls.call('fd_renumber', second, first), 'SUCCESS');
    assert.equal(calls.status(second), 'BADF');
    assert.deepEqual(calls.statOf(first), before);
    const folder = calls.fd('folder', READ_RIGHTS, DIRECTORY);
    const itself = calls.statOf(folder);
    assert.equal(calls.call('fd_renumber', folder, ROOT + 1), 'SUCCESS', 'over a pre-opened one');
    assert.deepEqual(calls.statOf(ROOT + 1), itself);
    assert.equal(calls.call('fd_prestat_get', ROOT + 1, OUT), 'BADF', 'which it is no longer');
    for (const fd of [ROOT, ROOT + 1]) assert.equal(calls.close(fd), 'SUCCESS');
    assert.equal(calls.call('fd_prestat_get', ROOT, OUT), 'BADF');
  },

  'pre-opened folders have names'(calls) {
    for (const [fd, name] of [
      [ROOT, '/'],
      [ROOT + 1, '.'],
    ] as const) {
      assert.equal(calls.call('fd_prestat_get', fd, OUT), 'SUCCESS');
      assert.deepEqual([calls.view.getUint8(OUT), calls.view.getUint32(OUT + 4, true)], [0, 1]);
      assert.equal(calls.call('fd_prestat_dir_name', fd, OUT, 0), 'NAMETOOLONG');
      assert.equal(calls.call('fd_prestat_dir_name', fd, OUT, 9), 'SUCCESS', 'more room than it needs');
      assert.equal(String.fromCharCode(calls.view.getUint8(OUT)), name);
    }
    for (const fd of [0, 1, 2, 5]) assert.equal(calls.call('fd_prestat_get', fd, OUT), 'BADF');
  },

  'folders are not files'(calls) {
    const fd = calls.fd('folder', FOLDER_RIGHTS, DIRECTORY);
    const answers = {
      read: calls.read(fd),
      write: calls.write(fd, 'x'),
      pread: calls.pread(fd, 1, 0n),
      pwrite: calls.pwrite(fd, 'x', 0n),
      size: calls.call('fd_filestat_set_size', fd, 0n),
      allocate: calls.call('fd_allocate', fd, 0n, 1n),
      advise: calls.call('fd_advise', fd, 0n, 1n, 0),
    };
    for (const [what, errno] of Object.entries(answers)) assert.equal(errno, 'BADF', what);
    assert.equal((calls.statOf(fd) as { type: number }).type, FileType.DIRECTORY);
    assert.equal(calls.call('fd_readdir', calls.fd('file'), 0, 100, 0n, OUT), 'NOTDIR');
  },

  'rights are given up for good, flags come and go'(calls) {
    const fd = calls.fd('new', FD_READ | FD_WRITE | SEEKING | (1n << 3n), CREATE);
    assert.equal(calls.write(fd, 'abc'), 'SUCCESS');
    const rights = SEEKING | (1n << 3n);
    assert.equal(calls.call('fd_fdstat_set_rights', fd, rights, 0n), 'SUCCESS');
    assert.deepEqual(calls.status(fd), { type: FileType.REGULAR_FILE, flags: 0, rights, inheriting: 0n });
    assert.deepEqual([calls.write(fd, 'x'), calls.read(fd)], ['NOTCAPABLE', 'NOTCAPABLE']);
    assert.equal(calls.call('fd_fdstat_set_rights', fd, rights | FD_READ, 0n), 'NOTCAPABLE');
    const setFlags = (flags: number) => calls.call('fd_fdstat_set_flags', fd, flags);
    assert.equal(setFlags(APPEND | NONBLOCK), 'SUCCESS');
    assert.equal((calls.status(fd) as { flags: number }).flags, APPEND | NONBLOCK);
    assert.deepEqual([setFlags(0), setFlags(2), setFlags(32)], ['SUCCESS', 'NOTSUP', 'INVAL']);
    assert.equal(
      calls.call('fd_fdstat_set_rights', ROOT, ALL_RIGHTS & ~PATH_FILESTAT_SET_SIZE, ALL_RIGHTS),
      'NOTCAPABLE',
    );
    const folder = (calls.status(ROOT) as { rights: bigint }).rights & ~PATH_FILESTAT_SET_SIZE;
    assert.equal(calls.call('fd_fdstat_set_rights', ROOT, folder, ALL_RIGHTS), 'SUCCESS');
    assert.equal(
      calls.open('new', { flags: TRUNCATE, rights: WRITE_RIGHTS }),
      'NOTCAPABLE',
      'the flag needs the right',
    );
    assert.equal(calls.contents('new'), 'abc');
  },

  'times: given, now, kept, or a contradiction'(calls) {
    const fd = calls.fd('file', ALL_RIGHTS);
    const set = (modified: bigint, flags: number) => calls.call('fd_filestat_set_times', fd, 0n, modified, flags);
    const modified = () => (calls.statOf(fd) as { modified: bigint }).modified;
    assert.deepEqual([set(123_456_789n, 4), modified()], ['SUCCESS', 123_456_789n]);
    assert.deepEqual([set(0n, 1), modified()], ['SUCCESS', 123_456_789n], 'the other time was meant');
    assert.deepEqual([set(1n, 12), set(1n, 3), set(1n, 16)], ['INVAL', 'INVAL', 'INVAL']);
    assert.equal(set(0n, 8), 'SUCCESS');
    assert.ok(modified() > 10n ** 18n);
    assert.equal(calls.call('path_filestat_set_times', ROOT, 0, ...calls.path('nothing'), 1n, 1n, 5), 'NOENT');
  },

  'listing: cookies, entries cut off, the two dots'(calls) {
    calls.mkdir('many');
    for (let index = 0; index < 40; index++) calls.create(`many/name ${index}`);
    const fd = calls.fd('many', READ_RIGHTS, DIRECTORY);
    const names = new Map<string, bigint>();
    let cookie = 0n;
    for (let rounds = 0; rounds < 200; rounds++) {
      assert.equal(calls.call('fd_readdir', fd, 20_000, 300, cookie, OUT), 'SUCCESS');
      const used = calls.view.getUint32(OUT, true);
      for (let at = 20_000; at + 24 <= 20_000 + used; ) {
        const length = calls.view.getUint32(at + 16, true);
        if (at + 24 + length > 20_000 + used) break;
        cookie = calls.view.getBigUint64(at, true);
        const name = new TextDecoder().decode(calls.bytes.slice(at + 24, at + 24 + length));
        assert.ok(!names.has(name), name);
        names.set(name, calls.view.getBigUint64(at + 8, true));
        if (rounds === 3) calls.unlink('many/name 39');
        at += 24 + length;
      }
      if (used < 300) break;
    }
    assert.equal(names.size, 42);
    assert.equal(names.get('.'), (calls.statOf(fd) as { inode: bigint }).inode);
    assert.equal(names.get('name 7'), (calls.stat('many/name 7') as { inode: bigint }).inode);
    assert.equal(calls.call('fd_readdir', fd, 20_000, 300, 1n << 40n, OUT), 'SUCCESS');
    assert.equal(calls.view.getUint32(OUT, true), 0, 'behind the last');
    assert.equal(calls.names('many').length, 39);
  },

  'paths: dots, slashes, and the way out'(calls) {
    calls.mkdir('dir');
    calls.mkdir('dir/nested');
    calls.create('dir/nested/file', 'deep');
    for (const path of [
      'dir/nested/file',
      'dir/./nested/file',
      'dir//nested///file',
      'dir/../dir/nested/../nested/file',
    ]) {
      assert.equal(calls.contents(path), 'deep', path);
    }
    for (const path of ['/dir/nested/file', '..', 'dir/../../x', 'dir/nested/../../../dir', '../dir/nested/file']) {
      assert.equal(calls.open(path), 'NOTCAPABLE', path);
    }
    for (const path of ['dir/nested/file/', 'dir/nested/file/.', 'dir/nested/file/..'])
      assert.equal(calls.open(path), 'NOTDIR', path);
    for (const path of ['dir/nested/', 'dir/nested/.', 'dir/.//nested/..', './dir']) {
      assert.equal(typeof calls.open(path, { flags: DIRECTORY }), 'number', path);
    }
  },

  'links: made, read, followed or not, dangling, circular'(calls) {
    assert.deepEqual(
      [calls.symlink('target', 'link'), calls.readlink('link'), calls.readlink('link', 3)],
      ['SUCCESS', 'target', 'tar'],
    );
    assert.equal((calls.stat('link') as { size: number }).size, 6);
    assert.equal(calls.stat('link', 1), 'NOENT');
    assert.equal(calls.open('link', { follow: false }), 'LOOP');
    // Linux says first that it is no folder.
    assert.match(String(calls.open('link', { follow: false, flags: DIRECTORY })), /^(LOOP|NOTDIR)$/);
    assert.equal(calls.open('link'), 'NOENT');
    assert.equal(calls.open('link', { flags: CREATE | EXCLUSIVE, rights: WRITE_RIGHTS }), 'EXIST');
    assert.equal(calls.symlink('other', 'link'), 'EXIST');
    assert.deepEqual(
      [calls.symlink('/', 'root'), calls.symlink('', 'empty'), calls.symlink('x', '')],
      ['NOTCAPABLE', 'NOENT', 'NOENT'],
    );
    assert.equal(calls.symlink('x', 'new/'), 'NOENT');
    assert.equal(calls.symlink('x', 'folder/'), 'EXIST');
    assert.equal(calls.symlink('x', 'file/'), 'NOTDIR');
    assert.deepEqual(
      [calls.symlink('self', 'self'), calls.open('self'), calls.stat('self', 1)],
      ['SUCCESS', 'LOOP', 'LOOP'],
    );
    assert.equal(calls.readlink('file'), 'INVAL');
    assert.equal(calls.readlink('folder'), 'INVAL');
    calls.mkdir('target');
    assert.equal((calls.stat('link', 1) as { type: number }).type, FileType.DIRECTORY);
    assert.equal((calls.stat('link') as { type: number }).type, FileType.SYMBOLIC_LINK);
    assert.equal(calls.rmdir('link'), 'NOTDIR');
    assert.deepEqual([calls.unlink('link'), calls.rmdir('target')], ['SUCCESS', 'SUCCESS']);
  },

  'moving: files, folders, slashes'(calls) {
    calls.mkdir('one');
    calls.mkdir('two');
    calls.create('two/inner', 'in two');
    const rename = (path: string, to: string) => calls.two('path_rename', path, to);
    assert.equal(rename('one', 'two'), 'NOTEMPTY');
    assert.deepEqual(
      [rename('two', 'one'), calls.contents('one/inner'), calls.stat('two')],
      ['SUCCESS', 'in two', 'NOENT'],
    );
    assert.deepEqual([rename('one/', 'three/'), calls.names('three')], ['SUCCESS', ['inner']]);
    assert.deepEqual(
      [rename('file', 'new/'), rename('file/', 'new'), rename('nothing', 'x')],
      ['NOTDIR', 'NOTDIR', 'NOENT'],
    );
    assert.deepEqual([rename('three', 'file'), rename('file', 'three')], ['NOTDIR', 'ISDIR']);
    assert.deepEqual([rename('file', 'file'), calls.contents('file')], ['SUCCESS', 'text']);
    assert.deepEqual([rename('file', 'three/inner'), calls.contents('three/inner')], ['SUCCESS', 'text']);
    assert.deepEqual([rename('three', 'three/below'), rename('three', 'nothing/x')], ['INVAL', 'NOENT']);
  },

  'a second name for a file, not for a folder'(calls) {
    const link = (path: string, to: string, flags = 0) => calls.two('path_link', path, to, flags);
    assert.equal(link('file', 'twin'), 'SUCCESS');
    const [one, other] = [calls.stat('file'), calls.stat('twin')] as { inode: bigint; links: bigint }[];
    assert.deepEqual([one?.inode, one?.links, other?.links], [other?.inode, 2n, 2n]);
    assert.deepEqual([link('file', 'twin'), link('nothing', 'x'), link('folder', 'x')], ['EXIST', 'NOENT', 'PERM']);
    assert.deepEqual([link('file', 'x/'), link('file/', 'x'), link('file', 'x', 1)], ['NOENT', 'NOTDIR', 'INVAL']);
    assert.equal(link('file', 'folder'), 'EXIST');
    assert.deepEqual([calls.unlink('file'), calls.contents('twin')], ['SUCCESS', 'text']);
  },

  removing(calls) {
    calls.mkdir('empty');
    calls.create('empty/file');
    assert.deepEqual([calls.rmdir('empty'), calls.rmdir('empty/')], ['NOTEMPTY', 'NOTEMPTY']);
    assert.deepEqual(
      [calls.unlink('empty'), calls.unlink('empty/'), calls.unlink('file/')],
      ['ISDIR', 'ISDIR', 'NOTDIR'],
    );
    assert.deepEqual(
      [calls.rmdir('file'), calls.rmdir('file/'), calls.rmdir('nothing')],
      ['NOTDIR', 'NOTDIR', 'NOENT'],
    );
    assert.deepEqual([calls.unlink('empty/file'), calls.unlink('nothing')], ['SUCCESS', 'NOENT']);
    const fd = calls.fd('empty', FOLDER_RIGHTS, DIRECTORY);
    assert.equal(calls.rmdir('empty/'), 'SUCCESS');
    assert.equal(calls.stat('empty'), 'NOENT');
    assert.equal(calls.open('new', { base: fd, flags: CREATE }), 'NOENT', 'nothing is made in what is gone');
    assert.deepEqual(
      [calls.mkdir('file'), calls.mkdir('folder'), calls.mkdir('a/b'), calls.mkdir('slash/')],
      ['EXIST', 'EXIST', 'NOENT', 'SUCCESS'],
    );
  },
};

for (const backend of BACKENDS) {
  describe(backend.name, () => {
    for (const [name, run] of Object.entries(CASES)) {
      test(name, () => {
        using folder = backend.open();
        const source = { kind: 'folder', folder } as const;
        const calls = new Calls({ mounts: [{ guest: '/', source, read: true, write: true }] });
        run(calls);
        calls.core.close();
      });
    }
  });
}

describe('streams', () => {
  test('are character devices without a position', () => {
    const calls = new Calls();
    for (const fd of [0, 1, 2]) {
      const { type, rights } = calls.status(fd) as { type: number; rights: bigint };
      // What `isatty` of wasi-libc looks at.
      assert.deepEqual([type, rights & SEEKING], [FileType.CHARACTER_DEVICE, 0n]);
      assert.equal((calls.statOf(fd) as { type: number }).type, FileType.CHARACTER_DEVICE);
      assert.equal(calls.seek(fd, 0n, 0), 'SPIPE');
      assert.equal(calls.call('sock_shutdown', fd, 1), 'NOTSOCK');
      assert.equal(calls.close(fd), 'SUCCESS');
      assert.equal(calls.status(fd), 'BADF');
    }
    assert.equal(calls.write(1, 'x'), 'BADF');
  });

  test('can be renumbered over each other', () => {
    let output = '';
    const calls = new Calls({
      output: (stream, bytes) => {
        output += `${stream}: ${new TextDecoder().decode(bytes)}`;
      },
    });
    assert.equal(calls.call('fd_renumber', 2, 1), 'SUCCESS');
    assert.equal(calls.write(1, 'hello'), 'SUCCESS');
    assert.equal(output, 'stderr: hello');
  });

  test('yield, time and chance always answer', () => {
    const calls = new Calls();
    assert.equal(calls.call('sched_yield'), 'SUCCESS');
    assert.equal(calls.call('random_get', 0, 0), 'SUCCESS');
    assert.equal(calls.call('random_get', 0, 4096), 'SUCCESS');
    assert.ok(new Set(calls.bytes.subarray(0, 4096)).size > 100);
    for (const id of [0, 1]) {
      assert.equal(calls.call('clock_res_get', id, OUT), 'SUCCESS');
      assert.ok(calls.view.getBigUint64(OUT, true) > 0n);
      const now = () => {
        assert.equal(calls.call('clock_time_get', id, 0n, OUT), 'SUCCESS');
        return calls.view.getBigUint64(OUT, true);
      };
      const before = now();
      assert.ok(before > 0n && before <= now());
    }
    assert.equal(calls.call('clock_time_get', 9, 0n, OUT), 'INVAL');
  });
});
