/** The call depth against the frames that V8 sees, and our own limit on it. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { instrument } from '../../sandbox/instrument/instrument.ts';
import { EVENT_STACK_OVERFLOW, type InstrumentOptions, SITE_ALWAYS } from '../../sandbox/instrument/instrumented.ts';
import { assemble, callsIn, HOST, run } from './harness.ts';

const programs = new URL('../fixtures/instrument/', import.meta.url);
const variants: readonly InstrumentOptions[] = [
  { sites: 'all', depth: true },
  { sites: 'all', depth: true, clock: 'exact', checks: true, maxCallDepth: 4000 },
];

for (const file of readdirSync(programs).filter((name) => name.endsWith('.wat'))) {
  test(`${file}: depth is the number of frames`, () => {
    const text = readFileSync(new URL(file, programs), 'utf8');
    const bytes = assemble(text);
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 400;
    try {
      for (const variant of variants) compareWithStack(bytes, variant, callsIn(text));
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  });
}

function compareWithStack(
  bytes: Uint8Array,
  options: InstrumentOptions,
  calls: readonly [string, ...unknown[]][],
): void {
  const instrumented = instrument(bytes, options);
  let hits = 0;
  const running = run(
    instrumented,
    (_id, _instant, depth) => {
      if (hits++ % 7 !== 0) return;
      const frames = [...(new Error().stack ?? '').matchAll(/wasm-function\[(\d+)\]/g)].map((match) =>
        Number(match[1]),
      );
      // The trampoline is function 1 of its module; ours come next, and the guest's below them.
      const guest = frames.slice(1).filter((index) => index < instrumented.firstAppendedFunction);
      assert.equal(depth / instrumented.shadow.stride, guest.length);
    },
    HOST,
  );
  running.flags.fill(SITE_ALWAYS);
  for (const [name, ...args] of calls) running.call(name, ...args);
  assert.ok(hits > 10);
}

const recursion = assemble(readFileSync(new URL('recursion.wat', programs), 'utf8'));

test('a call too deep ends in a trap, and the hook knows how deep', () => {
  const events: [number, number][] = [];
  const instrumented = instrument(recursion, { clock: 'exact', depth: true, maxCallDepth: 100 });
  const running = run(instrumented, (id, _instant, depth) => events.push([id, depth / instrumented.shadow.stride]));
  assert.equal(running.call('down', 99), run(instrument(recursion, {}), () => {}).call('down', 99));
  assert.deepEqual(events, []);
  assert.equal(running.call('down', 100), 'unreachable');
  assert.deepEqual(events, [[EVENT_STACK_OVERFLOW, 101]]);
});

test('tail calls are no deeper', () => {
  const instrumented = instrument(recursion, { depth: true, maxCallDepth: 10 });
  const running = run(instrumented, () => assert.fail('no event expected'));
  assert.equal(running.call('even', 5000), 1);
});

test('a step stops only in frames that are not deeper', () => {
  const instrumented = instrument(recursion, { sites: 'all', depth: true });
  const { stride } = instrumented.shadow;
  const depths = new Set<number>();
  const running = run(instrumented, (_id, _instant, depth) => depths.add(depth / stride));
  running.flags.fill(2);
  running.view.setInt32(instrumented.probe.stepDepth, 3 * stride, true);
  running.call('down', 50);
  assert.deepEqual([...depths], [1, 2, 3]);
});
