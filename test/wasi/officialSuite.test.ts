/**
 * The preview1 programs of github.com/WebAssembly/wasi-testsuite (100 MB, so not kept here): set WASI_TESTSUITE to a
 * checkout of its branch prod/testsuite-base.
 */
import assert from 'node:assert/strict';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { openHostFolder } from '../../sandbox/guest/hostFolder.ts';
import type { Folder } from '../../sandbox/wasi/fileSystem.ts';
import { createMemoryFileSystem, type MemoryTree } from '../../sandbox/wasi/memoryFileSystem.ts';
import { temporaryFolder } from './backends.ts';
import { runProgram } from './program.ts';

const SUITE = process.env.WASI_TESTSUITE;

interface Specification {
  readonly root?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly exit_code?: number;
  readonly stdout?: string;
}

const BACKENDS: Record<string, (path: string) => Folder> = {
  host: openHostFolder,
  memory: (path) => createMemoryFileSystem(treeOf(path)),
};

for (const [name, open] of Object.entries(BACKENDS)) {
  describe(`official suite, files in ${name}`, { skip: SUITE === undefined && 'WASI_TESTSUITE is not set' }, () => {
    for (const program of programs()) test(program.name, () => check(program, open));
  });
}

interface Program {
  readonly name: string;
  readonly folder: string;
}

function programs(): Program[] {
  if (SUITE === undefined) return [];
  return ['assemblyscript', 'c', 'rust'].flatMap((language) => {
    const folder = join(SUITE, 'tests', language, 'testsuite/wasm32-wasip1');
    const names = readdirSync(folder).filter((name) => name.endsWith('.wasm'));
    return names.map((name) => ({ folder, name: name.slice(0, -'.wasm'.length) }));
  });
}

function check({ name, folder }: Program, open: (path: string) => Folder): void {
  const specificationFile = join(folder, `${name}.json`);
  const text = existsSync(specificationFile) ? readFileSync(specificationFile, 'utf8') : '{}';
  const { root, args = [], env = {}, exit_code = 0, stdout }: Specification = JSON.parse(text);
  const files = temporaryFolder();
  if (root !== undefined) cpSync(join(folder, root), files, { recursive: true });
  const source = { kind: 'folder', folder: open(files) } as const;
  const mounts = root === undefined ? [] : [{ guest: '/', source, read: true, write: true }];
  try {
    const result = runProgram(join(folder, `${name}.wasm`), args, { mounts, env });
    assert.equal(result.code, exit_code, result.stderr);
    if (stdout !== undefined) assert.equal(result.stdout, stdout);
  } finally {
    source.folder.close();
    rmSync(files, { recursive: true });
  }
}

function treeOf(path: string): MemoryTree {
  const entries = readdirSync(path).map((name) => {
    const child = join(path, name);
    return [name, statSync(child).isDirectory() ? { folder: treeOf(child) } : readFileSync(child)] as const;
  });
  return Object.fromEntries(entries);
}
