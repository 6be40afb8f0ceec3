/** Events on their way to whoever runs the guest: kept in order, and put together into one message for each turn of the event loop. */
import type { FromController, GuestEvent } from '../messages.ts';

export type Send = (message: FromController, delivered?: () => void) => void;

export class Outbox {
  readonly #send: Send;
  /** Told how much has been handed over: it lets the worker go on. */
  readonly #delivered: (weight: number) => void;
  #events: GuestEvent[] = [];
  #weight = 0;
  #scheduled: NodeJS.Immediate | undefined;

  constructor(send: Send, delivered: (weight: number) => void) {
    this.#send = send;
    this.#delivered = delivered;
  }

  push(event: GuestEvent, weight = 0): void {
    this.#events.push(event);
    this.#weight += weight;
    this.#scheduled ??= setImmediate(() => this.flush());
  }

  flush(done?: () => void): void {
    clearImmediate(this.#scheduled);
    this.#scheduled = undefined;
    const weight = this.#weight;
    const events = this.#events;
    this.#events = [];
    this.#weight = 0;
    this.#send({ kind: 'events', events }, () => {
      this.#delivered(weight);
      done?.();
    });
  }
}
