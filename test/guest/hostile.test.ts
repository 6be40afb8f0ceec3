import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hoarder } from '../support/hoarder.ts';
import { CONTINUE, GuestUnderTest } from './guestUnderTest.ts';

const EXITS = '(module (func (export "_start")))';

describe('a guest that exhausts the engine takes its own process down, and is told apart', () => {
  for (const [what, length] of [
    ['many small objects', 50],
    ['large ones', 100_000],
    ['one that is larger than all its room', 40_000_000],
  ] as const) {
    it(`with ${what}`, async () => {
      const end = await GuestUnderTest.end(hoarder(length));
      assert.equal(end.kind, 'crashed', JSON.stringify(end));
      assert.ok(end.kind === 'crashed');
      assert.equal(end.cause, 'memory');
      assert.match(end.message, /ran out of memory for its objects .* they may take 256 MB\./);
      assert.equal((await GuestUnderTest.end(EXITS)).kind, 'exited');
    });
  }

  it('with objects, whose room is as large as that of linear memory', async () => {
    const end = await GuestUnderTest.end(hoarder(100_000), { config: { memory: 300 * 2 ** 20 } });
    assert.match(end.kind === 'crashed' ? end.message : '', /they may take 300 MB/);
  });

  it('with tables: they are paid for out of memory', async () => {
    const text = `(module ${'(table 1 externref)'.repeat(20)} (func (export "_start")
      ${Array.from({ length: 20 }, (_, index) => `(drop (table.grow ${index} (ref.null extern) (i32.const 9000000)))`).join('')}))`;
    const run = await GuestUnderTest.load(text, { debug: false });
    run.guest.start(CONTINUE);
    assert.equal((await run.ended()).kind, 'exited');
    assert.equal(run.history.filter((event) => event === 'exhausted').length, 20);
  });

  it('when the engine itself crashes', async () => {
    const run = await GuestUnderTest.load('(module (func (export "_start") (loop br 0)))', { debug: false });
    run.guest.start(CONTINUE);
    process.kill(run.guest.processId!, 'SIGSEGV');
    const end = await run.ended();
    assert.ok(end.kind === 'crashed');
    assert.equal(end.cause, undefined);
    assert.match(end.message, /by SIGSEGV, by no request of ours: the engine crashed/);
    assert.equal((await GuestUnderTest.end(EXITS)).kind, 'exited');
  });
});

describe('a stack that is full', () => {
  it('is an end that no catch_all of the guest can put off for good', async () => {
    const locals = 20_000;
    const text = `(module (func $f (export "_start") (local ${'i64 '.repeat(locals)})
      (try (do (call $f)) (catch_all)) (local.set 5 (i64.const 1)) (drop (local.get ${locals - 1}))))`;
    const end = await GuestUnderTest.end(text, {
      config: { maxCallDepth: 1_000_000, timeout: 5000 },
      instrument: { sites: [] },
    });
    assert.notEqual(end.kind, 'crashed', JSON.stringify(end).slice(0, 500));
  });
});
