/** A program is run with its host calls answered from a recording of it, and does the same with no host at all. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { watch } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { compile } from '../../sandbox/compile/compile.ts';
import type { SandboxOptions } from '../../sandbox/library/options.ts';
import { type RunOptions, Sandbox } from '../../sandbox/library/sandbox.ts';
import { openRecording } from '../../sandbox/recording/reader.ts';
import { Recorder } from '../../sandbox/recording/recorder.ts';
import { recordingStart } from '../../sandbox/recording/recordingWriter.ts';
import { createMemoryFileSystem, type MemoryTree } from '../../sandbox/wasi/memoryFileSystem.ts';
import { runProgram } from '../wasi/program.ts';
import { equal, HEADER } from './recorded.ts';
import { replay } from './replayed.ts';

const FILES = fileURLToPath(new URL('../fixtures/wasi/files.wasm', import.meta.url));
const ENDS = fileURLToPath(new URL('../fixtures/recording/ends.wat', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'recording-'));
after(() => rmSync(folder, { recursive: true }));

test('a program with files, folders and input does the same without them', () => {
  const args = ['write', 'a', 'text', 'read', 'a', 'list', '.', 'stat', 'a', 'read', 'nothing', 'env', 'A', 'echo'];
  const blocks: Uint8Array[] = [recordingStart(HEADER)];
  const recorder = new Recorder({ sink: (block) => void blocks.push(block.slice()), equal });
  const source = { kind: 'folder', folder: createMemoryFileSystem({ b: 'b' }) } as const;
  const live = runProgram(FILES, args, {
    mounts: [{ guest: '/', source, read: true, write: true }],
    env: { A: 'b' },
    stdin: 'line\n',
    observer: recorder,
    onMemory: (memory) => recorder.bind(memory),
  });
  recorder.ended({ kind: 'exited', code: live.code });
  const { stdout, stderr, departed } = replay(Buffer.concat(blocks), readFileSync(FILES));
  assert.deepEqual([stdout, stderr, departed], [live.stdout, live.stderr, undefined]);
  assert.match(stdout, /> line\nend of input\n$/);
});

describe('runs recorded by the library', { concurrency: true }, () => {
  test('an exit code that nobody can foresee', async () => {
    const { report, replayed } = await recorded('leave');
    assert.ok(report.outcome.kind === 'exited');
    assert.deepEqual(replayed.end, { kind: 'exited', code: report.outcome.code, results: [] });
    assert.equal(replayed.stdout, 'a line\n');
  });

  test('a function that returns', async () => {
    const { report, replayed } = await recorded('return');
    assert.ok(report.outcome.kind === 'exited');
    assert.deepEqual(replayed.end, { kind: 'exited', code: 0, results: [report.outcome.value] });
    assert.equal(replayed.stderr, 'a line\n');
  });

  test('a trap', async () => {
    const { report, replayed } = await recorded('trap');
    assert.equal(report.outcome.kind, 'trapped');
    assert.deepEqual([replayed.stdout, replayed.trap], ['a line\n', 'unreachable']);
  });

  test('outputs under other numbers', async () => {
    const { report, replayed } = await recorded('renumbered');
    assert.deepEqual([report.stdout, replayed.stdout], ['a line\n', 'a line\n']);
  });

  test('an output that exceeds its limit ends at the same byte', async () => {
    const { report, replayed } = await recorded('flood', { config: { maxOutput: 100_003 } });
    assert.equal(report.outcome.kind, 'exhausted');
    assert.equal(report.stdout.length, 100_003);
    assert.equal(replayed.stdout, report.stdout);
    assert.equal((replayed.end as { kind: string }).kind, 'exhausted');
  });

  test('a limit that falls while the program waits', async () => {
    const { report, replayed } = await recorded('wait', { timeout: 300 }, { stdin: nothing(new Promise(() => {})) });
    assert.equal(report.outcome.kind, 'exhausted');
    assert.equal(replayed.stdout, 'a line\n');
    assert.equal((replayed.end as { kind: string }).kind, 'exhausted');
  });

  test('a run that is killed while it waits keeps what came before', async () => {
    const abort = new AbortController();
    const file = join(folder, 'killed.wsrec');
    const stdin = nothing(recordedCalls(file).then(() => abort.abort()));
    const run = { record: file, signal: abort.signal, stdin };
    const { outcome } = await Sandbox.fromSource(ENDS).execute({ functionName: 'wait' }, run);
    assert.equal(outcome.kind, 'killed');
    assert.deepEqual(callsIn(file), ['fd_write']);
  });
});

test('another module is noticed at its first other call', async () => {
  const { recording } = await recorded('trap');
  const { departed } = replay(recording, readFileSync(FILES));
  assert.equal(departed?.kind, 'mismatch');
  assert.match(
    departed.message,
    /^After \d+ host calls, after instant \d+, the program called \w+, but the recording has/,
  );
});

test('a recording that breaks off says so where it does', async () => {
  const { recording, wasm } = await recorded('leave');
  const { departed, end } = replay(recording.subarray(0, recording.length - 1), wasm, 'leave');
  assert.equal(departed?.kind, 'cut');
  assert.equal(end, undefined);
});

const SUITE = process.env.WASI_TESTSUITE;
test('programs of the official suite', { skip: SUITE === undefined && 'WASI_TESTSUITE is not set' }, () => {
  for (const { file, specification } of suitePrograms(SUITE ?? '')) {
    const { root, args = [], env = {} } = specification;
    const blocks: Uint8Array[] = [recordingStart(HEADER)];
    const recorder = new Recorder({ sink: (block) => void blocks.push(block.slice()), equal });
    const tree = root === undefined ? {} : treeOf(join(file, '..', root));
    const source = { kind: 'folder', folder: createMemoryFileSystem(tree) } as const;
    const live = runProgram(file, args, {
      mounts: root === undefined ? [] : [{ guest: '/', source, read: true, write: true }],
      env,
      observer: recorder,
      onMemory: (memory) => recorder.bind(memory),
    });
    recorder.ended({ kind: 'exited', code: live.code });
    const { stdout, stderr, end, departed } = replay(Buffer.concat(blocks), readFileSync(file));
    const { code } = live;
    const expected = { stdout: live.stdout, stderr: live.stderr, end: { kind: 'exited', code }, departed: undefined };
    assert.deepEqual({ stdout, stderr, end, departed }, expected, file);
  }
});

/** Calls an export of `ends.wat` with a recording, and then again from it. */
async function recorded(name: string, options: SandboxOptions = {}, run: RunOptions = {}) {
  const file = join(folder, `${name}.wsrec`);
  const report = await Sandbox.fromSource(ENDS, options).execute({ functionName: name }, { ...run, record: file });
  const compiled = await compile({ program: ENDS });
  assert.ok(compiled.ok);
  const { wasm } = compiled.artifact;
  const recording = readFileSync(file);
  if (process.platform !== 'win32') assert.equal(statSync(file).mode & 0o077, 0);
  return { report, recording, wasm, replayed: replay(recording, wasm, name) };
}

