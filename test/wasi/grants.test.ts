import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import type { FilesystemGrants, PathGrant } from '../../sandbox/config/config.ts';
import { buildMounts } from '../../sandbox/guest/files/mounts.ts';
import { temporaryFolder } from './backends.ts';
import { ALL_RIGHTS, CREATE, DIRECTORY, Direct, ROOT, TRUNCATE, WRITE_RIGHTS } from './direct.ts';
import { runProgram, UNLIMITED } from './program.ts';

const FILES = new URL('../fixtures/wasi/files.wasm', import.meta.url);
let host = '';

beforeEach(() => {
  host = temporaryFolder();
  for (const folder of ['data/sub', 'out', 'shared']) mkdirSync(join(host, folder), { recursive: true });
  const files = { secret: 'secret', 'data/x': 'x', 'data/sub/y': 'y', 'out/old': 'old', 'shared/z': 'z' };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(host, name), text);
});

afterEach(() => rmSync(host, { recursive: true }));

/** `guest` or `guest=host`, host paths below the test's folder. */
function grants(read: readonly string[], write: readonly string[], temp = false): FilesystemGrants {
  const parse = (text: string): PathGrant => {
    const [guest = '', path = guest] = text.split('=');
    return { guest, host: join(host, path) };
  };
  return { ...UNLIMITED, read: read.map(parse), write: write.map(parse), temp, overlay: false };
}

function guestWith(read: readonly string[], write: readonly string[] = [], temp = false): Direct {
  return new Direct({ mounts: buildMounts({ filesystem: grants(read, write, temp) }) });
}

function runFiles(args: readonly string[], read: readonly string[], write: readonly string[] = []) {
  return runProgram(FILES, args, { mounts: buildMounts({ filesystem: grants(read, write, true) }) });
}

/** The violations so far, as `errno required target`. */
function refusals({ violations }: Pick<Direct, 'violations'>): string[] {
  return violations.map(({ errno, required, target }) => `${errno} ${required} ${target}`);
}

test('a C program sees its grants relative to its folder and from the root', () => {
  const result = runFiles(['read', 'data/x', 'read', '/data/sub/../x', 'read', './data/nothing'], ['./data']);
  assert.equal(result.stdout, 'read: ok\nx\nread: ok\nx\nread: No such file or directory\n');
  assert.deepEqual(result.violations, []);
  assert.equal(result.counters.filesOpened, 2);
});

test('everything else is a violation that says what is missing', () => {
  const result = runFiles(
    ['read', '/etc/passwd', 'write', 'data/x', 'no', 'stat', 'secret', 'list', 'out'],
    ['./data'],
    ['out'],
  );
  assert.equal(
    result.stdout,
    'read: Permission denied\nwrite: Permission denied\nstat: Permission denied\nlist: Permission denied\n',
  );
  const common = { decision: 'denied', errno: 'ACCES' };
  const readable = { required: 'filesystem.read', available: ['./data', '/tmp'] };
  assert.deepEqual(result.violations, [
    { ...common, ...readable, operation: 'path_open', target: '/etc/passwd' },
    { ...common, operation: 'path_open', target: 'data/x', required: 'filesystem.write', available: ['out', '/tmp'] },
    { ...common, ...readable, operation: 'path_filestat_get', target: 'secret' },
    { ...common, ...readable, operation: 'path_open', target: 'out' },
  ]);
  assert.equal(readFileSync(join(host, 'data/x'), 'utf8'), 'x');
});

/** The errno is what hosts answer that pre-open nothing; the official suite asks for it. The report still says why. */
test('with no grants at all the root is empty, and every attempt is seen', () => {
  const guest = guestWith([]);
  assert.deepEqual(guest.names('.'), []);
  assert.equal(guest.open('secret'), 'NOTCAPABLE');
  assert.equal(guest.open('new', { flags: CREATE, rights: WRITE_RIGHTS }), 'NOTCAPABLE');
  assert.equal(guest.call('path_create_directory', ROOT, ...guest.path('d')), 'NOTCAPABLE');
  for (const fd of [ROOT, ROOT + 1]) assert.equal(guest.call('sock_shutdown', fd, 1), 'BADF');
  assert.deepEqual(refusals(guest), [
    'ACCES filesystem.read /secret',
    'ACCES filesystem.write /new',
    'ACCES filesystem.write /d',
  ]);
});

