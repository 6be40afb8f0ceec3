/** What another thread writes into the probe memory takes effect while the guest runs, in both of V8's tiers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { instrument } from '../../sandbox/instrument/instrument.ts';
import type { InstrumentOptions } from '../../sandbox/instrument/instrumented.ts';
import { assemble } from './harness.ts';

/** Milliseconds. The loop says when it is about to start, so a little later it is running. */
const PATIENCE = 50;
const WARM_UP = 20;

const loops = assemble(`(module
  (func (export "empty") loop br 0 end)
  (func (export "counting") (local $i i32)
    loop local.get $i i32.const 1 i32.add local.set $i br 0 end)
  (func $leaf (param i32) (result i32) local.get 0 i32.const 3 i32.xor)
  (func (export "calling") (local $i i32)
    loop local.get $i call $leaf local.set $i br 0 end))`);

const cases: readonly (readonly [name: string, options: InstrumentOptions, arm: 'limit' | 'flags'])[] = [
  ['the limit, exact clock', { clock: 'exact', checks: true }, 'limit'],
  ['a flag, no clock', { sites: 'all' }, 'flags'],
  ['a flag, everything else on', { sites: 'all', clock: 'exact', checks: true, depth: true, maxCallDepth: 9 }, 'flags'],
];

/** V8 options that leave just one of its compilers. They hold for the whole process, so each names both. */
const tiers = {
  baseline: ['--liftoff', '--no-wasm-tier-up'],
  optimised: ['--no-liftoff', '--wasm-tier-up'],
};

for (const [tier, flags] of Object.entries(tiers)) {
  for (const [name, options, arm] of cases) {
    for (const loop of ['empty', 'counting', 'calling']) {
      test(`${loop} loop, ${tier} code, stops by ${name}`, async () => {
        const took = await timeToStop(options, arm, { loop, tier: flags });
        assert.ok(took < PATIENCE, `${took} ms`);
      });
    }
  }
}

/** Lets the loop run, then writes, and waits for the hook. */
async function timeToStop(
  options: InstrumentOptions,
  arm: 'limit' | 'flags',
  what: { loop: string; tier: string[] },
): Promise<number> {
  const { bytes, probe, sites } = instrument(loops, options);
  const worker = new Worker(new URL('./spinningWorker.ts', import.meta.url), { workerData: { bytes, probe, ...what } });
  try {
    const buffer = await message<SharedArrayBuffer>(worker);
    await setTimeout(WARM_UP);
    const stopped = message<number>(worker);
    const armed = performance.timeOrigin + performance.now();
    if (arm === 'limit') new BigInt64Array(buffer, probe.limit, 1)[0] = 0n;
    else new Uint8Array(buffer, probe.flags, sites.length).fill(1);
    return (await stopped) - armed;
  } finally {
    await worker.terminate();
  }
}

function message<T>(worker: Worker): Promise<T> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}
