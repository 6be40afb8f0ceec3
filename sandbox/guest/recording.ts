/** Records a guest's run and passes the log on, block by block, as far as the controller keeps up. */
import { Recorder } from '../recording/recorder.ts';
import type { GuestInstance } from './guestInstance.ts';
import type { FromWorker } from './messages.ts';
import type { End } from './protocol.ts';
import type { Stops, StopWiring } from './stops.ts';

/** What a message weighs beside its bytes. */
const MESSAGE_WEIGHT = 512;

export class RunRecording {
  readonly recorder: Recorder;
  readonly #wiring: StopWiring;
  readonly #stops: Stops;
  #over = false;

  constructor(guest: GuestInstance, stops: Stops, wiring: StopWiring) {
    this.#wiring = wiring;
    this.#stops = stops;
    this.recorder = new Recorder({
      sink: (block) => this.#pass(block),
      equal: (a, b) => Buffer.compare(a, b) === 0,
      instant: () => (guest.hasClock ? guest.instant : undefined),
    });
  }

  /** What the worker tells: a stop is part of the recording, unless the guest's own call has made it. */
  notice(message: FromWorker): void {
    if (message.kind !== 'stopped' || message.stop.reason.kind === 'violation') return;
    this.recorder.stopped(message.stop.reason, message.stop.instant);
  }

  ended(end: End): void {
    this.#over = true;
    this.recorder.ended(end);
  }

  /** A guest that does more than can be written down waits here. After its end there is nothing left to wait. */
  #pass(block: Uint8Array): void {
    const { control } = this.#wiring;
    const weight = block.length + MESSAGE_WEIGHT;
    control.sent(weight);
    this.#wiring.post({ kind: 'recorded', block, weight });
    if (control.congested && !this.#over) this.#stops.block(() => !control.congested);
  }
}
