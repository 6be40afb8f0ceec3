/**
 * Usage samples while the guest runs. Reading is free; counters are made fresh by forcing the next check to publish
 * them, so a sample shows the counters as of one interval ago at most.
 */
import type { Usage } from '../protocol.ts';

export interface SampleSource {
  read(): Usage;
  /** Ask the guest to publish its counters at its next check. */
  refresh(): void;
  tell(samples: readonly Usage[]): void;
}

/** Samples told at once. */
const BATCH = 3;

export class Sampler {
  readonly #every: number;
  readonly #source: SampleSource;
  #timer: NodeJS.Timeout | undefined;
  #samples: Usage[] = [];
  #stoppedAt = Number.NEGATIVE_INFINITY;

  /** `every` in milliseconds; 0: no samples at all. */
  constructor(every: number, source: SampleSource) {
    this.#every = every;
    this.#source = source;
  }

  start(): void {
    if (this.#every <= 0 || this.#timer !== undefined) return;
    this.#source.refresh();
    this.#timer = setInterval(() => this.#tick(), this.#every);
  }

  /** Takes a last sample and tells all that is left, unless that would be more often than wanted: a guest may stop a thousand times a second. */
  stop(): void {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    const now = performance.now();
    if (now - this.#stoppedAt < this.#every) return;
    this.#stoppedAt = now;
    this.#sample();
    this.#tell();
  }

  #tick(): void {
    this.#sample();
    this.#source.refresh();
    if (this.#samples.length >= BATCH) this.#tell();
  }

  #sample(): void {
    this.#samples.push(this.#source.read());
  }

  #tell(): void {
    this.#source.tell(this.#samples);
    this.#samples = [];
  }
}
