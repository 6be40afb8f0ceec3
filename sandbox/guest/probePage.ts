/**
 * The probe page seen from JavaScript: breakpoint and step flags, the step depth and the clock limit. The controller
 * is the only one to write flags and step depth, so no bit is ever lost; of the limit both threads are writers, and
 * whoever finds it reached writes the true one back.
 */
import { type Instrumented, SITE_ALWAYS, SITE_STEP } from '../instrument/instrumented.ts';

/** Beyond every clock value, and far enough from the largest i64 for sums not to overflow. */
export const NO_LIMIT = 2n ** 62n;

const DEEPEST = 0x7fffffff;

export class ProbePage {
  readonly #flags: Uint8Array;
  readonly #limit: BigInt64Array;
  readonly #stepDepth: Int32Array;
  readonly #stride: number;
  #breakpoints: readonly number[] = [];
  #stepArmed = false;

  constructor(buffer: SharedArrayBuffer, instrumented: Instrumented) {
    const { probe, sites, shadow } = instrumented;
    this.#flags = new Uint8Array(buffer, probe.flags, sites.length);
    this.#limit = new BigInt64Array(buffer, probe.limit, 1);
    this.#stepDepth = new Int32Array(buffer, probe.stepDepth, 1);
    this.#stride = shadow.stride;
  }

  flagsOf(site: number): number {
    return this.#flags[site] ?? 0;
  }

  /** The next check calls the hook once the clock has reached this. */
  setLimit(instant: bigint): void {
    Atomics.store(this.#limit, 0, instant);
  }

  setBreakpoints(sites: readonly number[]): void {
    for (const site of this.#breakpoints) this.#clear(site, SITE_ALWAYS);
    this.#breakpoints = sites.filter((site) => site >= 0 && site < this.#flags.length);
    for (const site of this.#breakpoints) this.#set(site, SITE_ALWAYS);
  }

  /** Make the sites that `wanted` chooses report, in frames no deeper than `maxDepth` (real depth). */
  armSteps(wanted: (site: number) => boolean, maxDepth: number): void {
    this.disarmSteps();
    Atomics.store(this.#stepDepth, 0, Math.min(DEEPEST, maxDepth * Math.max(1, this.#stride)));
    for (let site = 0; site < this.#flags.length; site++) if (wanted(site)) this.#set(site, SITE_STEP);
    this.#stepArmed = true;
  }

  disarmSteps(): void {
    if (!this.#stepArmed) return;
    this.#flags.fill(0);
    for (const site of this.#breakpoints) this.#set(site, SITE_ALWAYS);
    this.#stepArmed = false;
  }

  #set(site: number, bit: number): void {
    this.#flags[site] = (this.#flags[site] ?? 0) | bit;
  }

  #clear(site: number, bit: number): void {
    this.#flags[site] = (this.#flags[site] ?? 0) & ~bit;
  }
}
