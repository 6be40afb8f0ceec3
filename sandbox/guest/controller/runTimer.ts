/** The wall-clock limit: counts only while the guest runs, not while somebody looks at it. */

/** `setTimeout` takes no longer time than this. */
const LONGEST_TIMER = 2 ** 31 - 1;

export class RunTimer {
  readonly #over: () => void;
  #left: number;
  #startedAt = 0;
  #timer: NodeJS.Timeout | undefined;

  /** `limit` in milliseconds; Infinity: none. */
  constructor(limit: number, over: () => void) {
    this.#left = limit;
    this.#over = over;
  }

  start(): void {
    this.#startedAt = performance.now();
    if (this.#left === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => this.#expired(), Math.min(this.#left, LONGEST_TIMER));
  }

  stop(): void {
    if (this.#startedAt === 0) return;
    clearTimeout(this.#timer);
    this.#left = Math.max(0, this.#left - (performance.now() - this.#startedAt));
    this.#startedAt = 0;
  }

  #expired(): void {
    this.stop();
    if (this.#left <= 1) this.#over();
    else this.start();
  }
}
