import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { End, Exhausted } from '../../sandbox/guest/protocol.ts';
import { explain } from '../../sandbox/guest/worker/growths.ts';
import { CONTINUE, fixture, GuestUnderTest, type Settings } from './guestUnderTest.ts';

const PAGE = 65536;
const MB = 1 << 20;

/** `_start` asks for `pages` more memory and then does `after`, with the answer on the stack. */
function growing(pages: number, after: string): string {
  return `(module (memory 1) (table $t 1 funcref)
    (func $grow (result i32) (memory.grow (i32.const ${pages})))
    (func (export "_start") (call $grow) ${after}))`;
}

/** Divides by zero when the answer is -1. */
const DIVIDES_UNLESS_GROWN = '(i32.const 1) i32.add i32.eqz (if (then (drop (i32.div_s (i32.const 1) (i32.const 0)))))';

function exhaustedOf(end: End): Exhausted {
  assert.equal(end.kind, 'exhausted', JSON.stringify(end));
  return (end as Extract<End, { kind: 'exhausted' }>).exhausted;
}

describe('a growth of memory past the limit', { concurrency: true }, () => {
  const config = { memory: MB };
  const exhausted = { kind: 'memory', used: 101 * PAGE, limit: MB };

  it('is answered -1, told with its place, and survived', async () => {
    const run = await GuestUnderTest.load(growing(100, 'drop'), { debug: false, config });
    run.guest.start(CONTINUE);
    const { exhausted: told, frames } = await run.survived();
    assert.deepEqual(told, exhausted);
    assert.deepEqual(
      frames.map(({ functionIndex, offset, depth }) => [functionIndex, run.opcodeAt(offset), depth]),
      [
        [0, 'memory.grow', 2],
        [1, 'call', 1],
      ],
    );
    assert.equal((await run.ended()).kind, 'exited');
  });

  it('stops a debugger there; the program goes on with -1', async () => {
    const run = await GuestUnderTest.load(growing(100, DIVIDES_UNLESS_GROWN), {
      config,
      entry: { kind: 'command' },
    });
    const stop = await run.start(CONTINUE);
    assert.deepEqual(stop.reason, { kind: 'limit', exhausted });
    assert.equal(stop.final, false);
    assert.equal(run.opcodeAt(stop.frames[0]!.offset), 'memory.grow');
    assert.equal(stop.frames.length, 2);
    const fault = await run.stop(CONTINUE);
    assert.equal(fault.reason.kind === 'trap' && fault.reason.trap, 'integer divide by zero');
    run.guest.resume(CONTINUE);
    assert.equal((await run.ended()).kind, 'trapped');
  });

  it('does not stop a debugger that asks not to be', async () => {
    const run = await GuestUnderTest.load(growing(100, 'drop'), { config, stopOnLimits: false });
    run.guest.start(CONTINUE);
    assert.equal((await run.ended()).kind, 'exited');
    assert.equal(run.history.includes('stopped'), false);
    assert.equal(run.history.includes('exhausted'), true);
  });

  it('and an abort soon after are the end by that limit, with both places', async () => {
    const run = await GuestUnderTest.load(growing(100, 'drop unreachable'), { debug: false, config });
    run.guest.start(CONTINUE);
    const end = await run.ended();
    assert.deepEqual(exhaustedOf(end), exhausted);
    assert.ok(end.kind === 'exhausted');
    assert.equal(run.opcodeAt(end.frames[0]!.offset), 'memory.grow');
    assert.equal(end.trap?.kind, 'unreachable');
    assert.equal(run.opcodeAt(end.trap.frames[0]!.offset), 'unreachable');
  });

  it('is not held responsible for a trap of another kind, or much later', async () => {
    const divide = await GuestUnderTest.end(growing(100, 'drop (drop (i32.rem_s (i32.const 1) (i32.const 0)))'), {
      config,
    });
    assert.equal(divide.kind === 'trapped' && divide.trap, 'integer divide by zero');
    const later = `drop (local.set $i (i32.const 300000))
      (loop $again (br_if $again (local.tee $i (i32.sub (local.get $i) (i32.const 1))))) unreachable`;
    const text = growing(100, later).replace('(export "_start")', '(export "_start") (local $i i32)');
    const end = await GuestUnderTest.end(text, { config });
    assert.equal(end.kind === 'trapped' && end.message, 'unreachable');
  });

  it('past the module’s own maximum is no limit of ours, but explains the trap', async () => {
    const text = growing(100, 'drop unreachable').replace('(memory 1)', '(memory 1 4)');
    const run = await GuestUnderTest.load(text, { debug: false, config });
    run.guest.start(CONTINUE);
    const end = await run.ended();
    assert.equal(
      end.kind === 'trapped' && end.message,
      'unreachable (it had asked for 6,619,136 bytes of memory, and its own maximum is 262,144 bytes)',
    );
    assert.equal(run.history.includes('exhausted'), false);
  });

  it('again and again costs little, and is told a hundred times', async () => {
    const text = `(module (memory 1) (func (export "_start") (local $i i32) (local.set $i (i32.const 20000))
      (loop $again (drop (memory.grow (i32.const 1000)))
        (br_if $again (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))))`;
    const run = await GuestUnderTest.load(text, { debug: false, config });
    run.guest.start(CONTINUE);
    assert.equal((await run.ended()).kind, 'exited');
    assert.equal(run.history.filter((event) => event === 'exhausted').length, 100);
  });

  it('of tables is paid for out of memory', async () => {
    const text = `(module (table $t 1 funcref)
      (func (export "_start") (drop (table.grow $t (ref.null func) (i32.const 1000000))) unreachable))`;
    const end = await GuestUnderTest.end(text, { config });
    assert.deepEqual(exhaustedOf(end), { kind: 'memory', used: 1_000_001 * 32, limit: MB, of: 'table' });
  });
});

