/** Numbers that stand for objects across the protocol. A number is never given twice, so a stale one is recognised as such. */
export class Handles<T> {
  readonly #values = new Map<number, T>();
  #last: number;

  /** `first`: the first number given, so that two kinds of handle cannot be mixed up. */
  constructor(first = 1) {
    this.#last = first - 1;
  }

  add(value: T): number {
    this.#last++;
    this.#values.set(this.#last, value);
    return this.#last;
  }

  get(handle: number): T | undefined {
    return this.#values.get(handle);
  }

  /** Forget all; numbers go on from where they are. */
  clear(): void {
    this.#values.clear();
  }
}
