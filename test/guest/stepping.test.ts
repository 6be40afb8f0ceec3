import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Stop } from '../../sandbox/guest/protocol.ts';
import { CONTINUE, fixture, GuestUnderTest, stepInto } from './guestUnderTest.ts';

const CALLS = fixture('calls.wat');

describe('breakpoints', { concurrency: true }, () => {
  it('set before the start stop at each hit, with the exact stack', async () => {
    const run = await GuestUnderTest.load(CALLS);
    const site = run.site('factorial', 'i32.const', 0);
    run.guest.setBreakpoints([site]);
    const stop = await run.start(CONTINUE);
    assert.deepEqual(stop.reason, { kind: 'breakpoint', site });
    assert.equal(stop.final, false);
    const call = run.offset('factorial', 'call');
    assert.deepEqual(
      stop.frames.map((frame) => [frame.offset, frame.depth]),
      [
        [run.offset('factorial', 'i32.const', 0), 6],
        [call, 5],
        [call, 4],
        [call, 3],
        [run.offset('twice', 'call', 0), 2],
        [run.offset('_start', 'call'), 1],
      ],
    );
    const second = await run.stop(CONTINUE);
    assert.equal(second.frames.at(-2)?.offset, run.offset('twice', 'call', 1));
    assert.ok(second.instant > stop.instant);
    run.guest.resume(CONTINUE);
    assert.deepEqual(await run.ended(), { kind: 'exited', code: 0, results: [] });
    assert.deepEqual(run.history, ['stopped', 'resumed', 'stopped', 'resumed', 'ended']);
  });

  it('set and removed while a tight loop runs take effect', async () => {
    const run = await GuestUnderTest.load(CALLS, { entry: { kind: 'call', function: 'spin', arguments: [] } });
    run.guest.start(CONTINUE);
    const site = run.site('spin', 'br');
    run.guest.setBreakpoints([site]);
    assert.deepEqual((await run.stop()).reason, { kind: 'breakpoint', site });
    run.guest.setBreakpoints([]);
    run.guest.resume(CONTINUE);
    run.guest.pause();
    assert.equal((await run.stop()).reason.kind, 'pause');
    await run.guest.kill();
    assert.deepEqual(await run.ended(), { kind: 'killed' });
  });

  it('survive a step, which arms and disarms every site', async () => {
    const run = await GuestUnderTest.load(CALLS);
    const site = run.site('twice', 'i32.add');
    run.guest.setBreakpoints([site]);
    await run.start(stepInto(1e9));
    await run.stop(stepInto(1));
    assert.deepEqual((await run.stop(CONTINUE)).reason, { kind: 'breakpoint', site });
    await run.guest.kill();
  });
});

describe('steps', { concurrency: true }, () => {
  it('into visits every instruction that is executed, in order', async () => {
    const run = await GuestUnderTest.load(CALLS, {
      entry: { kind: 'call', function: 'factorial', arguments: [1] },
    });
    const visited: unknown[] = [];
    let stop = await run.start(stepInto(1e9));
    for (let count = 0; count < 17; count++) {
      const [frame] = stop.frames;
      visited.push([run.opcodeAt(frame!.offset), frame!.depth]);
      assert.equal(stop.instant, count);
      if (count < 16) stop = await run.stop(stepInto(frame!.depth));
    }
    const inner = ['local.get', 'i32.eqz', 'if', 'i32.const', 'else', 'end'];
    const outer = ['local.get', 'i32.eqz', 'if', 'local.get', 'local.get', 'i32.const', 'i32.sub', 'call'];
    assert.deepEqual(visited, [
      ...outer.map((name) => [name, 1]),
      ...inner.map((name) => [name, 2]),
      ...['i32.mul', 'end', 'end'].map((name) => [name, 1]),
    ]);
    run.guest.resume(CONTINUE);
    assert.deepEqual(await run.ended(), { kind: 'exited', code: 0, results: [1] });
  });

  it('over passes recursion, out leaves it', async () => {
    const run = await GuestUnderTest.load(CALLS, {
      entry: { kind: 'call', function: 'factorial', arguments: [5] },
    });
    const call = run.site('factorial', 'call');
    run.guest.setBreakpoints([call]);
    await run.start(CONTINUE);
    run.guest.setBreakpoints([]);
    const over = await run.stop({ kind: 'step', line: call, depth: 1, maxDepth: 1 });
    assert.deepEqual(over.frames, [{ functionIndex: 0, offset: run.offset('factorial', 'i32.mul'), depth: 1 }]);
    await run.guest.kill();

    const again = await GuestUnderTest.load(CALLS, {
      entry: { kind: 'call', function: 'factorial', arguments: [5] },
    });
    again.guest.setBreakpoints([again.site('factorial', 'i32.const', 0)]);
    const deepest = await again.start(CONTINUE);
    assert.equal(deepest.frames[0]?.depth, 6);
    again.guest.setBreakpoints([]);
    const out = await again.stop({ kind: 'step', line: -2, depth: 6, maxDepth: 5 });
    assert.deepEqual(out.frames[0], { functionIndex: 0, offset: again.offset('factorial', 'i32.mul'), depth: 5 });
    await again.guest.kill();
  });

  it('stop at lines: sites of one line count as one, sites of no line never', async () => {
    const lines = (site: number) => (site < 4 ? 1 : site < 8 ? -1 : 2);
    const probe = await GuestUnderTest.load(CALLS);
    const lineOfSite = Int32Array.from(probe.instrumented.sites, (_, index) => lines(index));
    await probe.guest.kill();
    const run = await GuestUnderTest.load(CALLS, {
      entry: { kind: 'call', function: 'factorial', arguments: [3] },
      lineOfSite,
    });
    const first = await run.start(stepInto(1e9));
    assert.deepEqual(first.reason, { kind: 'step', site: 0 });
    const second = await run.stop({ kind: 'step', line: 1, depth: 1, maxDepth: 1 });
    assert.equal(second.reason.kind, 'step');
    assert.equal(lineOfSite[second.reason.kind === 'step' ? second.reason.site : -1], 2);
    await run.guest.kill();
  });

  it('that meet a breakpoint report the breakpoint', async () => {
    const run = await GuestUnderTest.load(CALLS, {
      entry: { kind: 'call', function: 'factorial', arguments: [5] },
    });
    const deep = run.site('factorial', 'i32.const', 0);
    run.guest.setBreakpoints([deep]);
    await run.start(stepInto(1e9));
    const stop = await run.stop({ kind: 'step', line: -2, depth: 1, maxDepth: 0 });
    assert.deepEqual(stop.reason, { kind: 'breakpoint', site: deep });
    await run.guest.kill();
  });
});