test('`..` leads nowhere', () => {
  const guest = guestWith(['data']);
  for (const path of ['../secret', 'data/../../secret', 'data/sub/../../../secret', 'nothing/../../x', '/etc/passwd']) {
    assert.equal(guest.open(path), 'NOTCAPABLE', path);
  }
  assert.equal(guest.open('data/../secret'), 'ACCES');
  assert.deepEqual(refusals(guest), [
    'NOTCAPABLE filesystem.read ../secret',
    'NOTCAPABLE filesystem.read data/../../secret',
    'NOTCAPABLE filesystem.read data/sub/../../../secret',
    'NOTCAPABLE filesystem.read nothing/../../x',
    'NOTCAPABLE filesystem.read /etc/passwd',
    'ACCES filesystem.read /secret',
  ]);
});

test('links of the host lead only to what is granted', () => {
  symlinkSync('../secret', join(host, 'data/out'));
  symlinkSync('/etc', join(host, 'data/absolute'));
  symlinkSync('../../../../etc/passwd', join(host, 'data/far'));
  symlinkSync('sub/../x', join(host, 'data/inside'));
  symlinkSync('.', join(host, 'data/here'));
  const guest = guestWith(['data']);
  assert.equal(guest.contents('data/inside'), 'x');
  assert.equal(guest.contents('data/here/here/sub/y'), 'y');
  assert.equal(guest.open('data/out'), 'ACCES');
  assert.equal(guest.open('data/out/'), 'ACCES');
  assert.equal(guest.open('data/absolute/passwd'), 'NOTCAPABLE');
  assert.equal(guest.open('data/absolute', { follow: false }), 'LOOP');
  assert.equal(guest.open('data/far'), 'NOTCAPABLE');
  assert.equal(guest.call('path_filestat_get', ROOT, 1, ...guest.path('data/far'), 0), 'NOTCAPABLE');
  // Where an absolute link points to is the host's business.
  assert.equal(guest.call('path_readlink', ROOT, ...guest.path('data/absolute'), 0, 100, 200), 'PERM');
});

test('links that the guest makes do not leave the grant', () => {
  const guest = guestWith(['data'], ['out']);
  for (const target of ['/etc/passwd', '../secret', 'a/../../data/x', '../out/../secret']) {
    assert.equal(
      guest.call('path_symlink', ...guest.secondPath(target), ROOT, ...guest.path('out/link')),
      'NOTCAPABLE',
      target,
    );
  }
  assert.equal(
    guest.call('path_symlink', ...guest.secondPath('../data/x'), ROOT, ...guest.path('out/link')),
    'NOTCAPABLE',
  );
  assert.equal(existsSync(join(host, 'out/link')), false);
  assert.equal(guest.violations.length, 5);
});

test('a read grant allows no change of any kind', () => {
  const guest = guestWith(['data'], ['out']);
  const x = ['data/x'] as const;
  const attempts: Record<string, string | number> = {
    write: guest.open(...x, { rights: WRITE_RIGHTS }),
    truncate: guest.open(...x, { flags: TRUNCATE }),
    create: guest.open('data/new', { flags: CREATE }),
    unlink: guest.call('path_unlink_file', ROOT, ...guest.path('data/x')),
    mkdir: guest.call('path_create_directory', ROOT, ...guest.path('data/d')),
    rmdir: guest.call('path_remove_directory', ROOT, ...guest.path('data/sub')),
    times: guest.call('path_filestat_set_times', ROOT, 0, ...guest.path('data/x'), 0n, 0n, 5),
    moveOut: guest.call('path_rename', ROOT, ...guest.path('data/x'), ROOT, ...guest.secondPath('out/x')),
    moveIn: guest.call('path_rename', ROOT, ...guest.path('out/old'), ROOT, ...guest.secondPath('data/x')),
    linkOut: guest.call('path_link', ROOT, 0, ...guest.path('data/x'), ROOT, ...guest.secondPath('out/x')),
    symlink: guest.call('path_symlink', ...guest.secondPath('x'), ROOT, ...guest.path('data/l')),
  };
  for (const [what, errno] of Object.entries(attempts)) assert.equal(errno, 'ACCES', what);
  const fd = guest.open('data/x', { rights: (1n << 1n) | (1n << 23n) }) as number;
  assert.equal(guest.call('fd_filestat_set_times', fd, 0n, 0n, 5), 'ACCES', 'times of an open file');
  assert.equal(guest.call('fd_filestat_set_size', fd, 0n), 'NOTCAPABLE', 'size of an open file');
  assert.equal(guest.violations.length, Object.keys(attempts).length + 1);
  assert.ok(guest.violations.every(({ required }) => required === 'filesystem.write'));
  assert.equal(readFileSync(join(host, 'data/x'), 'utf8'), 'x');
});

