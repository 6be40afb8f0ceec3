import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { runtimeFor } from '../../sandbox/guest/process/guestRuntime.ts';

const TOO_OLD = 'v20.20.2';
/** Where no package is installed, up to the root. */
const BARE = path.join(path.parse(process.execPath).root, 'nowhere', 'dist', 'index.mjs');
const CLI = path.join(import.meta.dirname, '../../sandbox/cli/main.ts');
const PROGRAM = path.join(import.meta.dirname, '../../examples/wat/primes.wat');

test('a runtime that is new enough runs guests itself', () => {
  const runtime = runtimeFor(process.version, BARE);
  assert.equal(runtime.kind === 'found' && runtime.executable, process.execPath);
});

test('one that is too old takes the newer one that is installed beside us', () => {
  const runtime = runtimeFor(TOO_OLD);
  assert.ok(runtime.kind === 'found');
  assert.match(runtime.version, /^v2[2-9]\./);
  assert.ok(runtime.flags.includes('--permission'), 'it is asked what it knows, and not our own runtime');
});

test('where there is none, a sentence says what to do', () => {
  const runtime = runtimeFor(TOO_OLD, BARE);
  assert.ok(runtime.kind === 'missing');
  assert.match(runtime.message, /Node\.js 22 or newer, and this is v20\.20\.2 .*: npm install node@24\./);
});

test('a command line on an old runtime runs programs, behind the same walls', async () => {
  const pretend = `data:text/javascript,Object.defineProperty(process, 'version', { value: '${TOO_OLD}' })`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', pretend, CLI, 'run', '--json', PROGRAM]);
  const { outcome, walls } = JSON.parse(stdout);
  assert.equal(outcome, 'exited');
  assert.equal(walls.permissions, true);
});
