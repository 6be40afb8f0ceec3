import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import {
  AbortedError,
  CompileError,
  ConfigurationError,
  disposeCompilers,
  loadConfig,
  ResourceExhaustedError,
  run,
  Sandbox,
  SandboxError,
  SecurityViolationError,
  WasmRuntimeError,
} from '../../sandbox/index.ts';
import { FIXTURES } from './commandLine.ts';

const numbers = path.join(FIXTURES, 'numbers.wat');
const probe = path.join(FIXTURES, 'probe.c');
const scratch = mkdtempSync(path.join(tmpdir(), 'library-'));
after(() => {
  rmSync(scratch, { recursive: true });
  disposeCompilers();
});

describe('run', { concurrency: 3 }, () => {
  test('one line gives the result of a function', async () => {
    assert.equal(await run(numbers, 'add', [5, 3]), 8);
    assert.deepEqual(await run(numbers, 'both', [-1]), [-1, -1n]);
  });

  test('without a function, the exit code', async () => {
    assert.equal(await run(probe, undefined, [], { args: ['exit', '5'] }), 5);
  });

  test('memory cannot grow past its limit', async () => {
    assert.equal(await run(numbers, 'grow', [2], { memory: '128KB' }), -1);
  });
});

describe('each failure has its error', { concurrency: 3 }, () => {
  test('a trap', async () => {
    const error = await failure(run(numbers, 'divide', [1, 0]), WasmRuntimeError);
    assert.equal(error.trap, 'integer divide by zero');
    assert.equal(error.frames[0]?.function, 'divide');
    assert.match(error.message, /divide: trap: .*numbers\.wat:\d+:\d+/);
  });

  test('limits', async () => {
    const fuel = await failure(run(numbers, 'spin', [], { fuel: '10K' }), ResourceExhaustedError);
    assert.deepEqual(
      { kind: fuel.kind, used: fuel.used, limit: fuel.limit },
      { kind: 'fuel', used: 10_000, limit: 10_000 },
    );
    const depth = await failure(run(numbers, 'deeper', [], { maxCallDepth: 100 }), ResourceExhaustedError);
    assert.equal(depth.kind, 'maxCallDepth');
    assert.equal(depth.limit, 100);
  });

  test('a function that is not there, and arguments that do not fit', async () => {
    assert.match((await failure(run(numbers, 'nothing'), CompileError)).message, /exports no function "nothing"/);
    await failure(run(numbers, 'add', [1, 2.5]), WasmRuntimeError);
  });

  test('a configuration that is wrong, with a suggestion', async () => {
    const error = await failure(run(numbers, 'add', [1, 2], { memory: '1MBs' }), ConfigurationError);
    assert.equal(error.suggestion, 'Change to "1MB"');
    await failure(run(numbers, 'add', [1, 2], { config: { memory: true } }), ConfigurationError);
    await failure(run(numbers, 'add', [1, 2], { config: path.join(scratch, 'none.json') }), ConfigurationError);
  });

  test('what does not compile, and compiles when it is mended', async () => {
    const file = path.join(scratch, 'mended.wat');
    writeFileSync(file, '(module (func (export "f") (result i32) i64.const 1))');
    const sandbox = Sandbox.fromSource(file);
    const error = await failure(sandbox.call('f'), CompileError);
    assert.equal(error.diagnostics[0]?.severity, 'error');
    writeFileSync(file, '(module (func (export "f") (result i32) i32.const 1))');
    assert.equal(await sandbox.call('f'), 1);
  });

  test('a module that is none', async () => {
    const file = path.join(scratch, 'none.wasm');
    writeFileSync(file, 'this is text');
    await failure(run(file, 'f'), CompileError);
  });

  test('a violation, when it is to be one', async () => {
    const sandbox = Sandbox.fromSource(probe);
    const options = { args: ['show', '/etc/passwd'], failOnViolation: true };
    const error = await failure(sandbox.start(options), SecurityViolationError);
    assert.equal(error.violation.target, '/etc/passwd');
    assert.equal(error.violation.function, 'show');
  });

  test('what a callback throws ends the run and comes back', async () => {
    const sandbox = Sandbox.fromSource(probe);
    const mistake = new Error('mine');
    const complain = () => {
      throw mistake;
    };
    await assert.rejects(sandbox.start({ args: ['complain'], onOutput: complain }), mistake);
    await assert.rejects(sandbox.start({ args: ['show', '/nowhere'], onViolation: complain }), mistake);
  });

  test('a signal', async () => {
    const controller = new AbortController();
    const aborted = failure(run(numbers, 'spin', [], { signal: controller.signal }), AbortedError);
    controller.abort();
    await aborted;
  });
});

describe('Sandbox', { concurrency: 3 }, () => {
  test('calls share nothing', async () => {
    const sandbox = Sandbox.fromSource(numbers, { memory: '1MB' });
    assert.deepEqual(await Promise.all([sandbox.call('grow', [1]), sandbox.call('grow', [1])]), [1, 1]);
  });

  test('start reports output and usage', async () => {
    const sandbox = Sandbox.fromSource(probe);
    const report = await sandbox.start({ args: ['echo'], stdin: 'hello' });
    assert.equal(report.stdout, 'hello');
    assert.deepEqual(report.outcome, { kind: 'exited', code: 0, value: undefined });
    assert.equal(report.usage.bytesRead, 5);
    assert.equal(report.usage.outputBytes, 5);
  });

  test('two runs execute the same number of instructions', async () => {
    const sandbox = Sandbox.fromSource(probe, { config: { clock: 'frozen', random: 1 } });
    const first = await sandbox.start({ args: ['args'] });
    const second = await sandbox.start({ args: ['args'] });
    assert.ok(first.usage.instant > 100);
    assert.equal(first.usage.instant, second.usage.instant);
  });

  test('more input than is read', async () => {
    const input = new Uint8Array(40 * 1024 * 1024);
    async function* chunks() {
      for (let at = 0; at < input.length; at += 65536) yield input.subarray(at, at + 65536);
    }
    const report = await Sandbox.fromSource(probe).start({ args: ['exit', '0'], stdin: chunks() });
    assert.equal(report.outcome.kind, 'exited');
  });

  test('grants of options are added to those of the configuration, limits replace', async () => {
    writeFileSync(path.join(scratch, 'a.txt'), 'from a');
    const config = { fuel: '2K', filesystem: { read: [{ host: FIXTURES, guest: '/fixtures' }] } };
    const options = { config, fuel: '1G', read: [{ host: scratch, guest: '/scratch' }] };
    const sandbox = Sandbox.fromSource(probe, options);
    const [mine, theirs] = await Promise.all(
      ['/scratch/a.txt', '/fixtures/numbers.wat'].map((file) => sandbox.start({ args: ['show', file] })),
    );
    assert.equal(mine?.stdout, 'from a');
    assert.match(theirs?.stdout ?? '', /^\(module/);
  });
});

test('loadConfig tells what is wrong without throwing', () => {
  const { config, problems } = loadConfig('{ "memory": "1XB" }');
  assert.equal(config.memory, 64 * 2 ** 20);
  assert.equal(problems[0]?.code, 'bad-unit');
});

type ErrorClass<T> = abstract new (...args: never[]) => T;

async function failure<T extends SandboxError>(run: Promise<unknown>, kind: ErrorClass<T>): Promise<T> {
  const error = await run.then(
    (value) => assert.fail(`it gave ${String(value)}`),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof kind, String(error));
  assert.ok(error instanceof SandboxError);
  return error;
}
