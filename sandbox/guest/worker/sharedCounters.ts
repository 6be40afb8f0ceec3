/** Counters of host calls in shared memory, a double each: the core counts in them, and the controller reads them at any moment. */
import type { Counters } from '../../wasi/host.ts';

const NAMES = Object.keys({
  hostCalls: true,
  outputBytes: true,
  bytesRead: true,
  bytesWritten: true,
  filesOpened: true,
  networkRequests: true,
  bytesSent: true,
  bytesReceived: true,
} satisfies Record<keyof Counters, true>) as (keyof Counters)[];

export const SHARED_COUNTERS = NAMES.length;

export function sharedCounters(counts: Float64Array): Counters {
  const counters = {};
  for (const [index, name] of NAMES.entries()) {
    const get = () => counts[index] ?? 0;
    const set = (count: number) => {
      counts[index] = count;
    };
    Object.defineProperty(counters, name, { enumerable: true, get, set });
  }
  return counters as Counters;
}
