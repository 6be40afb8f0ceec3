/** The guest's standard input: chunks come by message port while the worker may be blocked in a read; it is woken for each. */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';

/** Waits until `ready()`, or until the time is over; serves requests to stop meanwhile. */
export type Block = (ready: () => boolean, milliseconds?: number) => boolean;

export class StandardInputQueue {
  readonly #port: MessagePort;
  readonly #block: Block;
  #chunk: Uint8Array = new Uint8Array(0);
  #ended = false;

  constructor(port: MessagePort, block: Block) {
    this.#port = port;
    this.#block = block;
  }

  read(buffer: Uint8Array): number {
    if (buffer.length === 0) return 0;
    this.wait(Number.POSITIVE_INFINITY);
    const count = Math.min(buffer.length, this.#chunk.length);
    buffer.set(this.#chunk.subarray(0, count));
    this.#chunk = this.#chunk.subarray(count);
    return count;
  }

  ready(): boolean {
    while (this.#chunk.length === 0 && !this.#ended) {
      const received: { message: Uint8Array | null } | undefined = receiveMessageOnPort(this.#port);
      if (received === undefined) return false;
      if (received.message === null) this.#ended = true;
      else this.#chunk = received.message;
    }
    return true;
  }

  wait(milliseconds: number): boolean {
    return this.ready() || this.#block(() => this.ready(), milliseconds);
  }
}