test('a write grant does not allow reading', () => {
  const guest = guestWith([], ['out']);
  assert.equal(typeof guest.open('out/new', { flags: CREATE, rights: WRITE_RIGHTS }), 'number');
  assert.equal(guest.open('out/old'), 'ACCES');
  assert.equal(guest.open('out/old', { rights: WRITE_RIGHTS | 2n }), 'ACCES');
  assert.equal(guest.names('out'), 'ACCES');
  assert.ok(guest.violations.every(({ required }) => required === 'filesystem.read'));
});

test('what is moved between grants would change its rights', () => {
  const guest = guestWith(['out'], ['out', 'shared']);
  const paths = [ROOT, ...guest.path('out/old'), ROOT, ...guest.secondPath('shared/old')] as const;
  assert.equal(guest.call('path_rename', ...paths), 'XDEV');
  assert.equal(guest.call('path_link', ROOT, 0, ...paths.slice(1)), 'XDEV');
});

test('between grants with the same rights a file may be moved, file by file too', () => {
  const guest = guestWith([], ['out/old', 'shared']);
  const paths = [ROOT, ...guest.path('out/old'), ROOT, ...guest.secondPath('shared/new')] as const;
  assert.equal(guest.call('path_link', ROOT, 0, ...paths.slice(1)), 'SUCCESS');
  assert.equal(guest.call('path_rename', ...paths), 'SUCCESS');
  assert.equal(readFileSync(join(host, 'shared/new'), 'utf8'), 'old');
});

test('`..` behind a name that is not granted goes on as text, whether there is such a name or not', () => {
  const guest = guestWith(['data/x']);
  for (const path of ['out/../data/x', 'nothing/at/../../data/x', 'data/sub/../x']) {
    assert.equal(guest.contents(path), 'x', path);
  }
  assert.equal(guest.open('out/../data/x/'), 'NOTDIR');
  assert.equal(guest.open('out/../data/sub'), 'ACCES');
  assert.deepEqual(refusals(guest), ['ACCES filesystem.read /data/sub']);
});

test('a refusal names both paths of a call, and how a path leads out', () => {
  symlinkSync('/etc', join(host, 'out/etc'));
  const guest = guestWith([], ['out']);
  guest.call('path_rename', ROOT, ...guest.path('out/old'), ROOT, ...guest.secondPath('data/old'));
  guest.call('path_symlink', ...guest.secondPath('../data'), ROOT, ...guest.path('out/link'));
  guest.call('path_symlink', ...guest.secondPath('x'), ROOT, ...guest.path('data/link'));
  guest.open('out/etc/passwd');
  guest.open('../secret');
  guest.open('/etc/passwd');
  const facts = guest.violations.map(({ target, other, way }) => [target, other, way]);
  assert.deepEqual(facts, [
    ['/data/old', '/out/old', undefined],
    ['../data', '/out/link', 'link'],
    ['/data/link', 'x', undefined],
    ['/out/etc/passwd', undefined, 'link'],
    ['../secret', undefined, 'parent'],
    ['/etc/passwd', undefined, 'absolute'],
  ]);
});

test('a link may not point out of a grant that is a file', () => {
  const guest = guestWith([], ['out/link']);
  const link = (text: string) => guest.call('path_symlink', ...guest.secondPath(text), ROOT, ...guest.path('out/link'));
  assert.equal(link('old'), 'NOTCAPABLE');
});

test('the root lists granted names and the way to them, no more', () => {
  const guest = guestWith(['/deep/er/data=data', 'x=data/x'], ['later'], true);
  assert.deepEqual(guest.names('.'), ['deep', 'tmp', 'x']);
  assert.deepEqual(guest.names('deep'), ['er']);
  assert.deepEqual(guest.names('deep/er/data'), ['sub', 'x']);
  assert.equal(guest.contents('deep/er/data/x'), 'x');
  assert.equal(guest.open('deep/other'), 'ACCES');
  assert.equal(guest.call('path_remove_directory', ROOT, ...guest.path('deep')), 'ACCES');
  assert.deepEqual(refusals(guest), ['ACCES filesystem.read /deep/other', 'ACCES filesystem.write /deep']);
});