describe('pause', { concurrency: true }, () => {
  it('stops a tight loop at a site', async () => {
    const run = await GuestUnderTest.load(CALLS, { entry: { kind: 'call', function: 'spin', arguments: [] } });
    run.guest.start(CONTINUE);
    run.guest.pause();
    const { reason, frames } = await run.stop();
    assert.equal(reason.kind, 'pause');
    const site = reason.kind === 'pause' && reason.site !== undefined ? run.instrumented.sites[reason.site] : undefined;
    assert.deepEqual(frames, [{ functionIndex: 2, offset: site?.offset, depth: 1 }]);
    await run.guest.kill();
  });

  it('stops library code, which has no lines, at a check', async () => {
    const run = await GuestUnderTest.load(CALLS, {
      entry: { kind: 'call', function: 'spin', arguments: [] },
      instrument: { sites: [], entries: false },
      lineOfSite: new Int32Array(0),
    });
    run.guest.start(CONTINUE);
    run.guest.pause();
    const stop = await run.stop();
    assert.deepEqual(stop.reason, { kind: 'pause' });
    assert.equal(run.opcodeAt(stop.frames[0]!.offset), 'br');
    await run.guest.kill();
  });

  it('stops a guest that waits for input, which then goes on waiting', async () => {
    const run = await GuestUnderTest.load(fixture('echo.wat'));
    run.guest.start(CONTINUE);
    run.guest.stdin(Buffer.from('one'));
    assert.equal(Buffer.from((await run.output()).bytes).toString(), 'one');
    const stop = await pauseInHostCall(run);
    assert.equal(stop.frames[0]?.offset, run.offset('_start', 'call', 0));
    run.guest.resume(CONTINUE);
    run.guest.stdin(Buffer.from('two'));
    assert.equal(Buffer.from((await run.output()).bytes).toString(), 'two');
    run.guest.stdin(undefined);
    assert.equal((await run.ended()).kind, 'exited');
  });
});

describe('a step from a host call', () => {
  it('stops at the very next instruction', async () => {
    const run = await GuestUnderTest.load(fixture('echo.wat'));
    run.guest.start(CONTINUE);
    run.guest.stdin(Buffer.from('one'));
    await run.output();
    const inCall = await pauseInHostCall(run);
    run.guest.resume(stepInto(1));
    run.guest.stdin(Buffer.from('two'));
    const next = await run.stop();
    assert.equal(run.opcodeAt(next.frames[0]!.offset), 'drop');
    assert.equal(next.instant, inCall.instant);
    await run.guest.kill();
  });
});

describe('stacks', () => {
  it('are exact inside try, also in code that has run hot', async () => {
    // Both calls are in one try block: optimised V8 reports one position for the two.
    const text = `(module (tag $e)
      (global $calls (mut i32) (i32.const 0))
      (func $leaf
        (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
        (if (i32.eq (global.get $calls) (i32.const 600000)) (then nop)))
      (func $twice (export "twice") (try (do (call $leaf) (call $leaf)) (catch $e)))
      (func (export "_start") (local $n i32)
        (loop $again
          (call $twice)
          (br_if $again (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 400000))))))`;
    const run = await GuestUnderTest.load(text);
    run.guest.setBreakpoints([
      run.instrumented.sites.findIndex((site) => run.opcodeAt(site.offset) === 'nop' && site.functionIndex === 0),
    ]);
    const stop = await run.start(CONTINUE);
    assert.equal(stop.frames[1]?.offset, run.offset('twice', 'call', 1));
    await run.guest.kill();
  });
});

/** The guest may not have come to its call yet: then the pause finds it at a site. */
async function pauseInHostCall(run: GuestUnderTest): Promise<Stop> {
  for (;;) {
    run.guest.pause();
    const stop = await run.stop();
    assert.equal(stop.reason.kind, 'pause');
    if (stop.reason.kind === 'pause' && stop.reason.site === undefined) return stop;
    run.guest.resume(CONTINUE);
  }
}
