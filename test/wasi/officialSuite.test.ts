/**
 * The preview1 programs of github.com/WebAssembly/wasi-testsuite, 72 of them, 100 MB and so not kept here: set
 * WASI_TESTSUITE to a checkout of its branch prod/testsuite-base. Each one runs over every file system there is, with and
 * without instrumentation, and as a user would run it. What they check, `conformance.test.ts` checks without them.
 */
import assert from 'node:assert/strict';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { openHostFolder } from '../../sandbox/guest/files/hostFolder.ts';
import { openCheckedFolder } from '../../sandbox/guest/files/hostFolderChecked.ts';
import type { Folder } from '../../sandbox/wasi/fileSystem.ts';
import { createMemoryFileSystem, type MemoryTree } from '../../sandbox/wasi/memoryFileSystem.ts';
import { wasmSandbox } from '../cli/commandLine.ts';
import { copyOnWrite, temporaryFolder } from './backends.ts';
import { runProgram } from './program.ts';

const SUITE = process.env.WASI_TESTSUITE;
const COUNT = 72;

interface Specification {
  readonly root?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly exit_code?: number;
  readonly stdout?: string;
}

interface Program {
  readonly name: string;
  readonly folder: string;
  readonly specification: Specification;
}

const BACKENDS: Record<string, (path: string) => Folder> = {
  host: openHostFolder,
  'host, checked': (path) => openCheckedFolder(path, 'made'),
  memory: (path) => createMemoryFileSystem(treeOf(path)),
  'copy on write over the host': (path) => copyOnWrite(openHostFolder(path)),
  'copy on write over memory': (path) => copyOnWrite(createMemoryFileSystem(treeOf(path))),
};

if (SUITE === undefined) {
  test('official suite', (context) => {
    const why = `WASI_TESTSUITE is not set: none of the ${COUNT} programs of the official preview1 suite was run`;
    context.diagnostic(why);
    context.skip(why);
  });
} else {
  const programs = programsOf(SUITE);
  test('official suite: all programs are there', () => assert.equal(programs.length, COUNT));
  for (const [name, open] of Object.entries(BACKENDS)) {
    for (const instrumented of [false, true]) {
      describe(`official suite, files in ${name}${instrumented ? ', instrumented' : ''}`, () => {
        for (const program of programs) test(program.name, () => checkCore(program, open, instrumented));
      });
    }
  }
  for (const options of [[], ['--overlay']]) {
    describe(`official suite, ${['wasm-sandbox', 'run', ...options].join(' ')}`, { concurrency: 2 }, () => {
      for (const program of programs) test(program.name, () => checkCommandLine(program, options));
    });
  }
}

function programsOf(suite: string): Program[] {
  return ['assemblyscript', 'c', 'rust'].flatMap((language) => {
    const folder = join(suite, 'tests', language, 'testsuite/wasm32-wasip1');
    const names = readdirSync(folder).filter((name) => name.endsWith('.wasm'));
    return names.map((file) => {
      const name = file.slice(0, -'.wasm'.length);
      const specification = join(folder, `${name}.json`);
      const text = existsSync(specification) ? readFileSync(specification, 'utf8') : '{}';
      return { folder, name, specification: JSON.parse(text) };
    });
  });
}

function checkCore(
  { name, folder, specification }: Program,
  open: (path: string) => Folder,
  instrumented: boolean,
): void {
  const { root, args = [], env = {}, exit_code = 0, stdout } = specification;
  const files = temporaryFolder();
  if (root !== undefined) cpSync(join(folder, root), files, { recursive: true });
  const source = { kind: 'folder', folder: open(files) } as const;
  const mounts = root === undefined ? [] : [{ guest: '/', source, read: true, write: true }];
  try {
    const result = runProgram(join(folder, `${name}.wasm`), args, { mounts, env, instrumented });
    assert.equal(result.code, exit_code, result.stderr);
    if (stdout !== undefined) assert.equal(result.stdout, stdout);
  } finally {
    source.folder.close();
    rmSync(files, { recursive: true });
  }
}

/** The root is named as it would be typed: relative to the current folder. */
async function checkCommandLine({ name, folder, specification }: Program, options: readonly string[]): Promise<void> {
  const { root, args = [], env = {}, exit_code = 0, stdout } = specification;
  const cwd = temporaryFolder();
  if (root !== undefined) cpSync(join(folder, root), join(cwd, root), { recursive: true });
  const mount = root === undefined ? [] : ['--mount', `${root}::/`];
  const variables = Object.entries(env).flatMap(([key, value]) => ['--env', `${key}=${value}`]);
  const guest = args.length === 0 ? [] : ['--', ...args];
  try {
    const command = ['run', ...mount, ...options, ...variables, join(folder, `${name}.wasm`), ...guest];
    const result = await wasmSandbox(command, { cwd });
    assert.equal(result.code, exit_code, result.stderr);
    if (stdout !== undefined) assert.equal(result.stdout, stdout);
  } finally {
    rmSync(cwd, { recursive: true });
  }
}

function treeOf(path: string): MemoryTree {
  const entries = readdirSync(path).map((name) => {
    const child = join(path, name);
    return [name, statSync(child).isDirectory() ? { folder: treeOf(child) } : readFileSync(child)] as const;
  });
  return Object.fromEntries(entries);
}
