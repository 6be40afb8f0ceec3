/**
 * A run is recorded, the recording goes to another folder, everything that the run had is deleted, and it is run again: the
 * same output, end, usage, refusals and limits.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import {
  disposeCompilers,
  RecordingError,
  type Redaction,
  type ReplayReport,
  type Report,
  replay,
  Sandbox,
  type SandboxOptions,
} from '../../sandbox/index.ts';
import type { RunOptions } from '../../sandbox/library/sandbox.ts';
import { openRecording } from '../../sandbox/recording/reader.ts';
import { endBlock, partBlocks, recordingStart } from '../../sandbox/recording/recordingWriter.ts';
import { wasmSandbox } from '../cli/commandLine.ts';
import { WebServer } from '../guest/webServer.ts';

const FIXTURES = path.join(import.meta.dirname, '../fixtures/recording');
const ROOT = path.join(import.meta.dirname, '../..');
const scratch = mkdtempSync(path.join(tmpdir(), 'replay-'));
after(() => {
  rmSync(scratch, { recursive: true });
  disposeCompilers();
});
let folders = 0;

/** A folder with a program and its data. */
function workshop(fixture: string): { readonly folder: string; readonly program: string } {
  const folder = path.join(scratch, `run${folders++}`);
  mkdirSync(path.join(folder, 'data'), { recursive: true });
  const program = path.join(folder, path.basename(fixture));
  copyFileSync(path.resolve(FIXTURES, fixture), program);
  writeFileSync(path.join(folder, 'data/in.txt'), `secret ${'content '.repeat(1000)}`);
  return { folder, program };
}

type Call = Parameters<Sandbox['execute']>[0];

interface Recorded {
  readonly live: Report;
  readonly file: string;
}

async function record(fixture: string, call: Call, options: SandboxOptions, run: RunOptions = {}): Promise<Recorded> {
  const { folder, program } = workshop(fixture);
  const data = path.join(folder, 'data');
  const grants = { read: [{ host: data, guest: 'data' }], write: [{ host: data, guest: 'data' }] };
  const given = path.join(folder, 'run.wsrec');
  const live = await Sandbox.fromSource(program, { ...grants, ...options }).execute(call, { ...run, record: given });
  const file = path.join(scratch, `recording${folders++}.wsrec`);
  renameSync(given, file);
  rmSync(folder, { recursive: true });
  return { live, file };
}

function facts({ stdout, stderr, outcome, usage, violations, violationCount, limits }: Report | ReplayReport) {
  const { time: _, ...counted } = usage;
  return {
    stdout,
    stderr,
    outcome,
    usage: counted,
    violations: violations.map(({ time: _time, remedy: _remedy, ...violation }) => violation),
    violationCount,
    limits: limits.map(({ time: _time, ...limit }) => limit),
  };
}

async function same(fixture: string, call: Call, options: SandboxOptions = {}, run: RunOptions = {}) {
  const { live, file } = await record(fixture, call, options, run);
  const again = await replay(file);
  assert.deepEqual(facts(again), facts(live));
  return { live, again, file };
}

const ENDS = 'ends.wat';
const call = (functionName: string, ...args: (string | number)[]): Call => ({ functionName, args });