/** An input with nothing in it. */
async function* nothing(until: Promise<void>): AsyncIterable<Uint8Array> {
  yield new Uint8Array(0);
  await until;
}

async function recordedCalls(file: string): Promise<void> {
  for await (const _ of watch(folder)) if (existsSync(file) && callsIn(file).length > 0) return;
}

function callsIn(file: string): string[] {
  return [...openRecording(readFileSync(file)).entries()].flatMap((entry) =>
    entry.kind === 'call' ? [entry.name] : [],
  );
}

interface SuiteProgram {
  readonly file: string;
  readonly specification: {
    readonly root?: string;
    readonly args?: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
  };
}

function suitePrograms(suite: string): SuiteProgram[] {
  return ['assemblyscript', 'c', 'rust'].flatMap((language) => {
    const programs = join(suite, 'tests', language, 'testsuite/wasm32-wasip1');
    const names = readdirSync(programs).filter((name) => name.endsWith('.wasm'));
    return names.map((name) => {
      const file = join(programs, name);
      const specification = file.replace(/wasm$/, 'json');
      const text = existsSync(specification) ? readFileSync(specification, 'utf8') : '{}';
      return { file, specification: JSON.parse(text) as SuiteProgram['specification'] };
    });
  });
}

function treeOf(path: string): MemoryTree {
  const entries = readdirSync(path).map((name) => {
    const child = join(path, name);
    return [name, statSync(child).isDirectory() ? { folder: treeOf(child) } : readFileSync(child)] as const;
  });
  return Object.fromEntries(entries);
}
