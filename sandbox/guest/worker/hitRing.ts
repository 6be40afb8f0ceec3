/** The last of many hits: adding one allocates nothing. */
import type { SiteHits } from '../protocol.ts';

export class HitRing {
  readonly #instants: Float64Array;
  readonly #sites: Int32Array;
  readonly #depths: Int32Array;
  #count = 0;

  constructor(capacity: number) {
    this.#instants = new Float64Array(capacity);
    this.#sites = new Int32Array(capacity);
    this.#depths = new Int32Array(capacity);
  }

  add(instant: number, site: number, depth: number): void {
    const at = this.#count++ % this.#instants.length;
    this.#instants[at] = instant;
    this.#sites[at] = site;
    this.#depths[at] = depth;
  }

  /** In order. */
  kept(): SiteHits {
    const capacity = this.#instants.length;
    const length = Math.min(this.#count, capacity);
    const start = this.#count > capacity ? this.#count % capacity : 0;
    const order = Array.from({ length }, (_, index) => (start + index) % capacity);
    const from = (ring: Float64Array | Int32Array) => order.map((at) => ring[at] ?? 0);
    return {
      count: this.#count,
      instants: Float64Array.from(from(this.#instants)),
      sites: Int32Array.from(from(this.#sites)),
      depths: Int32Array.from(from(this.#depths)),
    };
  }
}