describe('a recording is run again elsewhere', { concurrency: 3 }, () => {
  test('C: files, folders, input, clock, randomness, a variable, a refused call', async () => {
    const options = { env: { TOKEN: 'hidden' } };
    const { live, again } = await same('everything.c', undefined, options, { args: ['one', 'ü'], stdin: 'a\nb\n' });
    assert.match(live.stdout, /argument ü\nTOKEN is hidden\n> a\n> b\nchance \d+.*\ndata\/in.txt: 8007 bytes/);
    assert.match(live.stderr, /entry in\.txt/);
    assert.equal(live.violationCount, 1);
    assert.equal(again.violations[0]?.location?.source, again.recording.program);
    assert.deepEqual([again.recording.args, again.recording.env], [['one', 'ü'], ['TOKEN']]);
  });

  test('AssemblyScript', async () => {
    const { live } = await same('everything.ts', undefined);
    assert.match(live.stdout, /^seed 0\.\d+\ntime \d{13}\n$/);
  });

  test('a function of a reactor, with arguments', async () => {
    const { live, again } = await same('everything.ts', call('mix', 7, '1.5', '-9007199254740993'));
    assert.ok(live.outcome.kind === 'exited' && typeof live.outcome.value === 'number');
    assert.equal(again.recording.function, 'mix');
  });

  test('arguments that JSON has no number for', async () => {
    const { live } = await same('everything.ts', call('mix', -3, Number.NaN, 0));
    assert.ok(live.outcome.kind === 'exited' && Number.isNaN(live.outcome.value));
  });

  test('the network', async () => {
    const web = await WebServer.start((_, response) => response.end('from the network'));
    const config = { network: { allow: [`127.0.0.1:${web.port}`] } };
    const program = path.join(ROOT, 'examples/http/fetch.c');
    const { live } = await same(program, undefined, { config }, { args: [web.url(), 'http://127.0.0.2/'] });
    assert.match(live.stdout, /from the network/);
    assert.deepEqual([live.usage.networkRequests, live.violationCount], [1, 1]);
  });

  for (const [name, kind] of [
    ['leave', 'exited'],
    ['return', 'exited'],
    ['renumbered', 'exited'],
    ['trap', 'trapped'],
  ] as const) {
    test(`WebAssembly text: ${name}`, async () => {
      const { live } = await same(ENDS, call(name));
      assert.equal(live.outcome.kind, kind);
    });
  }

  for (const [limit, name, options] of [
    ['fuel', 'spin', { fuel: 1_000_000 }],
    ['timeout', 'spin', { timeout: 200 }],
    ['timeout', 'wait', { timeout: 200 }],
    ['maxOutput', 'flood', { maxOutput: 100_003 }],
    ['maxCallDepth', 'deep', { maxCallDepth: 500 }],
    ['memory', 'hoard', { memory: '2MB' }],
  ] as const) {
    test(`a limit: ${limit}, in ${name}`, async () => {
      const run = name === 'wait' ? { stdin: nothing(new Promise(() => {})) } : {};
      const { live } = await same(ENDS, call(name), options, run);
      assert.ok(live.outcome.kind === 'exhausted' && live.outcome.exhausted.kind === limit);
    });
  }

  test('a limit that is survived', async () => {
    const { live } = await same(ENDS, call('greedy'), { memory: '2MB' });
    assert.equal(live.limits.length, 1);
  });

  for (const name of ['spin', 'wait']) {
    test(`a run that was killed: ${name}`, async () => {
      const abort = new AbortController();
      const onOutput = () => abort.abort();
      const stdin = nothing(once(abort.signal, 'abort').then(() => undefined));
      const { live, file } = await record(ENDS, call(name), {}, { signal: abort.signal, onOutput, stdin });
      const again = await replay(file);
      assert.deepEqual([again.outcome, again.stdout], [{ kind: 'killed' }, 'a line\n']);
      assert.equal(again.usage.instant, live.usage.instant);
    });
  }
});

async function* nothing(until: Promise<unknown>): AsyncIterable<Uint8Array> {
  yield new Uint8Array(0);
  await until;
}

test('a run that did not answer any more ends where it is last known', async () => {
  const { file } = await record(ENDS, call('return'), {});
  const { header, part } = openRecording(readFileSync(file));
  const module = header.parts?.find(({ kind }) => kind === 'module');
  assert.ok(module);
  for (const name of ['return', 'work']) {
    const entry = { kind: 'call', function: name, arguments: [] };
    const forged = path.join(scratch, `${name}.wsrec`);
    const start = recordingStart({ ...header, entry, parts: [module] });
    writeFileSync(
      forged,
      Buffer.concat([start, ...partBlocks([part(module)]), endBlock({ end: { kind: 'killed' } }, 1)]),
    );
    assert.deepEqual((await replay(forged)).outcome, { kind: 'killed' });
  }
});

