/**
 * Numbers that are the same in every run of a seed. Each input has a generator of its own, made of the seed and the
 * input's number, so that any one of them can be made again without those before it.
 */
export class Random {
  #state: number;

  constructor(seed: number, stream = 0) {
    // Neighbouring seeds must not give neighbouring numbers: murmur3's finaliser over both.
    this.#state = mixed(mixed(seed) + Math.imul(stream, 0x9e37_79b9)) || 1;
  }

  /** 0 … below - 1. */
  int(below: number): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    return below <= 0 ? 0 : (state >>> 0) % below;
  }

  chance(oneIn: number): boolean {
    return this.int(oneIn) === 0;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.int(from.length)] as T;
  }
}

function mixed(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return (hash ^ (hash >>> 16)) | 0;
}