test('folders can be told apart by device and number, virtual ones too', () => {
  const guest = guestWith(['/deep/er/data=data'], [], true);
  const identities = ['.', 'deep', 'deep/er', 'deep/er/data', 'tmp'].map((path) => {
    assert.equal(guest.call('path_filestat_get', ROOT, 1, ...guest.path(path), 0), 'SUCCESS');
    return `${guest.view.getBigUint64(0, true)}:${guest.view.getBigUint64(8, true)}`;
  });
  assert.equal(new Set(identities).size, identities.length, identities.join(' '));
});

test('a grant of a file shows that file only, and it may come later', () => {
  const guest = guestWith(['data/x'], ['data/new']);
  assert.equal(guest.contents('data/x'), 'x');
  assert.equal(guest.open('data/sub'), 'ACCES');
  assert.equal(guest.open('data/sub/y'), 'ACCES');
  assert.equal(guest.open('data/x', { rights: WRITE_RIGHTS }), 'ACCES');
  const fd = guest.open('data/new', { flags: CREATE, rights: WRITE_RIGHTS }) as number;
  assert.equal(guest.write(fd, 'made'), 'SUCCESS');
  assert.equal(readFileSync(join(host, 'data/new'), 'utf8'), 'made');
  assert.deepEqual(guest.names('data'), ['new', 'x']);
});

test('a granted folder may be made by the guest', () => {
  const guest = guestWith(['later'], ['later']);
  assert.equal(guest.open('later/x', { flags: CREATE, rights: WRITE_RIGHTS }), 'NOENT');
  assert.equal(guest.call('path_create_directory', ROOT, ...guest.path('later')), 'SUCCESS');
  assert.equal(typeof guest.open('later/x', { flags: CREATE, rights: WRITE_RIGHTS }), 'number');
  assert.deepEqual(guest.names('later'), ['x']);
});

test('a grant inside a grant adds its rights, and its folder cannot be moved away', () => {
  const guest = guestWith(['.=.'], ['out']);
  assert.equal(guest.contents('secret'), 'secret');
  assert.equal(guest.contents('out/old'), 'old');
  assert.equal(typeof guest.open('out/new', { flags: CREATE, rights: WRITE_RIGHTS }), 'number');
  assert.equal(guest.open('new', { flags: CREATE, rights: WRITE_RIGHTS }), 'ACCES');
  assert.equal(guest.call('path_remove_directory', ROOT, ...guest.path('out')), 'BUSY');
  assert.equal(guest.open('../x'), 'NOTCAPABLE');
});

test('a grant above the working folder opens just that way', () => {
  const guest = guestWith(['.=data', '../shared=shared']);
  assert.equal(guest.contents('x'), 'x');
  assert.equal(guest.contents('../shared/z'), 'z');
  assert.equal(guest.contents('sub/../../shared/z'), 'z');
  assert.equal(guest.contents('../shared/../shared/z'), 'z');
  assert.equal(guest.open('../secret'), 'ACCES');
  assert.equal(guest.open('../../secret'), 'NOTCAPABLE');
  assert.equal(guest.open('../shared/../../secret'), 'NOTCAPABLE');
  assert.deepEqual(guest.names('..'), ['shared']);
  assert.deepEqual(guest.names('.'), ['sub', 'x']);
  assert.deepEqual(refusals(guest)[0], 'ACCES filesystem.read ../secret');
});

test('only files and folders can be opened, and nothing blocks', { skip: process.platform === 'win32' }, async () => {
  execFileSync('mkfifo', [join(host, 'data/fifo')]);
  const server = createServer().listen(join(host, 'data/socket'));
  await new Promise((resolve) => server.once('listening', resolve));
  const guest = guestWith(['data'], ['data']);
  assert.equal(guest.open('data/fifo'), 'NOTSUP');
  assert.equal(guest.open('data/fifo', { rights: WRITE_RIGHTS }), 'NXIO');
  assert.equal(guest.open('data/socket'), 'NXIO');
  await new Promise((resolve) => server.close(resolve));
});

test('devices are refused', { skip: process.platform === 'win32' }, () => {
  const filesystem = { ...grants([], []), read: [{ guest: 'dev', host: '/dev' }] };
  const guest = new Direct({ mounts: buildMounts({ filesystem }) });
  assert.equal(guest.open('dev/zero'), 'NOTSUP');
});