describe('who refused a growth', () => {
  const of = (wanted: number, own: number | undefined, allowed: number) =>
    explain('memory', { wanted, bound: { own, allowed }, limit: 16 * PAGE, alone: true });

  it('is our limit, the module’s own maximum, or the machine', () => {
    assert.deepEqual(of(17, undefined, 16).exhausted, { kind: 'memory', used: 17 * PAGE, limit: MB });
    assert.deepEqual(of(17, 100, 16).exhausted, { kind: 'memory', used: 17 * PAGE, limit: MB });
    assert.equal(of(9, 8, 8).exhausted, undefined);
    assert.match(of(9, 8, 8).because, /its own maximum is 524,288 bytes/);
    assert.equal(of(15, undefined, 16).exhausted?.by, 'machine');
    assert.match(of(15, undefined, 16).because, /this machine could not give it/);
  });

  it('tables count 32 bytes an entry', () => {
    const { exhausted, because } = explain('table', {
      wanted: 40_000,
      bound: { own: undefined, allowed: 32_768 },
      limit: MB,
      alone: true,
    });
    assert.deepEqual(exhausted, { kind: 'memory', used: 1_280_000, limit: MB, of: 'table' });
    assert.match(because, /a table of 40,000 entries, and "memory" in sandbox.json allows 32,768 entries/);
  });
});

describe('maxOutput', { concurrency: true }, () => {
  /** Prints 8 bytes again and again. */
  const PRINTS = `(module (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1) (data (i32.const 16) "12345678") (data (i32.const 0) "\\10\\00\\00\\00\\08\\00\\00\\00")
    (func (export "_start") (loop $again (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
      (br $again))))`;

  async function outputOf(run: GuestUnderTest): Promise<string> {
    let text = '';
    for (let left = run.history.filter((event) => event === 'output').length; left > 0; left--) {
      text += new TextDecoder().decode((await run.output()).bytes);
    }
    return text;
  }

  it('lets what it allows through, and ends the program', async () => {
    const run = await GuestUnderTest.load(PRINTS, { debug: false, config: { maxOutput: 20 } });
    run.guest.start(CONTINUE);
    const end = await run.ended();
    assert.deepEqual(exhaustedOf(end), { kind: 'maxOutput', used: 24, limit: 20 });
    assert.equal(end.kind === 'exhausted' && run.opcodeAt(end.frames[0]!.offset), 'call');
    assert.equal(await outputOf(run), '12345678123456781234');
  });

  it('stops a debugger there', async () => {
    const run = await GuestUnderTest.load(PRINTS, { config: { maxOutput: 16 } });
    const stop = await run.start(CONTINUE);
    assert.deepEqual(stop.reason, { kind: 'limit', exhausted: { kind: 'maxOutput', used: 24, limit: 16 } });
    assert.equal(stop.final, true);
    run.guest.resume(CONTINUE);
    assert.equal((await run.ended()).kind, 'exhausted');
    assert.equal(await outputOf(run), '1234567812345678');
  });
});

