import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FileType } from '../../sandbox/wasi/abi.ts';
import { createCopyOnWrite } from '../../sandbox/wasi/copyOnWrite.ts';
import { errnoName, errnoOf } from '../../sandbox/wasi/errno.ts';
import type { Folder, OpenFile } from '../../sandbox/wasi/fileSystem.ts';
import { createMemoryFileSystem, type MemoryTree } from '../../sandbox/wasi/memoryFileSystem.ts';
import { CREATE, Direct, TRUNCATE, WRITE_RIGHTS } from './direct.ts';

const NOW = () => 1_000_000_000n;
const TREE: MemoryTree = {
  a: 'text of a',
  b: { symlink: 'a' },
  d: { folder: { a: 'in d', e: { folder: { x: 'deep', y: '' } } } },
  f: { folder: {} },
};

function memory(): Folder {
  const root = createMemoryFileSystem(TREE, NOW);
  root.link('a', root, 'hard');
  return root;
}

/** Names that meet often. */
const name = fc.constantFrom('a', 'b', 'd', 'e', 'f', 'x', 'hard');
const folder = fc.array(fc.constantFrom('d', 'e', 'f', 'a', 'x'), { maxLength: 2 });
const at = fc.nat({ max: 12 });
const place = fc.record({ folder, name });
const operation = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('write' as const), place, at, text: fc.string({ maxLength: 6 }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('open' as const), place, slot: fc.nat({ max: 2 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('writeOpen' as const), slot: fc.nat({ max: 2 }), at }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('readOpen' as const), slot: fc.nat({ max: 2 }) }) },
  fc.record({ kind: fc.constant('truncate' as const), place, at }),
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('rename' as const), place, to: place }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('link' as const), place, to: place }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('unlink' as const), place }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('removeFolder' as const), place }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('createFolder' as const), place }) },
  fc.record({ kind: fc.constant('symlink' as const), place }),
  fc.record({ kind: fc.constant('setTimes' as const), place, time: fc.bigInt({ min: 1n, max: 9n }) }),
  fc.record({ kind: fc.constant('list' as const), place }),
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

/** A file system under test with the files that it has open. */
class Subject {
  readonly root: Folder;
  readonly #open: (OpenFile | undefined)[] = [];

  constructor(root: Folder) {
    this.root = root;
  }

  /** What came of it, as text. */
  do(operation: Operation): string {
    try {
      return String(this.#do(operation));
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === undefined) throw error;
      return errnoName(errno);
    }
  }

  #do(operation: Operation): unknown {
    switch (operation.kind) {
      case 'open':
        this.#open[operation.slot]?.close();
        this.#open[operation.slot] = undefined;
        return this.#in(operation.place.folder, (folder) => {
          this.#open[operation.slot] = folder.openFile(operation.place.name, { ...HOW, write: true });
        });
      case 'writeOpen':
        return this.#open[operation.slot]?.write([new TextEncoder().encode('open')], operation.at);
      case 'readOpen': {
        const file = this.#open[operation.slot];
        return file && `${textOf(file)} ${file.stat().links}`;
      }
      default:
        return this.#in(operation.place.folder, (folder) => this.#inFolder(folder, operation));
    }
  }

  #inFolder(folder: Folder, operation: Exclude<Operation, { kind: 'open' | 'writeOpen' | 'readOpen' }>): unknown {
    const { name } = operation.place;
    switch (operation.kind) {
      case 'write':
        return using(folder.openFile(name, { ...HOW, write: true, create: true }), (file) =>
          file.write([new TextEncoder().encode(operation.text)], operation.at),
        );
      case 'truncate':
        return using(folder.openFile(name, { ...HOW, write: true }), (file) => file.truncate(operation.at));
      case 'rename':
        return this.#in(operation.to.folder, (to) => folder.rename(name, to, operation.to.name));
      case 'link':
        return this.#in(operation.to.folder, (to) => folder.link(name, to, operation.to.name));
      case 'symlink':
        return folder.symlink('target', name);
      case 'setTimes':
        return folder.setTimes(name, { accessed: operation.time, modified: undefined });
      case 'list':
        return describe(folder);
      default:
        return folder[operation.kind](name);
    }
  }

  #in<T>(path: readonly string[], run: (folder: Folder) => T): T {
    let folder = this.root.duplicate();
    try {
      for (const part of path) {
        const next = folder.openFolder(part);
        folder.close();
        folder = next;
      }
      return run(folder);
    } finally {
      folder.close();
    }
  }
}

const HOW = { read: true, write: false, create: false, exclusive: false, truncate: false, sync: false };

function using<T>(file: OpenFile, run: (file: OpenFile) => T): T {
  try {
    return run(file);
  } finally {
    file.close();
  }
}

function textOf(file: OpenFile): string {
  const bytes = new Uint8Array(100);
  return JSON.stringify(new TextDecoder('latin1').decode(bytes.subarray(0, file.read([bytes], 0))));
}

/** The whole tree: names, types, contents, links, times that were set, and which names are the same file. */
function describe(folder: Folder, seen = new Map<string, number>()): string {
  const entries = folder.list().toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const lines = entries.map(({ name, type, inode }) => {
    const stat = folder.stat(name);
    assert.deepEqual([type, inode], [stat.type, stat.inode]);
    const key = `${stat.device}:${stat.inode}`;
    if (!seen.has(key)) seen.set(key, seen.size);
    const status = `${seen.get(key)} ${type === FileType.DIRECTORY ? '' : stat.links} ${stat.accessed}`;
    return `${name} ${status} ${contents(folder, name, type, seen)}`;
  });
  return `{${lines.join('; ')}}`;
}