describe('what is left out', { concurrency: 3 }, () => {
  async function redacted(...redact: Redaction[]) {
    const run = { stdin: 'typed in\n', redact };
    return record('everything.c', undefined, { env: { TOKEN: 'hidden' } }, run);
  }

  async function replayed(file: string) {
    const warnings: string[] = [];
    const outcome = await replay(file, { onWarning: (sentence) => warnings.push(sentence) }).catch((error) => error);
    assert.ok(outcome instanceof RecordingError || 'stdout' in outcome, String(outcome));
    return { stdout: outcome.stdout as string, warnings, outcome };
  }

  test('values of variables are not in the file', async () => {
    const { file } = await redacted('env');
    const bytes = readFileSync(file);
    assert.deepEqual([bytes.includes('hidden'), bytes.includes('secret content')], [false, true]);
    const { stdout, warnings } = await replayed(file);
    assert.match(stdout, /TOKEN is xxxxxx\n> typed in/);
    assert.match(warnings.join('\n'), /the values of variables stand as "x"/);
  });

  test('contents of files and input are not in the file', async () => {
    const { file } = await redacted('files');
    const bytes = readFileSync(file);
    assert.deepEqual(
      ['hidden', 'secret content', 'typed in'].map((text) => bytes.includes(text)),
      [true, false, false],
    );
    const { stdout, warnings, outcome } = await replayed(file);
    assert.match(stdout, /^TOKEN is hidden\n/);
    // There is no end of a line any more, so it reads on where it did not.
    assert.match(String(outcome), /the program called fd_read, but .* replaced by "x"/);
    assert.match(warnings.join('\n'), /the contents of what was read stand as "x"/);
  });

  test('sources are not in the file', async () => {
    for (const fixture of ['everything.c', 'everything.ts', ENDS]) {
      const text = readFileSync(path.join(FIXTURES, fixture), 'utf8').slice(0, 60);
      const entry = fixture === ENDS ? call('return') : undefined;
      const whole = await record(fixture, entry, {});
      assert.ok(readFileSync(whole.file).includes(text), fixture);
      const { file, live } = await record(fixture, entry, {}, { redact: ['sources'] });
      assert.ok(!readFileSync(file).includes(text), fixture);
      assert.deepEqual((await replay(file)).outcome, live.outcome);
    }
  });

  test('the module is given by hand, and has to be that one', async () => {
    const { live, file } = await record(ENDS, call('return'), {}, { redact: ['module'] });
    await assert.rejects(replay(file), { code: 'SANDBOX_RECORDING', detail: 'module' });
    const again = await replay(file, { module: path.join(FIXTURES, ENDS) });
    assert.deepEqual(again.outcome, live.outcome);
    const other = path.join(scratch, 'other.wat');
    writeFileSync(other, '(module (memory (export "memory") 1) (func (export "return") (result i32) (i32.const 1)))');
    await assert.rejects(replay(file, { module: other }), /other\.wat is not the module that was recorded/);
  });
});

describe('recordings that cannot be run again', { concurrency: 3 }, () => {
  const recorded = record(ENDS, call('return'), {});
  const header = recorded.then(({ file }) => openRecording(readFileSync(file)).header);

  async function refused(bytes: Uint8Array, detail: string, message: RegExp): Promise<void> {
    const file = path.join(scratch, `bad${folders++}.wsrec`);
    writeFileSync(file, bytes);
    const error = await replay(file).then(
      () => assert.fail('it ran'),
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof RecordingError, error instanceof Error ? error.stack : String(error));
    assert.equal(error.detail, detail, error.message);
    assert.match(error.message, message);
  }

  /** With another header and module, and an end. */
  async function forged(fields: object, module: Uint8Array, end: unknown = { kind: 'killed' }): Promise<Uint8Array> {
    const parts = [{ kind: 'module' as const, bytes: module.length }];
    const start = recordingStart({ ...(await header), parts, ...fields });
    return Buffer.concat([start, ...partBlocks([module]), endBlock({ end }, 1)]);
  }

  test('no recording, none there, a folder', async () => {
    await refused(Buffer.from('hello'), 'file', /no recording of wasm-sandbox/);
    await refused(new Uint8Array(0), 'file', /no recording of wasm-sandbox/);
    await assert.rejects(replay(path.join(scratch, 'none.wsrec')), /cannot be opened.*Check the path/);
    await assert.rejects(replay(scratch), /cannot be opened/);
  });

  test('another format', async () => {
    const bytes = readFileSync((await recorded).file);
    bytes[8] = 99;
    await refused(bytes, 'file', /format 99; this program reads 2.*newer wasm-sandbox/);
  });

  test('cut off anywhere', async () => {
    const bytes = readFileSync((await recorded).file);
    const log = openRecording(bytes);
    assert.ok(log.header.parts);
    for (let length = bytes.length - 1; length > 0; length -= Math.ceil(bytes.length / 5)) {
      await refused(bytes.subarray(0, length), length > bytes.length - 20 ? 'incomplete' : 'file', /recording/);
    }
  });

  test('a changed byte in the log', async () => {
    const bytes = readFileSync((await recorded).file);
    const at = bytes.length - 3;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    await refused(bytes, 'incomplete', /./);
  });

  test('another module than the one it names', async () => {
    const wasm = Buffer.from('\0asm\x01\0\0\0', 'latin1');
    await refused(await forged({}, wasm), 'module', /SHA-256 is another/);
  });

  test('a module that is none', async () => {
    const junk = Buffer.from('this is no module');
    const { createHash } = await import('node:crypto');
    const module = { name: 'x', bytes: junk.length, sha256: createHash('sha256').update(junk).digest('hex') };
    await refused(await forged({ module }, junk), 'module', /cannot run: .*not a valid WebAssembly module/);
  });

  test('limits that are out of reach, calls that are none', async () => {
    const { file } = await recorded;
    const recording = openRecording(readFileSync(file));
    const part = recording.header.parts?.find(({ kind }) => kind === 'module');
    assert.ok(part);
    const wasm = recording.part(part);
    const { config } = await header;
    await refused(await forged({ config: { ...(config as object), memory: 2 ** 50 } }, wasm), 'file', /--memory/);
    await refused(await forged({ entry: { kind: 'call', function: 7 } }, wasm), 'file', /how its program was called/);
  });
});

