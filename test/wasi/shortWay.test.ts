/** The short way to files below a granted folder: taken when no link lies in the path, and never when one does. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, beforeEach, describe, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { openLinuxFolder } from '../../sandbox/guest/files/hostFolderLinux.ts';
import { FileType } from '../../sandbox/wasi/abi.ts';
import type { Folder, OpenHow } from '../../sandbox/wasi/fileSystem.ts';
import { createMemoryFileSystem } from '../../sandbox/wasi/memoryFileSystem.ts';
import { temporaryFolder } from './backends.ts';
import { Direct } from './direct.ts';

const READ: OpenHow = { read: true, write: false, create: false, exclusive: false, truncate: false, sync: false };

function contents(folder: Folder, ...names: string[]): string | undefined {
  const file = folder.openBelow?.(names, READ);
  if (file === undefined) return undefined;
  const bytes = new Uint8Array(100);
  const length = file.read([bytes], 0);
  file.close();
  return new TextDecoder().decode(bytes.subarray(0, length));
}

describe('memory', () => {
  const folder = createMemoryFileSystem({
    a: { folder: { b: { folder: { file: 'text' } }, link: { symlink: 'b' }, loop: { symlink: 'loop' } } },
  });

  test('reaches files through folders only', () => {
    assert.equal(contents(folder, 'a', 'b', 'file'), 'text');
    assert.equal(folder.statBelow?.(['a', 'b', 'file'])?.size, 4n);
    assert.equal(folder.statBelow?.(['a', 'link'])?.type, FileType.SYMBOLIC_LINK);
    for (const names of [
      ['a', 'link', 'file'],
      ['a', 'b'],
      ['a', 'loop'],
      ['a', 'b', 'none'],
      ['a', 'b', 'file', 'x'],
    ])
      assert.equal(contents(folder, ...names), undefined, names.join('/'));
  });
});

describe('Linux', { skip: process.platform !== 'linux' && 'only there' }, () => {
  const root = temporaryFolder();
  const granted = join(root, 'granted');
  let folder: Folder;
  after(() => rmSync(root, { recursive: true }));

  beforeEach(() => {
    rmSync(root, { recursive: true });
    mkdirSync(join(granted, 'a/b'), { recursive: true });
    mkdirSync(join(root, 'outside/b'), { recursive: true });
    writeFileSync(join(granted, 'a/b/file'), 'text');
    writeFileSync(join(root, 'outside/b/file'), 'secret');
    folder = openLinuxFolder(granted);
  });

  test('reaches files through folders only', () => {
    symlinkSync('../../outside', join(granted, 'a/out'));
    symlinkSync('b', join(granted, 'a/in'));
    symlinkSync('file', join(granted, 'a/b/link'));
    execFileSync('mkfifo', [join(granted, 'a/pipe')]);
    assert.equal(contents(folder, 'a', 'b', 'file'), 'text');
    assert.equal(folder.statBelow?.(['a', 'b', 'file'])?.size, 4n);
    for (const names of [
      ['a', 'out', 'b', 'file'],
      ['a', 'in', 'file'],
      ['a', 'b', 'none'],
    ]) {
      assert.equal(contents(folder, ...names), undefined, names.join('/'));
      assert.equal(folder.statBelow?.(names), undefined, names.join('/'));
    }
    for (const names of [
      ['a', 'b', 'link'],
      ['a', 'pipe'],
      ['a', 'b'],
    ])
      assert.equal(contents(folder, ...names), undefined);
  });

  test('a granted folder that was moved is no longer reached so', () => {
    renameSync(granted, join(root, 'elsewhere'));
    assert.equal(contents(folder, 'a', 'b', 'file'), undefined);
  });

  test('names that only look alike are not taken for each other', () => {
    const odd = Buffer.concat([Buffer.from(`${granted}/a/`), Buffer.from([0xff])]);
    mkdirSync(odd);
    writeFileSync(Buffer.concat([odd, Buffer.from('/file')]), 'odd');
    assert.equal(contents(folder, 'a', '\ufffd', 'file'), undefined);
  });

  test('a folder that becomes a link again and again never leads out', async () => {
    // Another thread exchanges granted/a for a link to outside and back, as fast as it can.
    const swap = `
      const { renameSync, symlinkSync } = require('node:fs');
      const { workerData: [granted, outside] } = require('node:worker_threads');
      symlinkSync(outside, granted + '/link');
      for (;;) {
        renameSync(granted + '/a', granted + '/kept');
        renameSync(granted + '/link', granted + '/a');
        renameSync(granted + '/a', granted + '/link');
        renameSync(granted + '/kept', granted + '/a');
      }`;
    const worker = new Worker(swap, { eval: true, workerData: [granted, join(root, 'outside')] });
    const guest = new Direct({
      mounts: [{ guest: '/', source: { kind: 'folder', folder }, read: true, write: true }],
    });
    const seen = new Map<string, number>();
    try {
      for (let round = 0; round < 4_000 || (seen.size < 2 && round < 200_000); round++) {
        const text = guest.contents('a/b/file');
        seen.set(text, (seen.get(text) ?? 0) + 1);
      }
    } finally {
      await worker.terminate();
    }
    assert.ok((seen.get('text') ?? 0) > 0, JSON.stringify([...seen]));
    assert.ok(!seen.has('secret'), JSON.stringify([...seen]));
    assert.ok(seen.size > 1, `nothing was ever exchanged: ${JSON.stringify([...seen])}`);
  });
});
