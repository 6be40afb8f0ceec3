import assert from 'node:assert/strict';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { doErrand, leadsDown } from '../../sandbox/guest/process/errand.ts';
import { errnoName } from '../../sandbox/wasi/errno.ts';
import { wasmSandbox } from '../cli/commandLine.ts';
import { CONFIG } from './guestUnderTest.ts';

const onLinux = { skip: process.platform !== 'linux' };
const host = mkdtempSync(path.join(tmpdir(), 'errand-'));
after(() => rmSync(host, { recursive: true }));
for (const folder of ['granted/sub', 'outside']) mkdirSync(path.join(host, folder), { recursive: true });
const grant = { host: path.join(host, 'granted'), guest: 'granted' };

function symlink(folder: string, name: string, target: string, overlay = false): string {
  const fd = openSync(path.join(host, folder), 'r');
  try {
    const filesystem = { ...CONFIG.filesystem, write: [grant], overlay };
    return errnoName(doErrand({ kind: 'symlink', folder: fd, name, target }, process.pid, { ...CONFIG, filesystem }));
  } finally {
    closeSync(fd);
  }
}

test('a link is made in a write grant only, under one name, and leads down', onLinux, () => {
  assert.equal(symlink('granted', 'link', 'sub/file'), 'SUCCESS');
  assert.equal(readlinkSync(path.join(host, 'granted/link')), 'sub/file');
  assert.equal(symlink('granted/sub', 'link', 'file'), 'SUCCESS');
  assert.equal(symlink('granted', 'link', 'other'), 'EXIST');
  assert.equal(symlink('outside', 'link', 'file'), 'PERM');
  assert.equal(symlink('.', 'link', 'file'), 'PERM');
  assert.equal(symlink('granted', 'copied', 'file', true), 'PERM', 'an overlay leaves the host alone');
  for (const name of ['', '.', '..', '../outside/link', 'sub/new', '/tmp/x']) {
    assert.equal(symlink('granted', name, 'file'), 'INVAL', name);
  }
  for (const target of ['/etc/passwd', '..', '../outside', 'sub/../../outside', 'sub/..', '']) {
    assert.equal(symlink('granted', 'new', target), 'PERM', target);
    assert.equal(leadsDown(target), false, target);
  }
  assert.equal(existsSync(path.join(host, 'outside/link')), false);
});

test('a folder that is reached through a link out of the grant is outside', onLinux, () => {
  symlinkSync('../outside', path.join(host, 'granted/out'));
  assert.equal(symlink('granted/out', 'link', 'file'), 'PERM');
  assert.equal(existsSync(path.join(host, 'outside/link')), false);
});

test('just files are synced', onLinux, () => {
  const file = path.join(host, 'granted/file');
  writeFileSync(file, 'text');
  const sync = (descriptor: number) => errnoName(doErrand({ kind: 'sync', file: descriptor }, process.pid, CONFIG));
  const fd = openSync(file, 'r');
  const folder = openSync(host, 'r');
  assert.deepEqual([sync(fd), sync(folder), sync(-1), sync(9999)], ['SUCCESS', 'INVAL', 'BADF', 'NOENT']);
  for (const open of [fd, folder]) closeSync(open);
});

const PROGRAM = `
  #include <errno.h>
  #include <stdio.h>
  #include <unistd.h>
  static void told(const char *what, int result) { printf("%s: %d\\n", what, result == 0 ? 0 : errno); }
  int main() {
    told("down", symlink("text", "link"));
    told("again", symlink("text", "link"));
    told("up and in", symlink("../text", "sub/link"));
    told("out", symlink("../x", "other"));
    FILE *file = fopen("link", "w");
    fputs("synced", file);
    fflush(file);
    told("sync", fsync(fileno(file)));
    told("data", fdatasync(fileno(file)));
  }`;

test('a program makes links and syncs behind the permission model', onLinux, async () => {
  const cwd = path.join(host, 'program');
  mkdirSync(path.join(cwd, 'files/sub'), { recursive: true });
  writeFileSync(path.join(cwd, 'links.c'), PROGRAM);
  const { stdout } = await wasmSandbox(['run', '--mount', 'files::/', 'links.c'], { cwd });
  // EXIST 20, PERM 63, NOTCAPABLE 76.
  assert.equal(stdout, 'down: 0\nagain: 20\nup and in: 63\nout: 76\nsync: 0\ndata: 0\n');
  assert.equal(readlinkSync(path.join(cwd, 'files/link')), 'text');
});
