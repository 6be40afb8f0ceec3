import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { disposeCompilers, Sandbox } from '../../sandbox/index.ts';
import { FIXTURES, start, wasmSandbox } from './commandLine.ts';

const MAIN = path.join(import.meta.dirname, '../../sandbox/cli/main.ts');
const NODE_COMPILE_CACHE = path.join(tmpdir(), 'wasm-sandbox-compile-cache');
after(disposeCompilers);

const END_OF_INPUT = '\x04';

/** Lines are typed one after the other, each when the answer to the one before has come. */
async function converse({ stdin, stdout }: ChildProcess, end: () => void): Promise<string> {
  let heard = '';
  let wake = () => {};
  stdout?.setEncoding('utf8').on('data', (text: string) => {
    heard += text.replaceAll('\r', '');
    wake();
  });
  const hears = async (text: string) => {
    while (!heard.includes(text)) await new Promise<void>((resolve) => (wake = resolve));
  };
  await hears('at once: 0\n');
  stdin?.write('one\n');
  await hears('in time: 1\n');
  await hears('got one\n');
  stdin?.write('two\n');
  await hears('got two\n');
  end();
  await hears('end\n');
  return heard;
}

test('a program waits for a pipe, and answers line by line', { timeout: 60_000 }, async () => {
  const child = start(['run', 'lines.c']);
  const closed = once(child, 'close');
  const heard = await converse(child, () => child.stdin.end());
  assert.equal(heard, 'at once: 0\nin time: 1\ngot one\ngot two\nend\n');
  assert.deepEqual(await closed, [0, null]);
});

test('so it does in a terminal', { skip: process.platform !== 'linux', timeout: 60_000 }, async () => {
  const command = [process.execPath, MAIN, 'run', 'lines.c'].map((word) => `'${word}'`).join(' ');
  const env = { ...process.env, NODE_COMPILE_CACHE };
  // Of util-linux: gives the command a terminal of its own.
  const child = spawn('script', ['-qefc', command, '/dev/null'], { cwd: FIXTURES, env, stdio: 'pipe' });
  const closed = once(child, 'close');
  const heard = await converse(child, () => child.stdin.write(END_OF_INPUT));
  // The terminal shows what is typed.
  assert.equal(heard.replace(/^\^D.*\n?/m, ''), 'at once: 0\none\nin time: 1\ngot one\ntwo\ngot two\nend\n');
  assert.deepEqual(await closed, [0, null]);
});

test('a program knows a pipe from a terminal, and writes to it in larger pieces', async () => {
  const { stdout, stderr } = await wasmSandbox(['run', '--json', 'terminals.c']);
  assert.match(stderr, /^0 0 0\n(line\n){1000}$/);
  const { hostCalls } = JSON.parse(stdout).usage;
  assert.ok(hostCalls < 100, `${hostCalls} host calls`);
});

test('in a terminal it writes line by line', { skip: process.platform !== 'linux', timeout: 60_000 }, async () => {
  const command = `'${process.execPath}' '${MAIN}' run terminals.c`;
  const env = { ...process.env, NODE_COMPILE_CACHE };
  const child = spawn('script', ['-qefc', command, '/dev/null'], { cwd: FIXTURES, env, stdio: 'pipe' });
  let heard = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    heard += text.replaceAll('\r', '');
  });
  await once(child, 'close');
  assert.match(heard, /^1 1 1\n(line\n){1000}$/);
});

test('the library keeps what a program wrote before it trapped, unless the caller has it otherwise', async () => {
  const sandbox = Sandbox.fromSource(path.join(FIXTURES, 'terminals.c'));
  const kept = await sandbox.execute(undefined, { args: ['trap'] });
  assert.equal(kept.stdout, 'line\n'.repeat(1000));
  const terminals = { stdin: false, stdout: false, stderr: false };
  const faster = await sandbox.execute(undefined, { args: ['trap'], terminals });
  assert.equal(faster.stderr, '0 0 0\n');
  assert.ok(faster.stdout.length < kept.stdout.length);
});
