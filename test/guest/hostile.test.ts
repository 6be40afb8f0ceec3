import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ByteWriter } from '../../sandbox/wasm/byteWriter.ts';
import { SECTION } from '../../sandbox/wasm/sections.ts';
import { CONTINUE, GuestUnderTest } from './guestUnderTest.ts';

/** A list of arrays of `length` i64: it never ends and keeps all it makes. */
function hoarder(length: number): Uint8Array {
  const out = new ByteWriter().raw([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
  const section = (id: number, body: ByteWriter) => out.u8(id).unsigned(body.length).raw(body.written());
  // (type $a (array (mut i64))) (type $l (struct (field (mut (ref null $l))) (field (mut (ref null $a))))) (type (func))
  section(SECTION.type, new ByteWriter().raw([3, 0x5e, 0x7e, 1, 0x5f, 2, 0x63, 1, 1, 0x63, 0, 1, 0x60, 0, 0]));
  section(SECTION.function, new ByteWriter().raw([1, 2]));
  section(SECTION.export, new ByteWriter().raw([1]).name('_start').raw([0, 0]));
  // (local $l (ref null $l)) (loop (local.set 0 (struct.new $l (local.get 0) (array.new_default $a (i32.const length)))) (br 0))
  const body = new ByteWriter().raw([1, 1, 0x63, 1, 0x03, 0x40, 0x20, 0, 0x41]).signed(length);
  body.raw([0xfb, 7, 0, 0xfb, 0, 1, 0x21, 0, 0x0c, 0, 0x0b, 0x0b]);
  section(SECTION.code, new ByteWriter().raw([1]).unsigned(body.length).raw(body.written()));
  return out.written().slice();
}

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
