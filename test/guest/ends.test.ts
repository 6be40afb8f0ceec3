import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CONTINUE, fixture, GuestUnderTest, stepInto } from './guestUnderTest.ts';

const SPIN = '(module (func (export "_start") (loop br 0)))';
const ENDLESS = '(module (func $f (export "_start") call $f))';
const CATCHES_ALL = `(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (func (export "_start") (loop $again (try (do (i32.const 3) (call $exit)) (catch_all (br $again))))))`;

describe('the end of a guest', { concurrency: true }, () => {
  it('is its exit code, which no catch_all can hold up', async () => {
    assert.deepEqual(await GuestUnderTest.end(CATCHES_ALL), { kind: 'exited', code: 3, results: [] });
  });

  it('is what the export returned, i64 as text', async () => {
    const text = `(module (func (export "both") (param i64 f64) (result i64 f64)
      local.get 0 i64.const 1 i64.add local.get 1))`;
    const entry = { kind: 'call', function: 'both', arguments: ['9007199254740993', 0.1] } as const;
    assert.deepEqual(await GuestUnderTest.end(text, { entry }), {
      kind: 'exited',
      code: 0,
      results: ['9007199254740994', 0.1],
    });
  });

  it('is a trap with the stack that it left', async () => {
    const run = await GuestUnderTest.load('(module (func $f unreachable) (func (export "_start") nop call $f))', {
      debug: false,
    });
    run.guest.start(CONTINUE);
    assert.deepEqual(await run.ended(), {
      kind: 'trapped',
      trap: 'unreachable',
      message: 'unreachable',
      frames: [
        { functionIndex: 0, offset: 3, depth: 2 },
        { functionIndex: 1, offset: run.offset('_start', 'call'), depth: 1 },
      ],
    });
  });

  it('runs start functions and initialisers first', async () => {
    const text = `(module (global $g (mut i32) (i32.const 1)) (start $s)
      (func $s (global.set $g (i32.mul (global.get $g) (i32.const 5))))
      (func (export "_initialize") (global.set $g (i32.add (global.get $g) (i32.const 2))))
      (func (export "get") (result i32) (global.get $g)))`;
    const entry = { kind: 'call', function: 'get', arguments: [] } as const;
    for (const plain of [false, true])
      assert.deepEqual(await GuestUnderTest.end(text, { entry, plain }), { kind: 'exited', code: 0, results: [7] });
  });
});

describe('with debug, a fault', { concurrency: true }, () => {
  it('first stops to be looked at', async () => {
    const run = await GuestUnderTest.load(`(module (memory (export "memory") 1)
      (func (export "_start") (i32.store (i32.const 8) (i32.const 77)) (drop (i32.load (i32.const -1)))))`);
    const stop = await run.start(CONTINUE);
    assert.equal(stop.final, true);
    assert.deepEqual(stop.reason, {
      kind: 'trap',
      trap: 'out of bounds memory access',
      message: 'memory access out of bounds',
    });
    assert.deepEqual(
      stop.frames.map((frame) => frame.offset),
      [run.offset('_start', 'i32.load')],
    );
    assert.deepEqual([...(await run.guest.readMemory(8, 4))], [77, 0, 0, 0]);
    run.guest.resume(CONTINUE);
    assert.equal((await run.ended()).kind, 'trapped');
  });

  it('of a limit stops with the guest’s stack', async () => {
    const run = await GuestUnderTest.load(ENDLESS, { config: { maxCallDepth: 40 } });
    const stop = await run.start(CONTINUE);
    assert.deepEqual(stop.reason, {
      kind: 'limit',
      exhausted: { kind: 'maxCallDepth', used: stop.frames[0]?.depth, limit: 40 },
    });
    assert.equal(stop.frames.length, stop.frames[0]?.depth);
    assert.equal(stop.frames.at(-1)?.depth, 1);
    run.guest.resume(CONTINUE);
    assert.equal((await run.ended()).kind, 'exhausted');
  });
});

describe('limits', { concurrency: true }, () => {
  it('fuel: exact to the instruction where each round of a loop is checked', async () => {
    const end = await GuestUnderTest.end(SPIN, { config: { fuel: 1_000_000 } });
    assert.equal(end.kind, 'exhausted');
    assert.deepEqual(end.kind === 'exhausted' && end.exhausted, { kind: 'fuel', used: 1_000_000, limit: 1_000_000 });
  });

  it('timeout: in a loop, in a loop without checks, in a blocked call', async () => {
    const config = { timeout: 60 };
    const exhausted = { kind: 'timeout', used: 60, limit: 60 };
    const ends = [
      await GuestUnderTest.end(SPIN, { config }),
      await GuestUnderTest.end(SPIN, { config, plain: true }),
      await GuestUnderTest.end(fixture('echo.wat'), { config }),
    ];
    for (const end of ends) assert.deepEqual(end.kind === 'exhausted' && end.exhausted, exhausted);
  });

  it('timeout: time that the guest is stopped does not count', async () => {
    const run = await GuestUnderTest.load(fixture('calls.wat'), { config: { timeout: 150 } });
    const started = performance.now();
    let stop = await run.start(stepInto(1e9));
    while (performance.now() - started < 200) {
      await run.guest.readGlobals();
    }
    stop = await run.stop(stepInto(stop.frames[0]!.depth));
    assert.equal(stop.reason.kind, 'step');
    run.guest.resume(CONTINUE);
    assert.equal((await run.ended()).kind, 'exited');
  });

  it('maxCallDepth: the default is reached before V8’s own stack ends', async () => {
    const end = await GuestUnderTest.end(ENDLESS);
    assert.equal(end.kind === 'exhausted' && end.exhausted.kind, 'maxCallDepth');
  });

  it('without a depth counter V8’s stack is the limit', async () => {
    const end = await GuestUnderTest.end(ENDLESS, { plain: true });
    assert.equal(end.kind === 'trapped' && end.trap, 'stack overflow');
  });
});

