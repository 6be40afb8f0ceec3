/**
 * Every way to name a path, through every kind of link, at every depth: whatever a call answers, nothing outside of the
 * granted folder is read, changed or even looked at.
 */
import assert from 'node:assert/strict';
import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { openHostFolder } from '../../sandbox/guest/files/hostFolder.ts';
import { openCheckedFolder } from '../../sandbox/guest/files/hostFolderChecked.ts';
import type { Folder } from '../../sandbox/wasi/fileSystem.ts';
import { copyOnWrite, temporaryFolder } from './backends.ts';
import { ALL_RIGHTS, CREATE, DIRECTORY, Direct, EXCLUSIVE, ROOT, TRUNCATE, WRITE_RIGHTS } from './direct.ts';

const FOLDERS: Record<string, (path: string) => Folder> = {
  'host folder': openHostFolder,
  'host folder, checked': (path) => openCheckedFolder(path, 'made'),
  'copy on write over a host folder': (path) => copyOnWrite(openHostFolder(path)),
};

/** Targets of the links, seen from the root of the granted folder. */
const LINKS: Record<string, (outside: string) => string> = {
  file: () => '../outside/file',
  folder: () => '../outside',
  'folder/': () => '../outside/',
  missing: () => '../outside/missing',
  parent: () => '..',
  detour: () => 'inner/../../outside/file',
  'absolute file': (outside) => join(outside, 'file'),
  'absolute folder': (outside) => outside,
  'absolute missing': (outside) => join(outside, 'missing'),
  'far out': () => '../../../../../../../../../../etc/hostname',
  'another link': () => 'link to a link',
};

/** Behind the link's name: the second half goes through it. */
const TAILS = ['', '/', '/.', '//', '/file', '/missing', '/folder/', '/../file', '/../outside/file', '/folder/..'];

const DEPTHS = ['', 'inner/deep/'];

const STAT = 40_000;
const READ = 30_000;

type Operation = (guest: Direct, path: string) => string | number;

const two =
  (name: 'path_rename' | 'path_link', way: 'from' | 'to'): Operation =>
  (guest, path) => {
    const [from, to] = way === 'from' ? [path, 'taken'] : ['own', path];
    const flags = name === 'path_link' ? [0] : [];
    return guest.call(name, ROOT, ...flags, ...guest.path(from), ROOT, ...guest.secondPath(to));
  };

const OPERATIONS: Record<string, Operation> = {
  read: (guest, path) => guest.contents(path),
  'read, not following': (guest, path) => guest.open(path, { follow: false }),
  write: (guest, path) => written(guest, guest.open(path, { rights: WRITE_RIGHTS })),
  'read and write': (guest, path) => written(guest, guest.open(path, { rights: ALL_RIGHTS })),
  create: (guest, path) => written(guest, guest.open(path, { rights: WRITE_RIGHTS, flags: CREATE })),
  'create, not following': (guest, path) =>
    written(guest, guest.open(path, { rights: WRITE_RIGHTS, flags: CREATE, follow: false })),
  'create what is new': (guest, path) =>
    written(guest, guest.open(path, { rights: WRITE_RIGHTS, flags: CREATE | EXCLUSIVE })),
  truncate: (guest, path) => guest.open(path, { rights: WRITE_RIGHTS, flags: TRUNCATE }),
  'truncate, reading': (guest, path) => guest.open(path, { flags: TRUNCATE }),
  list: (guest, path) => String(guest.names(path)),
  'a folder below': (guest, path) => belowOf(guest, guest.open(path, { flags: DIRECTORY, rights: ALL_RIGHTS })),
  stat: (guest, path) => guest.call('path_filestat_get', ROOT, 1, ...guest.path(path), STAT),
  'stat, not following': (guest, path) => guest.call('path_filestat_get', ROOT, 0, ...guest.path(path), STAT),
  'set times': (guest, path) => guest.call('path_filestat_set_times', ROOT, 1, ...guest.path(path), 1n, 1n, 5),
  'set times, not following': (guest, path) =>
    guest.call('path_filestat_set_times', ROOT, 0, ...guest.path(path), 1n, 1n, 5),
  readlink: (guest, path) => guest.call('path_readlink', ROOT, ...guest.path(path), READ, 100, 128),
  'make a folder': (guest, path) => guest.call('path_create_directory', ROOT, ...guest.path(path)),
  'remove a folder': (guest, path) => guest.call('path_remove_directory', ROOT, ...guest.path(path)),
  unlink: (guest, path) => guest.call('path_unlink_file', ROOT, ...guest.path(path)),
  'make a link': (guest, path) => guest.call('path_symlink', ...guest.secondPath('x'), ROOT, ...guest.path(path)),
  'rename from': two('path_rename', 'from'),
  'rename to': two('path_rename', 'to'),
  'link from': two('path_link', 'from'),
  'link to': two('path_link', 'to'),
};

