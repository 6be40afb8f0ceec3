import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CONTINUE, fixture, GuestUnderTest } from './guestUnderTest.ts';

const CHATTER = fixture('chatter.wat');

function calling(name: string, ...args: number[]) {
  return { kind: 'call', function: name, arguments: args } as const;
}

describe('output', { concurrency: true }, () => {
  it('comes in order, with instant, time and the place that printed it', async () => {
    const run = await GuestUnderTest.load(CHATTER, { entry: calling('rounds', 3) });
    run.guest.start(CONTINUE);
    const heard: string[] = [];
    let [instant, time] = [0, 0];
    for (let count = 0; count < 6; count++) {
      const output = await run.output();
      heard.push(`${output.stream}:${Buffer.from(output.bytes)}`);
      assert.ok(output.instant > instant && output.time >= time);
      ({ instant, time } = output);
      assert.equal(run.opcodeAt(output.frames[0]!.offset), 'call');
      assert.equal(output.frames[1]?.offset, run.offset('rounds', 'call', count % 2));
    }
    assert.deepEqual(heard, Array(3).fill(['stdout:abc', 'stderr:d']).flat());
    assert.equal((await run.ended()).kind, 'exited');
    assert.equal(run.history.lastIndexOf('output'), run.history.length - 2);
  });

  it('has all come when the guest has ended, however much it is', async () => {
    const run = await GuestUnderTest.load(CHATTER, { entry: calling('flood', 1000), debug: false });
    run.guest.start(CONTINUE);
    assert.equal((await run.ended()).kind, 'exited');
    let bytes = 0;
    for (const name of run.history) if (name === 'output') bytes += (await run.output()).bytes.length;
    assert.equal(bytes, 1000 * 32768);
    assert.equal(run.samples.at(-1)?.outputBytes, bytes);
  });

  it('that nobody reads makes the guest wait instead of filling memory', async () => {
    const run = await GuestUnderTest.load(CHATTER, { entry: calling('flood', 1_000_000), debug: false });
    run.guest.start(CONTINUE);
    const first = await run.output();
    // This thread reads nothing meanwhile: what the guest can have printed is what is under way.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
    run.guest.pause();
    await run.stop();
    await run.guest.kill();
    const unread = run.samples.filter((sample) => sample.time < first.time + 250);
    for (const { outputBytes } of unread) assert.ok(outputBytes < 24 << 20, `${outputBytes} bytes`);
  });
});

describe('input', { concurrency: true }, () => {
  it('is waited for, in pieces, until it ends', async () => {
    const run = await GuestUnderTest.load(fixture('echo.wat'), { debug: false });
    run.guest.start(CONTINUE);
    for (const text of ['a', 'bc', 'x'.repeat(5000)]) {
      run.guest.stdin(Buffer.from(text));
      let heard = '';
      while (heard.length < text.length) heard += Buffer.from((await run.output()).bytes);
      assert.equal(heard, text);
    }
    run.guest.stdin(undefined);
    assert.deepEqual(await run.ended(), { kind: 'exited', code: 0, results: [] });
  });

  it('given before the start is not lost', async () => {
    const run = await GuestUnderTest.load(fixture('echo.wat'), { debug: false });
    run.guest.stdin(Buffer.from('early'));
    run.guest.stdin(undefined);
    run.guest.start(CONTINUE);
    assert.equal(Buffer.from((await run.output()).bytes).toString(), 'early');
    assert.equal((await run.ended()).kind, 'exited');
  });
});

describe('violations', { concurrency: true }, () => {
  it('are told in order, with the place; the guest goes on', async () => {
    const run = await GuestUnderTest.load(fixture('trespasser.wat'), { entry: calling('trespass') });
    run.guest.start(CONTINUE);
    for (const [nth, seq] of [1, 2].entries()) {
      const violation = await run.violation();
      assert.deepEqual([violation.seq, violation.operation, violation.target], [seq, 'path_open', '/secret']);
      assert.deepEqual([violation.decision, violation.required], ['denied', 'filesystem.read']);
      assert.equal(violation.frames[1]?.offset, run.offset('trespass', 'call', nth));
    }
    const end = await run.ended();
    assert.deepEqual(end.kind === 'exited' && end.results, [NOTCAPABLE]);
  });

  it('stop the guest when that is asked for, until it is not any more', async () => {
    const run = await GuestUnderTest.load(fixture('trespasser.wat'), {
      entry: calling('trespass'),
      stopOnViolations: true,
    });
    const stop = await run.start(CONTINUE);
    assert.deepEqual(stop.reason, { kind: 'violation', seq: 1 });
    assert.equal(stop.frames[1]?.offset, run.offset('trespass', 'call', 0));
    run.guest.stopOnViolations(false);
    run.guest.resume(CONTINUE);
    assert.equal((await run.ended()).kind, 'exited');
    assert.deepEqual(run.history, ['violation', 'stopped', 'resumed', 'violation', 'ended']);
  });
});

describe('the environment', { concurrency: true }, () => {
  const count = `(module
    (import "wasi_snapshot_preview1" "environ_sizes_get" (func $environ (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "args_sizes_get" (func $args (param i32 i32) (result i32)))
    (memory (export "memory") 1)
    (func (export "sizes") (result i32 i32)
      (drop (call $environ (i32.const 0) (i32.const 4)))
      (drop (call $args (i32.const 8) (i32.const 12)))
      (i32.load (i32.const 4)) (i32.load (i32.const 12))))`;

  it('holds the names that are granted, and nothing of this process', async () => {
    const settings = { entry: calling('sizes'), env: { LANG: 'C', SECRET: 'x' }, args: ['prog', 'a'] };
    assert.deepEqual(await GuestUnderTest.end(count, { ...settings, config: { env: ['LANG', 'HOME'] } }), {
      kind: 'exited',
      code: 0,
      results: ['LANG=C\0'.length, 'prog\0a\0'.length],
    });
  });
});

/** WASI errno: what a guest without any file grant gets. */
const NOTCAPABLE = 76;

describe('usage', { concurrency: true }, () => {
  it('samples never go back, and count while a loop runs', async () => {
    const run = await GuestUnderTest.load(fixture('calls.wat'), {
      entry: calling('spin'),
      debug: false,
      config: { fuel: 400_000_000 },
    });
    run.guest.start(CONTINUE);
    await run.ended();
    const { samples } = run;
    assert.ok(samples.length > 3, `${samples.length} samples`);
    for (const [index, sample] of samples.entries()) {
      const before = samples[index - 1];
      if (before === undefined) continue;
      for (const key of ['time', 'instant', 'hostCalls', 'outputBytes'] as const) assert.ok(sample[key] >= before[key]);
    }
    assert.equal(new Set(samples.map((sample) => sample.instant)).size > 2, true);
    assert.equal(samples.at(-1)?.instant, 400_000_000);
    assert.equal(samples.at(-1)?.memory, 65536);
  });
});
