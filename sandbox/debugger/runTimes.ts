/** How long a run had been running at an instant: what its samples told, and a straight line between them. */
import type { Moment } from './debugStop.ts';

/** When there are more, every other one goes. */
const MOST = 20_000;

export class RunTimes {
  #known: Moment[] = [{ time: 0, instant: 0 }];

  add({ time, instant }: Moment): void {
    const last = this.#known.at(-1);
    if (last !== undefined && (instant <= last.instant || time < last.time)) return;
    this.#known.push({ time, instant });
    if (this.#known.length > MOST) this.#known = this.#known.filter((_, index) => index % 2 === 0);
  }

  at(instant: number): Moment {
    const after = this.#firstAfter(instant);
    const [from, to] = [this.#known[after - 1], this.#known[after]];
    if (from === undefined || to === undefined) return { time: (from ?? to)?.time ?? 0, instant };
    const share = (instant - from.instant) / (to.instant - from.instant);
    return { time: from.time + share * (to.time - from.time), instant };
  }

  #firstAfter(instant: number): number {
    let [low, high] = [0, this.#known.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#known[middle]?.instant ?? 0) <= instant) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