function written(guest: Direct, fd: string | number): string {
  if (typeof fd === 'string') return fd;
  guest.write(fd, 'escaped');
  guest.call('fd_filestat_set_times', fd, 1n, 1n, 5);
  return guest.call('fd_close', fd);
}

function belowOf(guest: Direct, base: string | number): string | number {
  if (typeof base === 'string') return base;
  const inner = guest.open('file', { base, rights: ALL_RIGHTS, flags: CREATE });
  const outer = guest.open('../outside/file', { base });
  for (const fd of [base, inner, outer]) if (typeof fd === 'number') guest.call('fd_close', fd);
  return outer;
}

for (const [name, open] of Object.entries(FOLDERS)) {
  describe(name, { skip: process.platform === 'win32' && 'making links takes a privilege there' }, () => {
    for (const [kind, target] of Object.entries(LINKS)) {
      test(`a link to: ${kind}`, () => {
        const host = temporaryFolder();
        const outside = join(host, 'outside');
        makeOutside(outside);
        const before = snapshot(outside);
        const inodes = inodesOf(outside);
        for (const depth of DEPTHS) {
          const path = (tail: string) => `${depth}link${tail}`;
          let granted = new Granted(open, () => makeGranted(host, depth, target(outside)));
          for (const [operation, run] of Object.entries(OPERATIONS)) {
            for (const tail of TAILS) {
              const what = `${operation} ${path(tail)}`;
              const { guest } = granted;
              const answer = String(run(guest, path(tail)));
              assert.doesNotMatch(answer, /secret|folder,|^\d+$/, what);
              assert.doesNotMatch(new TextDecoder('latin1').decode(guest.bytes.subarray(20_480)), /secret/, what);
              if (answer === 'SUCCESS') assert.ok(!inodes.has(guest.view.getBigUint64(STAT + 8, true)), what);
              assert.equal(snapshot(outside), before, what);
              // Nothing has changed: the next call finds the same.
              if (/^[A-Z]+$/.test(answer) && answer !== 'SUCCESS') continue;
              granted.remove();
              granted = new Granted(open, () => makeGranted(host, depth, target(outside)));
            }
          }
          granted.remove();
        }
        rmSync(host, { recursive: true });
      });
    }
  });
}

/** A guest with a folder that holds the link. */
class Granted {
  readonly guest: Direct;
  readonly #folder: Folder;
  readonly #path: string;

  constructor(open: (path: string) => Folder, make: () => string) {
    this.#path = make();
    this.#folder = open(this.#path);
    const source = { kind: 'folder', folder: this.#folder } as const;
    this.guest = new Direct({ mounts: [{ guest: '/', source, read: true, write: true }] });
  }

  remove(): void {
    this.guest.core.close();
    this.#folder.close();
    rmSync(this.#path, { recursive: true });
  }
}

function makeOutside(outside: string): void {
  mkdirSync(join(outside, 'folder'), { recursive: true });
  writeFileSync(join(outside, 'file'), 'secret');
  writeFileSync(join(outside, 'folder/file'), 'secret');
}

/** The link climbs as many folders more as it lies deep. */
function makeGranted(host: string, depth: string, target: string): string {
  const granted = join(host, 'granted');
  mkdirSync(join(granted, 'inner/deep/inner'), { recursive: true });
  mkdirSync(join(granted, 'inner/inner'));
  writeFileSync(join(granted, 'own'), 'own');
  const climb = '../'.repeat(depth.split('/').length - 1);
  const seen = target.startsWith('/') || target.startsWith('inner') ? target : climb + target;
  if (target === 'link to a link') {
    symlinkSync(`${'../'.repeat(depth.split('/').length)}outside`, join(granted, `${depth}second`));
    symlinkSync('second', join(granted, `${depth}link`));
  } else
    symlinkSync(target.startsWith('inner') ? `inner/../${climb}../outside/file` : seen, join(granted, `${depth}link`));
  return granted;
}

function snapshot(folder: string): string {
  const lines = readdirSync(folder, { recursive: true }).map((name) => {
    const path = join(folder, String(name));
    const { mtimeNs, nlink, size } = lstatSync(path, { bigint: true });
    const contents = statSync(path).isFile() ? readFileSync(path, 'utf8') : '';
    return `${name} ${mtimeNs} ${nlink} ${size} ${contents}`;
  });
  return lines.sort().join('\n') + statSync(folder, { bigint: true }).mtimeNs;
}

function inodesOf(folder: string): Set<bigint> {
  const paths = ['.', '..', ...readdirSync(folder, { recursive: true }).map(String)];
  return new Set(paths.map((path) => statSync(join(folder, path), { bigint: true }).ino));
}
