import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CONTINUE, fixture, GuestUnderTest, stepInto } from './guestUnderTest.ts';

const CALLS = fixture('calls.wat');
const PAGE = 65536;

describe('a stopped guest', { concurrency: true }, () => {
  it('shows and takes memory, cut at its end', async () => {
    const run = await GuestUnderTest.load(CALLS);
    await run.start(stepInto(1e9));
    const { guest } = run;
    assert.equal(await guest.memorySize(), PAGE);
    await guest.writeMemory(PAGE - 4, Uint8Array.of(1, 2, 3, 4));
    assert.deepEqual([...(await guest.readMemory(PAGE - 3, 100))], [2, 3, 4]);
    assert.deepEqual([...(await guest.readMemory(PAGE + 10, 100))], []);
    await assert.rejects(guest.writeMemory(PAGE - 1, Uint8Array.of(1, 2)), /2 bytes at address 65535 do not fit/);
    await assert.rejects(guest.readMemory(0, 1, 1), /has no memory 1/);
    await assert.rejects(guest.readMemory(-1, 1), /not an address/);
    await guest.kill();
  });

  it('shows memory that has grown since the last look', async () => {
    const run = await GuestUnderTest.load(`(module (memory (export "memory") 1)
      (func (export "_start") nop (drop (memory.grow (i32.const 2))) (i32.store (i32.const 131072) (i32.const 9)) nop))`);
    await run.start(stepInto(1e9));
    assert.equal(await run.guest.memorySize(), PAGE);
    run.guest.setBreakpoints([run.site('_start', 'nop', 1)]);
    await run.stop(CONTINUE);
    assert.equal(await run.guest.memorySize(), 3 * PAGE);
    assert.deepEqual([...(await run.guest.readMemory(2 * PAGE, 1))], [9]);
    await run.guest.kill();
  });

  it('shows globals of every type', async () => {
    const run = await GuestUnderTest.load(CALLS);
    run.guest.setBreakpoints([run.site('_start', 'nop')]);
    await run.start(CONTINUE);
    assert.deepEqual(await run.guest.readGlobals(), [8, -2n, 0.5]);
    await run.guest.kill();
  });

  it('shows the tracked locals of each frame', async () => {
    const run = await GuestUnderTest.load(CALLS, { instrument: { trackedLocals: new Map([[0, [0]]]) } });
    run.guest.setBreakpoints([run.site('factorial', 'i32.const', 0)]);
    const stop = await run.start(CONTINUE);
    const locals: (number | undefined)[] = [];
    for (const { depth, functionIndex } of stop.frames)
      if (functionIndex === 0) locals.push((await run.guest.readFrame(depth))[0]);
    assert.deepEqual(locals, [0, 1, 2, 3]);
    await assert.rejects(run.guest.readFrame(0), /no shadow frame/);
    await run.guest.kill();
  });

  it('can be looked at before it starts, and not while it runs', async () => {
    const run = await GuestUnderTest.load(CALLS, { entry: { kind: 'call', function: 'spin', arguments: [] } });
    assert.deepEqual([...(await run.guest.readMemory(0, 2))], [0, 0]);
    run.guest.start(CONTINUE);
    await assert.rejects(run.guest.readMemory(0, 1), /is running: pause it first/);
    await run.guest.kill();
  });

  it('leaves no question open when its process dies', async () => {
    const run = await GuestUnderTest.load(CALLS);
    await run.start(stepInto(1e9));
    const asked = Promise.allSettled([run.guest.readMemory(0, 8), run.guest.readGlobals()]);
    process.kill(run.guest.processId!, 'SIGKILL');
    for (const answer of await asked)
      if (answer.status === 'rejected') assert.match(String(answer.reason), /The guest has ended/);
    assert.equal((await run.ended()).kind, 'crashed');
  });
});