function contents(folder: Folder, name: string, type: FileType, seen: Map<string, number>): string {
  if (type === FileType.SYMBOLIC_LINK) return folder.readlink(name);
  if (type === FileType.DIRECTORY) return within(folder.openFolder(name), (inner) => describe(inner, seen));
  return using(folder.openFile(name, HOW), (file) => `${textOf(file)} ${file.size()}`);
}

function within(folder: Folder, run: (folder: Folder) => string): string {
  try {
    return run(folder);
  } finally {
    folder.close();
  }
}

test('it behaves as a file system in memory does, and leaves the base as it was', () => {
  const untouched = describe(memory());
  const run = (operations: readonly Operation[]) => {
    const base = memory();
    const plain = new Subject(memory());
    const copied = new Subject(createCopyOnWrite(base, { now: NOW, maxBytes: Number.POSITIVE_INFINITY }));
    for (const operation of operations) {
      assert.equal(copied.do(operation), plain.do(operation), fc.stringify(operation));
      assert.equal(describe(copied.root), describe(plain.root));
    }
    assert.equal(describe(base), untouched);
  };
  fc.assert(fc.property(fc.array(operation, { maxLength: 30 }), run), { numRuns: 1500 });
});

test('copies in memory are limited, and the limit is a violation', () => {
  const base = createMemoryFileSystem({ large: 'x'.repeat(5000), small: 'y' });
  const folder = createCopyOnWrite(base, { now: NOW, maxBytes: 1000 });
  const guest = new Direct({ mounts: [{ guest: '/', source: { kind: 'folder', folder }, read: true, write: true }] });
  const fd = guest.open('large', { rights: WRITE_RIGHTS });
  assert.equal(guest.write(Number(fd), 'z'), 'DQUOT');
  assert.deepEqual(guest.violations, [
    {
      operation: 'fd_write',
      target: '/large',
      required: 'filesystem.maxTotalWritten',
      available: ['1000'],
      decision: 'denied',
      errno: 'DQUOT',
      needed: 5000,
    },
  ]);
  assert.equal(guest.contents('large').length, 1000, 'what one read of the test takes');
  // Cut to nothing, nothing has to be kept of it.
  assert.equal(guest.write(Number(guest.open('large', { rights: WRITE_RIGHTS, flags: TRUNCATE })), 'short'), 'SUCCESS');
  assert.equal(guest.contents('large'), 'short');
  assert.equal(guest.write(Number(guest.open('new', { rights: WRITE_RIGHTS, flags: CREATE })), 'fits'), 'SUCCESS');
});

test('memory of deleted files is given back', () => {
  const folder = createCopyOnWrite(createMemoryFileSystem({ a: 'x'.repeat(600) }), { now: NOW, maxBytes: 1000 });
  for (let round = 0; round < 10; round++) {
    using(folder.openFile('b', { ...HOW, write: true, create: true }), (file) => file.write([new Uint8Array(900)], 0));
    folder.unlink('b');
  }
  using(folder.openFile('a', { ...HOW, write: true }), (file) => file.write([Uint8Array.of(1)], 0));
  folder.unlink('a');
  using(folder.openFile('b', { ...HOW, write: true, create: true }), (file) => file.write([new Uint8Array(900)], 0));
});

test('what others change beneath is seen until the guest changes it', () => {
  const base = createMemoryFileSystem({ a: 'before' });
  const folder = createCopyOnWrite(base, { now: NOW, maxBytes: 1000 });
  const open = folder.openFile('a', { ...HOW, write: true });
  using(base.openFile('a', { ...HOW, write: true }), (file) => file.write([new TextEncoder().encode('after!!')], 0));
  assert.deepEqual([textOf(open), open.size(), folder.stat('a').size], ['"after!!"', 7, 7n]);
  open.write([new TextEncoder().encode('mine')], 0);
  using(base.openFile('a', { ...HOW, write: true }), (file) => file.truncate(0));
  assert.deepEqual([textOf(open), folder.stat('a').size], ['"miner!!"', 7n]);
});

test('names in memory are limited, and a move that finds no room changes nothing', () => {
  const folder = createCopyOnWrite(createMemoryFileSystem({ a: 'text' }), { now: NOW, maxBytes: 1000 });
  const create = (name: string) => using(folder.openFile(name, { ...HOW, write: true, create: true }), () => {});
  let made = 0;
  assert.throws(() => {
    for (; made < 100_000; made++) create(`name ${made}`);
  }, /NOSPC/);
  assert.ok(made > 60_000);
  assert.throws(() => folder.rename('a', folder, 'b'), /NOSPC/);
  assert.throws(() => folder.unlink('a'), /NOSPC/);
  assert.equal(using(folder.openFile('a', HOW), textOf), '"text"');
  for (let index = 0; index < 10; index++) folder.unlink(`name ${index}`);
  folder.rename('a', folder, 'b');
  assert.deepEqual([folder.stat('b').size, folder.list().length], [4n, made - 9]);
});
