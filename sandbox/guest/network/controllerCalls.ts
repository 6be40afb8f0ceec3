/**
 * The worker's end of the way to the network, which is the controller's: questions are waited for inside a host call, so
 * that pauses, time limits and kills are met meanwhile; what the sockets tell is taken in whenever somebody looks.
 */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { Block } from '../worker/standardInput.ts';
import type { FromNetwork, NetworkQuestion, NetworkReply, ToNetwork } from './networkMessages.ts';

export type SocketEvent = Exclude<FromNetwork, { kind: 'reply' }>;

export class ControllerCalls {
  readonly #port: MessagePort;
  readonly #block: Block;
  readonly #replies = new Map<number, NetworkReply>();
  #event: (event: SocketEvent) => void = () => {};
  #last = 0;

  constructor(port: MessagePort, block: Block) {
    this.#port = port;
    this.#block = block;
  }

  /** Who hears what sockets tell. */
  listen(event: (event: SocketEvent) => void): void {
    this.#event = event;
  }

  /** Blocks until the answer is there. */
  ask<K extends NetworkQuestion['kind']>(
    question: Extract<NetworkQuestion, { kind: K }>,
  ): Extract<NetworkReply, { kind: K }> {
    const id = ++this.#last;
    this.post({ kind: 'ask', id, question });
    this.wait(() => this.#replies.has(id));
    const reply = this.#replies.get(id);
    this.#replies.delete(id);
    return reply as Extract<NetworkReply, { kind: K }>;
  }

  post(message: ToNetwork): void {
    this.#port.postMessage(message);
  }

  wait(ready: () => boolean, milliseconds = Number.POSITIVE_INFINITY): boolean {
    return this.#block(() => {
      this.receive();
      return ready();
    }, milliseconds);
  }

  /** Takes in what has come. */
  receive(): void {
    for (;;) {
      const received: { message: FromNetwork } | undefined = receiveMessageOnPort(this.#port);
      if (received === undefined) return;
      const { message } = received;
      if (message.kind === 'reply') this.#replies.set(message.id, message.reply);
      else this.#event(message);
    }
  }
}
