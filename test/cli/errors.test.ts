import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { errors, type ProtocolError } from '../../debug-adapter/errors.ts';
import {
  CATALOGUE,
  disposeCompilers,
  type ErrorCode,
  ResourceExhaustedError,
  replay,
  run,
  Sandbox,
  SandboxError,
  type SandboxOptions,
  SecurityViolationError,
  WasmRuntimeError,
} from '../../sandbox/index.ts';
import { hoarder } from '../support/hoarder.ts';
import { wasmSandbox } from './commandLine.ts';

const scratch = mkdtempSync(path.join(tmpdir(), 'errors-'));
after(() => {
  rmSync(scratch, { recursive: true });
  disposeCompilers();
});

function program(name: string, text: string | Uint8Array): string {
  const file = path.join(scratch, name);
  writeFileSync(file, text);
  return file;
}

async function errorOf(promise: Promise<unknown>): Promise<SandboxError> {
  const error = await promise.then(
    () => assert.fail('it did not fail'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof SandboxError, String(error));
  return error;
}

/** One program with a way to fail a function. */
const faults = program(
  'faults.wat',
  `(module
    (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1) (data (i32.const 0) "\\10\\00\\00\\00\\08\\00\\00\\00") (data (i32.const 16) "12345678")
    (table 2 funcref) (elem (i32.const 0) $nothing) (type $one (func (param i32))) (type $none (func))
    (func $nothing)
    (func (export "unreachable") unreachable)
    (func (export "divide") (drop (i32.div_s (i32.const 1) (i32.const 0))))
    (func (export "divide overflow") (drop (i32.div_s (i32.const 0x80000000) (i32.const -1))))
    (func (export "convert") (drop (i32.trunc_f32_s (f32.const nan))))
    (func (export "load") (drop (i32.load (i32.const -1))))
    (func (export "table") (drop (table.get (i32.const 9))))
    (func (export "indirect") (call_indirect (type $one) (i32.const 5) (i32.const 0)))
    (func (export "forget") (drop (memory.grow (i32.const 2000))) unreachable)
    (func $deep (export "deep") (call $deep))
    (func (export "spin") (loop (br 0)))
    (func (export "print") (loop (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))) (br 0)))
    (func (export "denied") (drop (call $open (i32.const 3) (i32.const 0) (i32.const 16) (i32.const 8)
      (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 100)))))`,
);

const fault = (name: string, options: SandboxOptions = {}) =>
  errorOf(run(faults, name, [], { config: {}, ...options }));

const hoards = program('hoards.wasm', hoarder(100_000));

/** Each way to fail: what code and detail it has to have. */
const REACHED: readonly (readonly [
  code: ErrorCode,
  detail: string | undefined,
  failing: () => Promise<SandboxError>,
])[] = [
  ['SANDBOX_CONFIGURATION', 'bad-unit', () => fault('unreachable', { memory: '1MBs' })],
  ['SANDBOX_CONFIGURATION', undefined, () => fault('unreachable', { config: path.join(scratch, 'none.json') })],
  ['SANDBOX_COMPILE', 'source', () => errorOf(run(program('wrong.wat', '(module (func (result i32)))')))],
  ['SANDBOX_COMPILE', 'module', () => errorOf(run(program('wrong.wasm', 'no module')))],
  ['SANDBOX_RESOURCE_EXHAUSTED', 'memory', () => fault('forget')],
  ['SANDBOX_RESOURCE_EXHAUSTED', 'timeout', () => fault('spin', { timeout: 50 })],
  ['SANDBOX_RESOURCE_EXHAUSTED', 'fuel', () => fault('spin', { fuel: 1000 })],
  ['SANDBOX_RESOURCE_EXHAUSTED', 'maxCallDepth', () => fault('deep', { maxCallDepth: 50 })],
  ['SANDBOX_RESOURCE_EXHAUSTED', 'maxOutput', () => fault('print', { maxOutput: 100 })],
  ['SANDBOX_WASM_RUNTIME', 'unreachable', () => fault('unreachable')],
  ['SANDBOX_WASM_RUNTIME', 'integer-divide-by-zero', () => fault('divide')],
  ['SANDBOX_WASM_RUNTIME', 'integer-overflow', () => fault('divide overflow')],
  ['SANDBOX_WASM_RUNTIME', 'invalid-conversion-to-integer', () => fault('convert')],
  ['SANDBOX_WASM_RUNTIME', 'out-of-bounds-memory-access', () => fault('load')],
  ['SANDBOX_WASM_RUNTIME', 'out-of-bounds-table-access', () => fault('table')],
  ['SANDBOX_WASM_RUNTIME', 'indirect-call-type-mismatch', () => fault('indirect')],
  [
    'SANDBOX_NOT_STARTED',
    undefined,
    () => errorOf(Sandbox.fromSource(program('none.wat', '(module)'), { config: {} }).start()),
  ],
  ['SANDBOX_CRASHED', 'memory', () => errorOf(Sandbox.fromSource(hoards, { config: {} }).start())],
  [
    'SANDBOX_SECURITY_VIOLATION',
    'filesystem.read',
    () => errorOf(Sandbox.fromSource(faults, { config: {} }).call('denied', [], { failOnViolation: true })),
  ],
  ['SANDBOX_RECORDING', 'file', () => errorOf(replay(program('foreign.wsrec', 'no recording')))],
  [
    'SANDBOX_ABORTED',
    undefined,
    () => errorOf(Sandbox.fromSource(faults, { config: {} }).call('spin', [], { signal: AbortSignal.timeout(200) })),
  ],
];

describe('each kind of failure is produced by some program', { concurrency: 2 }, () => {
  for (const [code, detail, failing] of REACHED) {
    test(`${code} ${detail ?? ''}`, async () => {
      const error = await failing();
      assert.deepEqual({ code: error.code, detail: error.detail }, { code, detail }, error.message);
      assert.equal(error.name, CATALOGUE[code].error);
      const { details } = CATALOGUE[code];
      if (details !== undefined && detail !== undefined) assert.ok((details as readonly string[]).includes(detail));
      assert.match(error.message, /[a-z]{3}.*/);
    });
  }

  test('none of the catalogue is left out, and each limit is among them', () => {
    const reached = new Set(REACHED.map(([code]) => code));
    const library = Object.entries(CATALOGUE).flatMap(([code, { error }]) => (error === undefined ? [] : [code]));
    assert.deepEqual(
      library.filter((code) => !reached.has(code as ErrorCode)),
      [],
    );
    const limits = REACHED.filter(([code]) => code === 'SANDBOX_RESOURCE_EXHAUSTED').map(([, detail]) => detail);
    assert.deepEqual(limits, CATALOGUE.SANDBOX_RESOURCE_EXHAUSTED.details);
  });
});

describe('errors carry their facts', { concurrency: 2 }, () => {
  test('a limit: which, how much, where', async () => {
    const error = await fault('forget');
    assert.ok(error instanceof ResourceExhaustedError);
    assert.deepEqual([error.kind, error.used, error.limit], ['memory', 2001 * 65536, 2 ** 26]);
    assert.equal(error.function, 'forget');
    assert.match(error.frames[0]?.location?.source ?? '', /faults\.wat$/);
    assert.equal(error.trap?.kind, 'unreachable');
    assert.match(
      error.message,
      /asked for 125\.\d+MB of memory, and "memory" allows 64MB at .*faults\.wat:\d+:\d+ in forget\..* It then trapped/,
    );
  });

  test('a trap: function, frames, cause', async () => {
    const error = await fault('divide');
    assert.ok(error instanceof WasmRuntimeError);
    assert.equal(error.function, 'divide');
    assert.equal(error.cause, 'divide by zero');
  });

  test('a violation: its context', async () => {
    const error = await errorOf(
      Sandbox.fromSource(faults, { config: {} }).call('denied', [], { failOnViolation: true }),
    );
    assert.ok(error instanceof SecurityViolationError);
    assert.match(error.context.attemptedOperation, /^path_open .*12345678$/);
    assert.deepEqual([error.context.requiredCapability, error.context.availableCapabilities], ['filesystem.read', []]);
  });
});

describe('the command line has the same codes', { concurrency: 2 }, () => {
  for (const [name, args, code, detail] of [
    ['divide', [], 'SANDBOX_WASM_RUNTIME', 'integer-divide-by-zero'],
    ['spin', ['--fuel', '1000'], 'SANDBOX_RESOURCE_EXHAUSTED', 'fuel'],
    ['spin', ['--memory', '1MBs'], 'SANDBOX_CONFIGURATION', 'bad-unit'],
  ] as const) {
    test(code, async () => {
      const { stdout, code: exitCode } = await wasmSandbox(['run', '--json', ...args, faults, name], { cwd: scratch });
      const { error } = JSON.parse(stdout);
      assert.deepEqual([error.code, error.detail, exitCode], [code, detail, CATALOGUE[code].exitCode]);
      assert.equal(typeof error.message, 'string');
    });
  }
});

test('docs/errors.md has each code with its class, exit code and details', () => {
  const text = readFileSync(path.join(import.meta.dirname, '../../docs/errors.md'), 'utf8');
  for (const [code, { error, exitCode, exceptionId, details }] of Object.entries(CATALOGUE)) {
    const row = text.split('\n').find((line) => line.startsWith(`| \`${code}\` |`));
    assert.ok(row, `${code} is not documented`);
    if (error !== undefined) assert.ok(row.includes(`\`${error}\``), row);
    if (code !== 'SANDBOX_SECURITY_VIOLATION') assert.ok(row.includes(`| ${exitCode} |`), row);
    if (exceptionId !== undefined) assert.ok(row.includes(`\`${exceptionId.replace('*', '…')}\``), row);
    for (const detail of details ?? [])
      assert.ok(text.includes(`\`${detail}\``), `${code}: ${detail} is not documented`);
  }
});

test('each answer of the adapter that is an error has a code of the catalogue', () => {
  for (const make of Object.values(errors) as unknown as readonly ((...args: unknown[]) => ProtocolError)[]) {
    const { code } = make('x', 'y', ['z']);
    assert.ok(code in CATALOGUE, String(code));
  }
});