test('contradictory grants are an error that names both', () => {
  assert.throws(() => guestWith(['a=data'], ['./a=out']), /two host paths, .*data and .*out/);
  assert.throws(() => guestWith(['tmp=data'], [], true), /"\/tmp"/);
  assert.throws(() => guestWith(['.=data/x']), /not a folder/);
});

test('`temp` is a folder in memory', () => {
  const result = runFiles(['write', '/tmp/a', 'hello', 'append', '/tmp/a', '!', 'read', '/tmp/a', 'list', '/tmp'], []);
  assert.match(result.stdout, /read: ok\nhello!\nlist: ok\n {2}a\n$/);
  assert.deepEqual(result.violations, []);
});

test('an overlay leaves the host as it is, and is one wherever it is met', () => {
  const filesystem = {
    ...grants(['out=out', 'data'], ['out', '/again=out', '/inner=out/deep', 'out/new']),
    overlay: true,
  };
  mkdirSync(join(host, 'out/deep'));
  const guest = new Direct({ mounts: buildMounts({ filesystem }) });
  const write = (path: string) => {
    const fd = guest.open(path, { rights: WRITE_RIGHTS, flags: CREATE });
    return typeof fd === 'string' ? fd : guest.write(fd, path);
  };
  assert.equal(write('out/old'), 'SUCCESS');
  assert.equal(write('inner/x'), 'SUCCESS');
  assert.equal(write('out/new'), 'SUCCESS');
  assert.equal(write('data/x'), 'ACCES');
  assert.equal(guest.contents('again/old'), 'out/old');
  assert.equal(guest.contents('again/new'), 'out/new');
  assert.equal(guest.contents('out/deep/x'), 'inner/x');
  assert.equal(guest.call('path_unlink_file', ROOT, ...guest.path('again/old')), 'SUCCESS');
  assert.deepEqual(guest.names('out'), ['deep', 'new']);
  assert.deepEqual(readdirSync(join(host, 'out')).sort(), ['deep', 'old']);
  assert.deepEqual(readdirSync(join(host, 'out/deep')), []);
  assert.equal(readFileSync(join(host, 'out/old'), 'utf8'), 'old');
});

test('a link is not moved to where it would lead out', () => {
  const guest = guestWith([], ['out', 'shared']);
  const target = (text: string) => guest.secondPath(text);
  for (const folder of ['out/a', 'out/a/b']) guest.call('path_create_directory', ROOT, ...guest.path(folder));
  assert.equal(guest.call('path_symlink', ...target('../../x'), ROOT, ...guest.path('out/a/b/link')), 'SUCCESS');
  const move = (name: string, to: string, ...flags: number[]) =>
    guest.call(name, ROOT, ...flags, ...guest.path('out/a/b/link'), ROOT, ...guest.secondPath(to));
  for (const to of ['out/link', 'out/a/link', 'shared/link']) {
    assert.equal(move('path_rename', to), 'NOTCAPABLE', to);
    assert.equal(move('path_link', to, 0), 'NOTCAPABLE', to);
  }
  assert.equal(move('path_rename', 'out/a/b/other'), 'SUCCESS');
  assert.deepEqual(readdirSync(join(host, 'out')).sort(), ['a', 'old']);
});

test('rights to change a file cannot be had where only reading is granted', () => {
  const guest = guestWith(['data'], ['out']);
  // Each of these is a way to truncate: by the right, by the flag, by a descriptor that inherits everything.
  for (const right of [6n, 8n, 22n]) assert.equal(guest.open('data/x', { rights: 2n | (1n << right) }), 'ACCES');
  assert.equal(guest.open('data/x', { flags: TRUNCATE }), 'ACCES');
  const folder = guest.open('data', {
    flags: DIRECTORY,
    rights: ALL_RIGHTS & ~(1n << 6n) & ~(1n << 8n) & ~(1n << 22n),
  });
  assert.equal(guest.open('x', { base: Number(folder), rights: 2n | (1n << 22n) }), 'ACCES');
  const fd = Number(guest.open('x', { base: Number(folder) }));
  for (const name of ['fd_filestat_set_size', 'fd_allocate'])
    assert.equal(guest.call(name, fd, 0n, ...(name === 'fd_allocate' ? [9n] : [])), 'NOTCAPABLE', name);
  assert.equal(guest.write(fd, 'y'), 'NOTCAPABLE');
  assert.equal(readFileSync(join(host, 'data/x'), 'utf8'), 'x');
});
