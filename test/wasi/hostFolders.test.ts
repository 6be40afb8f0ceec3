import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { openCheckedFolder, refuseWindowsName } from '../../sandbox/guest/files/hostFolderChecked.ts';
import { openLinuxFolder } from '../../sandbox/guest/files/hostFolderLinux.ts';
import { temporaryFolder } from './backends.ts';
import { CREATE, Direct, ROOT, TRUNCATE, WRITE_RIGHTS } from './direct.ts';

const onLinux = { skip: process.platform !== 'linux' };

test('Windows: names that are devices, streams or paths are refused', () => {
  for (const name of [
    'CON',
    'nul',
    'aux.txt',
    'com1',
    'LPT\u00b9.x',
    'con .txt',
    'CONOUT$',
    'a:b',
    'a\\b',
    'a.',
    'a ',
  ]) {
    assert.throws(() => refuseWindowsName(name), /NOENT/, name);
  }
  for (const name of ['console', 'com', 'com10', 'null', 'a.con', '.gitignore', 'naïve']) refuseWindowsName(name);
});

/** Swaps `sub` between a real folder and a link out of the granted one, as fast as it can, until it is told to stop. */
const SWAPPER = `
  const { renameSync } = require('node:fs');
  const { workerData: { folder, stop } } = require('node:worker_threads');
  const move = (from, to) => { try { renameSync(folder + from, folder + to); } catch {} };
  while (Atomics.load(stop, 0) === 0) {
    move('/real', '/sub');
    move('/sub', '/real');
    move('/link', '/sub');
    move('/sub', '/link');
  }`;

test('Linux: a folder that is swapped for a link under way lets nothing out', onLinux, async () => {
  const host = temporaryFolder();
  const data = join(host, 'data');
  mkdirSync(join(data, 'real'), { recursive: true });
  mkdirSync(join(host, 'outside'));
  writeFileSync(join(data, 'real/y'), 'fine');
  writeFileSync(join(host, 'outside/y'), 'secret');
  symlinkSync('../outside', join(data, 'link'));
  const folder = openLinuxFolder(data);
  const guest = new Direct({
    mounts: [{ guest: 'data', source: { kind: 'folder', folder }, read: true, write: true }],
  });
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const swapper = new Worker(SWAPPER, { eval: true, workerData: { folder: data, stop } });
  await new Promise((resolve) => swapper.once('online', resolve));
  const seen = new Set<string>();
  for (let index = 0; index < 100_000 && !(seen.has('fine') && seen.has('[ACCES]') && index > 3000); index++) {
    seen.add(guest.contents('data/sub/y'));
    for (const attempt of [
      guest.open('data/sub/y', { rights: WRITE_RIGHTS, flags: TRUNCATE, follow: index % 2 === 0 }),
      guest.open('data/sub/new', { rights: WRITE_RIGHTS, flags: CREATE }),
    ]) {
      if (typeof attempt === 'string') continue;
      guest.write(attempt, 'fine');
      guest.call('fd_close', attempt);
    }
    guest.call('path_create_directory', ROOT, ...guest.path('data/sub/made'));
    guest.call('path_rename', ROOT, ...guest.path('data/sub/made'), ROOT, ...guest.secondPath('data/sub/moved'));
    guest.call('path_remove_directory', ROOT, ...guest.path('data/sub/moved'));
  }
  Atomics.store(stop, 0, 1);
  await new Promise((resolve) => swapper.once('exit', resolve));
  folder.close();
  const outside = readdirSync(join(host, 'outside')).map(
    (name) => `${name}: ${readFileSync(join(host, 'outside', name))}`,
  );
  rmSync(host, { recursive: true });
  assert.ok(seen.has('fine') && seen.has('[ACCES]'), `both states were met: ${[...seen].join(' ')}`);
  assert.ok(!seen.has('secret'));
  assert.deepEqual(outside, ['y: secret']);
});

/** Prints what works. Run in a process of its own, whose folder is empty. */
const UNDER_PERMISSION = `
  import { Direct, ROOT, CREATE, WRITE_RIGHTS } from '${new URL('./direct.ts', import.meta.url)}';
  import { buildMounts } from '${new URL('../../sandbox/guest/files/mounts.ts', import.meta.url)}';
  const host = process.argv[1];
  const limits = { maxFileSize: 1e6, maxTotalWritten: 1e6, maxOpenFiles: 9, temp: false };
  const filesystem = { read: [{ guest: 'data', host: host + '/data' }], write: [{ guest: 'out', host: host + '/out' }], ...limits };
  const guest = new Direct({ mounts: buildMounts({ filesystem }) });
  const fd = guest.open('out/a', { flags: CREATE, rights: WRITE_RIGHTS | 1n << 4n | 1n << 23n });
  const path = (name, text, ...rest) => guest.call(name, ROOT, ...guest.path(text), ...rest);
  console.log([
    guest.contents('data/x'), guest.names('data').join(), guest.write(fd, 'abc'), guest.call('fd_sync', fd),
    guest.call('fd_filestat_set_size', fd, 2n), guest.call('fd_filestat_set_times', fd, 5n, 7n, 5),
    path('path_create_directory', 'out/d'), path('path_rename', 'out/a', ROOT, ...guest.secondPath('out/b')),
    path('path_unlink_file', 'out/b'), path('path_remove_directory', 'out/d'), guest.contents('data/link'),
  ].join(' '));`;

test('Linux: everything but making links works behind the permission model of Node', onLinux, () => {
  const host = realpathSync(temporaryFolder());
  for (const folder of ['data', 'out', 'empty']) mkdirSync(join(host, folder));
  writeFileSync(join(host, 'data/x'), 'x');
  writeFileSync(join(host, 'secret'), 'secret');
  symlinkSync('../secret', join(host, 'data/link'));
  const repository = new URL('../../', import.meta.url).pathname;
  const readable = [`${repository}*`, join(host, 'data'), join(host, 'out'), '/proc/self/fd/'];
  const writable = [join(host, 'out'), '/proc/self/fd/'];
  const flags = [
    ...readable.map((path) => `--allow-fs-read=${path}`),
    ...writable.map((path) => `--allow-fs-write=${path}`),
  ];
  const script = ['--input-type=module', '--eval', UNDER_PERMISSION, host];
  const output = execFileSync(process.execPath, ['--permission', ...flags, ...script], { cwd: join(host, 'empty') });
  rmSync(host, { recursive: true });
  assert.equal(String(output).trim(), `x link,x ${'SUCCESS '.repeat(8)}[ACCES]`);
});

test('outside Linux a guest makes no links', () => {
  const host = temporaryFolder();
  const folder = openCheckedFolder(host);
  const guest = new Direct({ mounts: [{ guest: '/', source: { kind: 'folder', folder }, read: true, write: true }] });
  const symlink = (path: string) => guest.call('path_symlink', ...guest.secondPath('x'), ROOT, ...guest.path(path));
  guest.call('path_create_directory', ROOT, ...guest.path('sub'));
  assert.deepEqual([symlink('link'), symlink('sub/link'), symlink('sub')], ['PERM', 'PERM', 'EXIST']);
  assert.deepEqual(readdirSync(host, { recursive: true }), ['sub']);
  rmSync(host, { recursive: true });
});
