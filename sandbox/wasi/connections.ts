/** How many connections a guest has: responses that it has not closed yet, and sockets that it has accepted. */
import type { Policy } from './policy.ts';

export class NetworkConnections {
  readonly #policy: Policy;
  readonly #most: number;
  #open = 0;

  constructor(policy: Policy, most: number) {
    this.#policy = policy;
    this.#most = most;
  }

  /** Before one is made, so that nothing goes out when there is no room. `target`: `host:port`. */
  makeRoom(target: string): void {
    if (this.#open < this.#most) return;
    const refusal = { target, required: 'network.maxConnections', available: [String(this.#most)] } as const;
    this.#policy.refuseNetwork('MFILE', refusal);
  }

  opened(): void {
    this.#open++;
  }

  closed(): void {
    this.#open--;
  }
}
