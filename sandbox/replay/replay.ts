/** One replay of a recorded run: a guest of its own, moved forward from stop to stop. */
import { startGuest } from '../guest/guest.ts';
import type { End, Guest, GuestOptions, Resume, Stop } from '../guest/protocol.ts';

export type Move = Extract<Resume, { kind: 'seek' | 'scan' }>;

type State =
  | { readonly kind: 'new' }
  | { readonly kind: 'moving'; readonly arrived: (stop: Stop) => void; readonly failed: (error: Error) => void }
  | { readonly kind: 'stopped'; readonly stop: Stop }
  | { readonly kind: 'over'; readonly why: string };

export class Replay {
  #guest: Guest | undefined;
  #state: State = { kind: 'new' };

  private constructor() {}

  /** Stands before the first instruction. */
  static async start(file: string, recorded: GuestOptions): Promise<Replay> {
    const replay = new Replay();
    replay.#guest = await startGuest(
      { ...recorded, replay: { file }, debug: true },
      {
        stopped: (stop) => replay.#stopped(stop),
        resumed: () => undefined,
        output: () => undefined,
        violation: () => undefined,
        usage: () => undefined,
        ended: (end) => replay.#over(end),
      },
    );
    replay.#checkAlive();
    return replay;
  }

  get guest(): Guest {
    if (this.#guest === undefined) throw new Error('The replay has not been started.');
    return this.#guest;
  }

  /** Where it stands; undefined: at the beginning, or moving. */
  get stop(): Stop | undefined {
    return this.#state.kind === 'stopped' ? this.#state.stop : undefined;
  }

  /** Everything before this has run; infinite: it cannot be moved any further. */
  get instant(): number {
    if (this.#state.kind === 'new') return 0;
    return this.#state.kind === 'stopped' && !this.#state.stop.final
      ? this.#state.stop.instant
      : Number.POSITIVE_INFINITY;
  }

  get isUsable(): boolean {
    return this.#state.kind === 'new' || this.#state.kind === 'stopped';
  }

  /** Aborted, it stops wherever it is (`pause`) and can be used from there. */
  move(how: Move, signal?: AbortSignal): Promise<Stop> {
    this.#checkAlive();
    const began = this.#state.kind !== 'new';
    const pause = () => this.guest.pause();
    const moved = new Promise<Stop>((arrived, failed) => {
      this.#state = { kind: 'moving', arrived, failed };
    });
    if (began) this.guest.resume(how);
    else this.guest.start(how);
    signal?.addEventListener('abort', pause);
    if (signal?.aborted) pause();
    return moved.finally(() => signal?.removeEventListener('abort', pause));
  }

  /** It stands before the first instruction again. */
  async rewind(): Promise<void> {
    this.#checkAlive();
    if (this.#state.kind === 'new') return;
    await this.guest.rewind();
    this.#checkAlive();
    this.#state = { kind: 'new' };
  }

  close(): void {
    void this.#guest?.kill();
  }

  #stopped(stop: Stop): void {
    const state = this.#state;
    this.#state = { kind: 'stopped', stop };
    if (state.kind === 'moving') state.arrived(stop);
  }

  #over(end: End): void {
    const state = this.#state;
    const why = 'message' in end ? end.message : `it has ended (${end.kind}).`;
    this.#state = { kind: 'over', why };
    if (state.kind === 'moving') state.failed(new Error(`The replay is over: ${why}`));
  }

  #checkAlive(): void {
    if (this.#state.kind === 'over') throw new Error(`The replay is over: ${this.#state.why}`);
  }
}
