/**
 * Flags written while the guest is stopped hold from the very next site on, wherever that is: flags are read ahead,
 * but never across a stop.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { instrument } from '../../sandbox/instrument/instrument.ts';
import { type InstrumentOptions, PROBE_EXPORTS, SITE_ALWAYS } from '../../sandbox/instrument/instrumented.ts';
import { instructionsOf } from '../../sandbox/wasm/instructions.ts';
import { readModule } from '../../sandbox/wasm/module.ts';
import { assemble, callsIn, HOST, run, trace } from './harness.ts';

const programs = new URL('../fixtures/instrument/', import.meta.url);

for (const file of readdirSync(programs).filter((name) => name.endsWith('.wat'))) {
  const text = readFileSync(new URL(file, programs), 'utf8');
  const bytes = assemble(text);
  const statements = [...everyThirdInstruction(bytes)];
  for (const [what, sites] of [
    ['every instruction', 'all'],
    ['some instructions', statements],
  ] as const) {
    test(`${file}, sites at ${what}: arming only the next site from within the hook loses none`, () => {
      const options: InstrumentOptions = { sites, clock: 'exact', checks: true, depth: true };
      const calls = callsIn(text);
      const expected = trace(bytes, options, calls, HOST).hits.map(({ id, instant }) => `${id}@${instant}`);
      const next = expected.map((hit) => Number(hit.split('@')[0]));
      const hits: string[] = [];
      const running = run(
        instrument(bytes, options),
        (id, instant) => {
          hits.push(`${id}@${instant}`);
          running.flags[id] = 0;
          const following = next[hits.length];
          if (following !== undefined) running.flags[following] = SITE_ALWAYS;
        },
        HOST,
      );
      running.flags[next[0]!] = SITE_ALWAYS;
      if (PROBE_EXPORTS.start in running.exports) running.call(PROBE_EXPORTS.start);
      for (const [name, ...args] of calls) running.call(name, ...args);
      assert.equal(hits.length, expected.length);
      assert.deepEqual(hits, expected);
    });
  }
}

function* everyThirdInstruction(bytes: Uint8Array): Generator<number> {
  const module = readModule(bytes);
  let count = 0;
  for (const { body } of module.functions) {
    if (body) for (const { offset } of instructionsOf(module, body)) if (count++ % 3 === 0) yield offset;
  }
}