describe('what cannot be started is refused', { concurrency: true }, () => {
  const refusals: readonly [what: string, text: string, settings: object, message: RegExp][] = [
    [
      'missing imports',
      '(module (import "env" "abort" (func)) (func (export "_start")))',
      {},
      /env\.abort \(function\)/,
    ],
    ['no _start', '(module (func (export "sum")) (memory (export "m") 1))', {}, /no _start.*called: sum\./],
    ['no such export', SPIN, { entry: { kind: 'call', function: 'f', arguments: [] } }, /no function f\..*_start/],
  ];
  for (const [what, text, settings, message] of refusals)
    it(what, async () => {
      const end = await GuestUnderTest.end(text, settings);
      assert.match(end.kind === 'refused' ? end.message : '', message);
    });
});

describe('kill', { concurrency: true }, () => {
  it('works before the start', async () => {
    const run = await GuestUnderTest.load(SPIN);
    await run.guest.kill();
    assert.deepEqual(await run.ended(), { kind: 'killed' });
  });

  it('works in a tight loop without checks', async () => {
    const run = await GuestUnderTest.load(SPIN, { plain: true });
    run.guest.start(CONTINUE);
    await run.guest.kill();
    assert.deepEqual(await run.ended(), { kind: 'killed' });
  });

  it('works in a start function', async () => {
    const run = await GuestUnderTest.load('(module (start 0) (func (loop br 0)) (func (export "_start")))');
    run.guest.start(CONTINUE);
    await run.guest.kill();
    assert.deepEqual(await run.ended(), { kind: 'killed' });
  });

  it('works in a blocked call', async () => {
    const run = await GuestUnderTest.load(fixture('echo.wat'));
    run.guest.start(CONTINUE);
    run.guest.stdin(Buffer.from('x'));
    await run.output();
    await run.guest.kill();
    assert.deepEqual(await run.ended(), { kind: 'killed' });
  });

  it('works while stopped, and what is asked afterwards is rejected', async () => {
    const run = await GuestUnderTest.load(fixture('calls.wat'));
    await run.start(stepInto(1e9));
    await run.guest.kill();
    assert.deepEqual(await run.ended(), { kind: 'killed' });
    assert.deepEqual(run.history, ['stopped', 'ended']);
    await assert.rejects(run.guest.readMemory(0, 1), /The guest has ended/);
    run.guest.resume(CONTINUE);
    run.guest.pause();
    await run.guest.kill();
    assert.equal(run.history.at(-1), 'ended');
  });
});

describe('the process', { concurrency: true }, () => {
  it('that dies is told of, once', async () => {
    const run = await GuestUnderTest.load(SPIN);
    run.guest.start(CONTINUE);
    process.kill(run.guest.processId!, 'SIGKILL');
    const end = await run.ended();
    assert.match(end.kind === 'crashed' ? end.message : '', /process was ended by SIGKILL/);
    assert.deepEqual(run.history, ['ended']);
  });

  it('dies with its parent, also in a tight loop', async () => {
    const script = fileURLToPath(new URL('../fixtures/guest/parent.ts', import.meta.url));
    const parent = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const id = Number(await new Promise((resolve) => parent.stdout.once('data', resolve)));
    assert.doesNotThrow(() => process.kill(id, 0));
    parent.kill('SIGKILL');
    while (isAlive(id)) await setImmediate();
  });

  it('has its own wall and leaves nothing behind', async () => {
    const run = await GuestUnderTest.load(SPIN);
    const { permissions, node } = run.guest.walls;
    assert.deepEqual({ permissions, node }, { permissions: true, node: process.version });
    const id = run.guest.processId!;
    const folder = process.platform === 'linux' ? readlinkSync(`/proc/${id}/cwd`) : undefined;
    if (folder !== undefined) assert.deepEqual(readdirSync(folder), []);
    await run.guest.kill();
    assert.equal(isAlive(id), false);
    if (folder !== undefined) assert.equal(existsSync(folder), false);
  });
});

/** A dead process that nobody has reaped yet counts as dead. */
function isAlive(id: number): boolean {
  try {
    process.kill(id, 0);
    return process.platform !== 'linux' || !/^State:\s+Z/m.test(readFileSync(`/proc/${id}/status`, 'utf8'));
  } catch {
    return false;
  }
}
