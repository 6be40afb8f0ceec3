/** Records a guest's run and passes the log on, block by block, as far as the controller keeps up. */
import { Recorder } from '../../recording/recorder.ts';
import type { FromWorker } from '../messages.ts';
import type { End, GuestOptions } from '../protocol.ts';
import type { Refusal } from './growths.ts';
import type { GuestInstance } from './guestInstance.ts';
import type { StopLog, Stops, StopWiring } from './stops.ts';

/** What a message weighs beside its bytes. */
const MESSAGE_WEIGHT = 512;

export class RunRecording implements StopLog {
  readonly recorder: Recorder;
  readonly #wiring: StopWiring;
  readonly #stops: Stops;
  #over = false;
  #stopping = false;

  constructor(guest: GuestInstance, stops: Stops, wiring: StopWiring, { redact = [], debug }: GuestOptions) {
    this.#wiring = wiring;
    this.#stops = stops;
    this.recorder = new Recorder({
      sink: (block) => this.#pass(block),
      equal: (a, b) => Buffer.compare(a, b) === 0,
      instant: () => (guest.hasClock ? guest.instant : undefined),
      // Who debugs goes back: a replay that departs is to be found out at its first call.
      ...(debug && { instantEvery: 1 }),
      redact,
    });
  }

  /**
   * What the worker tells: a stop is part of the recording, unless the guest's own call has made it. Whoever hears of a stop
   * has the log up to there.
   */
  notice(message: FromWorker): void {
    if (message.kind !== 'stopped') return;
    const { reason, instant } = message.stop;
    if (reason.kind !== 'violation') this.recorder.stopped(reason, instant);
    this.passing();
  }

  refused({ growth: { of, index }, asked }: Refusal, instant: number): void {
    this.recorder.grew({ of, index, asked, result: -1 }, instant);
  }

  edited({ index, address, bytes }: Parameters<StopLog['edited']>[0]): void {
    this.recorder.edited(index, address, bytes);
    this.passing();
  }

  passing(): void {
    this.#stopping = true;
    this.recorder.flush();
    this.#stopping = false;
  }

  ended(end: End): void {
    this.#over = true;
    this.recorder.ended(end, this.#wiring.control.usage());
  }

  /** A guest that does more than can be written down waits here. One that stops or has ended does no more. */
  #pass(block: Uint8Array): void {
    const { control } = this.#wiring;
    const weight = block.length + MESSAGE_WEIGHT;
    control.sent(weight);
    this.#wiring.post({ kind: 'recorded', block, weight });
    if (control.congested && !this.#over && !this.#stopping) this.#stops.block(() => !control.congested);
  }
}
