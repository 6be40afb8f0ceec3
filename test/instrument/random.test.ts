/**
 * Random programs, full of calls, branches, loops and exceptions that no person would write: the exact clock against
 * counting one by one, with sites at some instructions only, and armed only where the guest stops next.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instrument } from '../../sandbox/instrument/instrument.ts';
import { type InstrumentOptions, SITE_ALWAYS } from '../../sandbox/instrument/instrumented.ts';
import { assemble, run, trace } from './harness.ts';
import { ProgramGenerator } from './programGenerator.ts';

const PROGRAMS = 40;
const CALLS: [string, ...unknown[]][] = [
  ['run', 1],
  ['run', 6],
  ['run', 1000],
];

for (const exceptions of ['none', 'legacy', 'try_table'] as const) {
  test(`${PROGRAMS} programs, exceptions: ${exceptions}`, () => {
    let hits = 0;
    for (let seed = 1; seed <= PROGRAMS; seed++) {
      const text = new ProgramGenerator(seed, exceptions).module();
      const bytes = assemble(text);
      const brute = trace(bytes, { sites: 'all', clock: 'brute' }, CALLS);
      hits += brute.hits.length;
      for (const options of [
        { sites: 'all', clock: 'exact' },
        { sites: 'all', clock: 'exact', checks: true, depth: true, maxCallDepth: 5000 },
      ] satisfies InstrumentOptions[]) {
        const exact = trace(bytes, options, CALLS);
        assert.deepEqual(exact.ends, brute.ends, text);
        assert.deepEqual(
          exact.hits.map(({ id, instant }) => [id, instant]),
          brute.hits.map(({ id, instant }) => [id, instant]),
          text,
        );
      }
      const offsets = exact(bytes).filter((_, index) => (index * 7 + seed) % 5 < 2);
      armOneByOne(bytes, { sites: offsets, entries: seed % 2 === 0, clock: 'exact', depth: true, checks: true }, text);
    }
    assert.ok(hits > 50 * PROGRAMS, `${hits} instructions ran`);
  });
}

function exact(bytes: Uint8Array): number[] {
  return instrument(bytes, { sites: 'all' }).sites.map(({ offset }) => offset);
}

function armOneByOne(bytes: Uint8Array, options: InstrumentOptions, text: string): void {
  const expected = trace(bytes, options, CALLS);
  const all = expected.hits.map(({ id, instant, depth }) => `${id}@${instant} ${depth}`);
  const hits: string[] = [];
  const running = run(instrument(bytes, options), (id, instant, depth) => {
    hits.push(`${id}@${instant} ${depth}`);
    running.flags[id] = 0;
    const next = expected.hits[hits.length];
    if (next) running.flags[next.id] = SITE_ALWAYS;
  });
  const [first] = expected.hits;
  if (first) running.flags[first.id] = SITE_ALWAYS;
  const ends = CALLS.map(([name, ...args]) => running.call(name, ...args));
  assert.deepEqual(ends, expected.ends, text);
  assert.deepEqual(hits, all, text);
}
