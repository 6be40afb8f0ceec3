/**
 * The replays of one run that stand idle, each a place to go forward from. Their number is bounded by the memory that they
 * may have; where there is none that stands early enough, one of those that stand too late begins anew.
 */
import type { GuestOptions } from '../guest/protocol.ts';
import { Replay } from './replay.ts';

/** Bytes of a replay's process beside the memory of its guest. */
const PROCESS_SIZE = 56 << 20;
/** One is looked at while another searches. */
const FEWEST = 2;

export interface PoolOptions {
  readonly file: string;
  readonly guest: GuestOptions;
  /** Bytes. */
  readonly budget: number;
}

export class ReplayPool {
  readonly #options: PoolOptions;
  readonly #all = new Set<Replay>();
  readonly #idle = new Set<Replay>();
  #guestSize = 1 << 20;
  #closed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** How many replays there may be. */
  get capacity(): number {
    return Math.max(FEWEST, Math.floor(this.#options.budget / (PROCESS_SIZE + this.#guestSize)));
  }

  /** Bytes that replays have, roughly. */
  get size(): number {
    return this.#all.size * (PROCESS_SIZE + this.#guestSize);
  }

  get hasRoom(): boolean {
    return this.#all.size < this.capacity;
  }

  /** Where idle replays stand, latest first. */
  instants(): readonly number[] {
    return [...this.#idle].map(({ instant }) => instant).sort((a, b) => b - a);
  }

  /** The idle one that stands latest, but not later than this; at the beginning if there is no other. */
  async take(instant: number): Promise<Replay> {
    const early = [...this.#idle].filter((replay) => replay.instant <= instant);
    const best = early.sort((a, b) => b.instant - a.instant)[0];
    if (best !== undefined) return this.#use(best);
    const late = this.hasRoom ? this.#latest(Number.POSITIVE_INFINITY) : this.#latest();
    if (late === undefined) return this.#start();
    this.#use(late);
    try {
      await late.rewind();
      return late;
    } catch {
      this.discard(late); // its process has died
      return this.#start();
    }
  }

  /** The first questions find replays that have been started. */
  async warm(signal: AbortSignal): Promise<void> {
    while (this.#all.size < FEWEST && !signal.aborted) this.give(await this.#start());
  }

  async #start(): Promise<Replay> {
    const { file, guest } = this.#options;
    const replay = await Replay.start(file, guest);
    if (this.#closed) {
      replay.close();
      throw new Error('The past has been closed.');
    }
    this.#all.add(replay);
    return replay;
  }

  /** One at the beginning, beside those that stand. */
  async fresh(): Promise<Replay> {
    return this.#start();
  }

  /** It is not used any more: it stays where it stands. */
  give(replay: Replay): void {
    if (!replay.isUsable || this.#closed) this.discard(replay);
    else this.#idle.add(replay);
    while (this.#all.size > this.capacity) {
      const crowded = this.#crowded();
      if (crowded === undefined) return;
      this.discard(crowded);
    }
  }

  discard(replay: Replay): void {
    this.#all.delete(replay);
    this.#idle.delete(replay);
    replay.close();
  }

  /** Bytes of the guest's memory. */
  learnSize(bytes: number): void {
    this.#guestSize = Math.max(this.#guestSize, bytes);
  }

  close(): void {
    this.#closed = true;
    for (const replay of this.#all) replay.close();
    this.#all.clear();
    this.#idle.clear();
  }

  #use(replay: Replay): Replay {
    this.#idle.delete(replay);
    return replay;
  }

  /** Of the idle ones, from `instant` on. */
  #latest(instant = 0): Replay | undefined {
    const late = [...this.#idle].filter((replay) => replay.instant >= instant);
    return late.sort((a, b) => b.instant - a.instant)[0];
  }

  /** The idle one that stands closest behind another. */
  #crowded(): Replay | undefined {
    const idle = [...this.#idle].sort((a, b) => a.instant - b.instant);
    let best: { readonly replay: Replay; readonly gap: number } | undefined;
    idle.forEach((replay, index) => {
      const gap = replay.instant - (idle[index - 1]?.instant ?? 0);
      if (best === undefined || gap < best.gap) best = { replay, gap };
    });
    return best?.replay;
  }
}