describe('fuel', { concurrency: true }, () => {
  /** Straight-line code after a call, in a loop, and a recursion that unwinds. */
  const PROGRAM = `(module (func $leaf (result i32) (i32.add (i32.const 1) (i32.const 2)))
    (func $down (param i32) (if (local.get 0) (then (call $down (i32.sub (local.get 0) (i32.const 1)))))
      (drop (call $leaf)))
    (func (export "_start") (loop $again (drop (call $leaf)) (call $down (i32.const 20)) (br $again))))`;

  it('ends at the first check at or past the limit: never early, never a stretch late, always at the same place', async () => {
    const fuel = 12_345;
    const ends: End[] = [];
    for (const clock of ['exact', 'brute', 'exact'] as const) {
      const run = await GuestUnderTest.load(PROGRAM, { debug: false, config: { fuel }, instrument: { clock } });
      run.guest.start(CONTINUE);
      const end = await run.ended();
      const { used, limit } = exhaustedOf(end);
      assert.equal(limit, fuel);
      assert.ok(used >= fuel && used <= fuel + run.instrumented.longest, `${used} of ${fuel}`);
      assert.equal(run.samples.at(-1)?.instant, used);
      if (clock === 'exact') ends.push(end);
    }
    assert.deepEqual(ends[0], ends[1]);
  });

  it('is used up to the instruction where each round of a loop is checked', async () => {
    const end = await GuestUnderTest.end('(module (func (export "_start") (loop br 0)))', {
      config: { fuel: 1_000_000 },
    });
    assert.deepEqual(exhaustedOf(end), { kind: 'fuel', used: 1_000_000, limit: 1_000_000 });
  });
});

describe('timeout', { concurrency: true }, () => {
  const SPIN = '(loop $spin (br $spin))';
  const RANDOM = `(module (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
    (memory (export "memory") 16384)
    (func (export "_start") (drop (call $random (i32.const 0) (i32.const 0x3fffffff)))))`;
  const POLL = `(module (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1) (data (i32.const 24) "\\00\\00\\00\\ff\\ff\\00")
    (func (export "_start") (drop (call $poll (i32.const 0) (i32.const 100) (i32.const 1) (i32.const 200)))))`;

  const programs: readonly [what: string, text: string, settings: Settings][] = [
    ['an endless loop', `(module (func (export "_start") ${SPIN}))`, {}],
    ['one without checks', `(module (func (export "_start") ${SPIN}))`, { plain: true }],
    ['one in the start function', `(module (func $s ${SPIN}) (start $s) (func (export "_start")))`, {}],
    [
      'one in the start function, as it is',
      `(module (func $s ${SPIN}) (start $s) (func (export "_start")))`,
      { plain: true },
    ],
    [
      'one in an initialiser',
      `(module (func (export "_initialize") ${SPIN}) (func (export "f")))`,
      { entry: { kind: 'call', function: 'f', arguments: [] } },
    ],
    ['a read of standard input', fixture('echo.wat'), {}],
    ['a sleep', POLL, {}],
    ['a gigabyte of random numbers', RANDOM, { config: { memory: 2 ** 31 } }],
  ];

  for (const [what, text, settings] of programs) {
    it(`ends ${what} in time`, { concurrency: false }, async () => {
      const run = await GuestUnderTest.load(text, {
        debug: false,
        ...settings,
        config: { ...settings.config, timeout: 100 },
      });
      const before = performance.now();
      run.guest.start(CONTINUE);
      const end = await run.ended();
      const took = performance.now() - before;
      assert.deepEqual(exhaustedOf(end), { kind: 'timeout', used: 100, limit: 100 });
      if (!settings.plain) assert.notEqual((end as Extract<End, { kind: 'exhausted' }>).frames.length, 0);
      assert.ok(took < 100 + 2000, `${took} ms`);
    });
  }
});

describe('call depth', { concurrency: true }, () => {
  const recursive = (locals: number) =>
    `(module (func $f (export "_start") (local ${'i64 '.repeat(locals)}) (call $f)${Array.from(
      { length: locals },
      (_, index) => `(local.set ${index} (i64.add (local.get ${index}) (i64.const 1)))`,
    ).join('')} ${Array.from({ length: locals }, (_, index) => `(drop (local.get ${index}))`).join('')}))`;

  it('is a clean end with frames of any size: by our limit, or by the engine’s stack, which says so', async () => {
    const small = await GuestUnderTest.end(recursive(10), { config: { maxCallDepth: 10_000 } });
    assert.equal(exhaustedOf(small).kind, 'maxCallDepth');
    const large = await GuestUnderTest.end(recursive(5000), {
      config: { maxCallDepth: 1_000_000 },
      instrument: { sites: [] },
    });
    assert.equal(large.kind, 'trapped', JSON.stringify(large).slice(0, 300));
    assert.ok(large.kind === 'trapped');
    assert.equal(large.trap, 'stack overflow');
    assert.match(large.message, /the engine's stack was full after [\d,]+ nested calls/);
  });
});
