/** The clock: exact at every instruction, whatever else is instrumented. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { instrument } from '../../sandbox/instrument/instrument.ts';
import { EVENT_LIMIT, type InstrumentOptions } from '../../sandbox/instrument/instrumented.ts';
import { assemble, callsIn, HOST, run, trace } from './harness.ts';

const programs = new URL('../fixtures/instrument/', import.meta.url);

const variants: readonly InstrumentOptions[] = [
  { clock: 'exact' },
  { clock: 'exact', checks: true },
  { clock: 'exact', checks: true, depth: true, maxCallDepth: 5000 },
  { clock: 'brute', checks: true, depth: true },
];

type Calls = [string, ...unknown[]][];

const texts = readdirSync(programs).filter((name) => name.endsWith('.wat'));

/** Compiled from test/fixtures/bench without optimisation. */
const compiled: readonly (readonly [file: string, calls: Calls])[] = [
  [
    'kernels.c.wasm',
    [
      ['fib', 9],
      ['sieve', 120],
      ['nbody', 2],
      ['hash', 60],
      ['matmul', 4],
    ],
  ],
  [
    'kernels.as.wasm',
    [
      ['fib', 9],
      ['objects', 1],
      ['words', 25],
    ],
  ],
];

for (const file of texts) {
  const text = readFileSync(new URL(file, programs), 'utf8');
  compare(file, assemble(text), callsIn(text));
}
for (const [file, calls] of compiled) compare(file, readFileSync(new URL(file, programs)), calls);

function compare(file: string, bytes: Uint8Array, calls: Calls): void {
  test(`${file}: every instruction has the instant that counting one by one gives`, () => {
    const brute = trace(bytes, { sites: 'all', clock: 'brute' }, calls, HOST);
    assert.ok(brute.hits.length > 10);
    for (let i = 1; i < brute.hits.length; i++) {
      assert.ok(brute.hits[i]!.instant > brute.hits[i - 1]!.instant, 'instants are strictly increasing');
    }
    for (const variant of variants) {
      const exact = trace(bytes, { sites: 'all', ...variant }, calls, HOST);
      assert.deepEqual(exact.ends, brute.ends);
      const strip = (hits: typeof exact.hits) => hits.map(({ id, instant }) => `${id}@${instant}`);
      assert.deepEqual(strip(exact.hits), strip(brute.hits), JSON.stringify(variant));
    }
  });
}

test('a limit is noticed within the longest stretch, unwinding a deep recursion too', () => {
  const bytes = assemble(readFileSync(new URL('recursion.wat', programs), 'utf8'));
  const { clock } = trace(bytes, { clock: 'exact' }, [['down', 3000]]).run;
  const total = clock();
  for (let part = 1; part < 20; part++) {
    const limit = Math.floor((total * part) / 20);
    const events: number[] = [];
    const instrumented = instrument(bytes, { clock: 'exact', checks: true });
    const running = run(instrumented, (id, instant) => {
      assert.equal(id, EVENT_LIMIT);
      events.push(instant);
      running.view.setBigInt64(instrumented.probe.limit, 1n << 62n, true);
    });
    running.view.setBigInt64(instrumented.probe.limit, BigInt(limit), true);
    running.call('down', 3000);
    assert.equal(events.length, 1);
    const late = events[0]! - limit;
    assert.ok(Math.abs(late) <= instrumented.longest, `${late} instructions late, longest ${instrumented.longest}`);
  }
});

test('inside the hook the globals hold the instant and the depth', () => {
  const bytes = assemble(readFileSync(new URL('accessors.wat', programs), 'utf8'));
  const instrumented = instrument(bytes, { sites: 'all', clock: 'exact', checks: true, depth: true });
  let hits = 0;
  const running = run(instrumented, (_id, instant, depth) => {
    hits++;
    assert.equal(running.clock(), instant);
    assert.equal((running.exports.__ws_depth as WebAssembly.Global).value, depth);
  });
  running.flags.fill(1);
  running.call('walk', 3);
  assert.ok(hits > 100);
});

test('after a call, a trap by unreachable or an exception the clock is what counting one by one gives', () => {
  const bytes = assemble(`(module
    (tag $e)
    (func $leaf nop unreachable)
    (func (export "trap") call $leaf)
    (func (export "return") (param i32) (result i32) local.get 0 if i32.const 1 return end i32.const 2)
    (func (export "throw") nop throw $e))`);
  for (const [name, ...args] of [['trap'], ['return', 0], ['return', 1], ['throw']] as Calls) {
    const brute = trace(bytes, { clock: 'brute' }, [[name, ...args]]).run.clock();
    assert.equal(trace(bytes, { clock: 'exact', checks: true }, [[name, ...args]]).run.clock(), brute, name);
  }
});
