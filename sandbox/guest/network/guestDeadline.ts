/** A deadline in the guest's own time, which stands still while the guest is stopped in a debugger. */

/** Milliseconds before looking again, where the guest's time stood still. */
const SHORTEST = 50;
/** `setTimeout` takes no longer time than this. */
const LONGEST = 2 ** 31 - 1;

export class GuestDeadline {
  readonly #abort = new AbortController();
  readonly #now: () => number;
  readonly #until: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(milliseconds: number, now: () => number) {
    this.#now = now;
    this.#until = now() + milliseconds;
    this.#arm(milliseconds);
  }

  /** Set when the time is over. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Rejects when the time is over, whatever the promise does then: a lookup cannot be stopped. */
  race<T>(promise: Promise<T>): Promise<T> {
    const over = new Promise<never>((_, reject) => {
      this.signal.addEventListener('abort', () => reject(this.signal.reason));
    });
    promise.catch(() => {});
    return Promise.race([promise, over]);
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  #arm(milliseconds: number): void {
    this.#timer = setTimeout(() => this.#look(), Math.min(milliseconds, LONGEST));
  }

  #look(): void {
    const left = this.#until - this.#now();
    // A timer may be a millisecond early.
    if (left <= 1) this.#abort.abort();
    else this.#arm(Math.max(left, SHORTEST));
  }
}
