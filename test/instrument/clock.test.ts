/** The clock: exact at every instruction, whatever else is instrumented. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { InstrumentOptions } from '../../sandbox/instrument/instrumented.ts';
import { assemble, trace } from './harness.ts';

const programs = new URL('../fixtures/instrument/', import.meta.url);

const variants: readonly InstrumentOptions[] = [
  { clock: 'exact' },
  { clock: 'exact', checks: true },
  { clock: 'exact', checks: true, depth: true, maxCallDepth: 5000 },
];

for (const file of readdirSync(programs).filter((name) => name.endsWith('.wat'))) {
  test(`${file}: every instruction has the instant that counting one by one gives`, () => {
    const text = readFileSync(new URL(file, programs), 'utf8');
    const bytes = assemble(text);
    const calls = callsIn(text);
    const brute = trace(bytes, { sites: 'all', clock: 'brute' }, calls);
    assert.ok(brute.hits.length > 10);
    for (let i = 1; i < brute.hits.length; i++) {
      assert.ok(brute.hits[i]!.instant > brute.hits[i - 1]!.instant, 'instants are strictly increasing');
    }
    for (const variant of variants) {
      const exact = trace(bytes, { sites: 'all', ...variant }, calls);
      assert.deepEqual(exact.ends, brute.ends);
      const strip = (hits: typeof exact.hits) => hits.map(({ id, instant }) => `${id}@${instant}`);
      assert.deepEqual(strip(exact.hits), strip(brute.hits), JSON.stringify(variant));
    }
  });
}

/** A fixture says in its first lines what to call: `;; call NAME ARG…`. */
function callsIn(text: string): [string, ...unknown[]][] {
  return [...text.matchAll(/^;; call (.+)$/gm)].map((match) => {
    const [name = '', ...args] = (match[1] as string).trim().split(/\s+/);
    return [name, ...args.map((arg) => (arg.endsWith('n') ? BigInt(arg.slice(0, -1)) : Number(arg)))];
  });
}
