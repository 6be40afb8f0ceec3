/** Runs an endless loop that only the hook can end; reports its probe memory first and the time of the hook last. */
import v8 from 'node:v8';
import { parentPort, workerData } from 'node:worker_threads';
import { PROBE_EXPORTS } from '../../sandbox/instrument/instrumented.ts';
import { V8_FLAGS } from '../../sandbox/instrument/v8Flags.ts';
import { trampoline } from './trampoline.ts';

const { bytes, probe, loop, tier } = workerData;
for (const flag of [...V8_FLAGS, ...tier]) v8.setFlagsFromString(flag);
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
const memory = exports[PROBE_EXPORTS.probe] as WebAssembly.Memory;
const limit = new DataView(memory.buffer);
const run = exports[loop] as () => void;

class Stop extends Error {}
(exports[PROBE_EXPORTS.hook] as WebAssembly.Table).set(
  0,
  trampoline(() => {
    throw new Stop();
  }),
);

limit.setBigInt64(probe.limit, 1n << 62n, true);
parentPort?.postMessage(memory.buffer);
runUntilStopped();
parentPort?.postMessage(performance.timeOrigin + performance.now());

function runUntilStopped(): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
  }
}