test('only a recording is written over', async () => {
  const { program } = workshop(ENDS);
  const before = readFileSync(program);
  const sandbox = Sandbox.fromSource(program);
  await assert.rejects(sandbox.call('return', [], { record: program }), /another file of that name.*no recording/);
  assert.deepEqual(readFileSync(program), before);
  const file = path.join(scratch, 'twice.wsrec');
  writeFileSync(file, '', { mode: 0o644 });
  for (const _ of [1, 2]) await sandbox.call('return', [], { record: file });
  if (process.platform !== 'win32') assert.equal(statSync(file).mode & 0o077, 0);
});

test('a source with a path trick is a text, and nothing is written', async () => {
  const { live, file } = await record(ENDS, call('return'), {});
  const recording = openRecording(readFileSync(file));
  const evil = path.join(scratch, 'evil.txt');
  const parts = (recording.header.parts ?? []).map((part) => ({ part, bytes: recording.part(part) }));
  const changed = parts.map(({ part }) => (part.kind === 'source' ? { ...part, path: `../../../../..${evil}` } : part));
  const log = readFileSync(file);
  const before =
    recordingStart(recording.header).length +
    [...partBlocks(parts.map(({ bytes }) => bytes))].reduce((sum, { length }) => sum + length, 0);
  const forged = path.join(scratch, 'tricky.wsrec');
  writeFileSync(
    forged,
    Buffer.concat([
      recordingStart({ ...recording.header, parts: changed }),
      ...partBlocks(parts.map(({ bytes }) => bytes)),
      log.subarray(before),
    ]),
  );
  assert.deepEqual((await replay(forged)).outcome, live.outcome);
  assert.throws(() => statSync(evil));
});

describe('the command line', { concurrency: 2 }, () => {
  test('records, replays, and gives the same exit code', async () => {
    const { folder, program } = workshop('everything.c');
    const file = path.join(scratch, `recording${folders++}.wsrec`);
    const args = ['run', program, '--record', file, '--redact', 'env', '--env', 'TOKEN=hidden', '--', 'x'];
    const live = await wasmSandbox(args, { input: 'typed\n' });
    rmSync(folder, { recursive: true });
    assert.ok(!readFileSync(file).includes('hidden'));
    const again = await wasmSandbox(['replay', file], { cwd: scratch });
    assert.equal(again.stdout, live.stdout.replace('hidden', 'xxxxxx'));
    assert.equal(again.code, live.code);
    assert.match(again.stderr, /stand as "x"/);
    const json = JSON.parse((await wasmSandbox(['replay', file, '--json'])).stdout);
    assert.deepEqual([json.exitCode, json.recording.program, json.recording.redacted], [live.code, program, ['env']]);
  });

  test('an error has its code', async () => {
    const file = path.join(scratch, 'foreign.wsrec');
    writeFileSync(file, 'foreign');
    const { code, stdout, stderr } = await wasmSandbox(['replay', file, '--json']);
    assert.equal(code, 2);
    assert.match(stderr, /no recording of wasm-sandbox/);
    assert.deepEqual(JSON.parse(stdout).error.code, 'SANDBOX_RECORDING');
    assert.equal((await wasmSandbox(['run', 'x.c', '--redact', 'nonsense'])).code, 2);
  });

  test('a recorder that is killed leaves what it has recorded', { skip: process.platform === 'win32' }, async () => {
    const { program } = workshop(ENDS);
    const file = path.join(scratch, `recording${folders++}.wsrec`);
    const main = path.join(ROOT, 'sandbox/cli/main.ts');
    const child = spawn(process.execPath, [main, 'run', program, 'ticking', '--record', file], { stdio: 'pipe' });
    let output = '';
    for await (const text of child.stdout.setEncoding('utf8')) {
      output += text;
      if (output.length > 20_000) break;
    }
    child.kill('SIGKILL');
    await once(child, 'close');
    const lines: string[] = [];
    const onOutput = (_: string, bytes: Uint8Array) => void lines.push(Buffer.from(bytes).toString());
    await assert.rejects(replay(file, { onOutput }), { code: 'SANDBOX_RECORDING', detail: 'incomplete' });
    const again = lines.join('');
    assert.ok(again.length > 1000 && again === 'a line\n'.repeat(again.length / 7), `${again.length} bytes`);
  });
});
