/**
 * The controller's part of a guest's network. Loaded when the guest first needs it, from a file of its own, so that
 * nobody else waits for it.
 */
import type { MessagePort } from 'node:worker_threads';
import type { NetworkGrants } from '../../config/config.ts';
import type { HttpRequest } from '../../wasi/httpRequest.ts';
import { HostSockets } from './hostSockets.ts';
import type { HttpClient, Resolve } from './httpClient.ts';
import type { FromNetwork, NetworkQuestion, NetworkReply, ToNetwork } from './networkMessages.ts';

export interface NetworkSetup {
  readonly port: MessagePort;
  readonly network: NetworkGrants;
  /** Milliseconds that the guest has run. */
  now(): number;
  /** Wakes the worker: something has been posted. */
  wake(): void;
  readonly resolve?: Resolve;
}

export class Network {
  readonly #setup: NetworkSetup;
  readonly #sockets: HostSockets;
  #client: Promise<HttpClient> | undefined;

  constructor(setup: NetworkSetup) {
    this.#setup = setup;
    this.#sockets = new HostSockets((message) => this.#tell(message));
  }

  receive(message: ToNetwork): void {
    if (message.kind === 'ask') void this.#answer(message.id, message.question);
    else this.#sockets.receive(message);
  }

  async #answer(id: number, question: NetworkQuestion): Promise<void> {
    this.#tell({ kind: 'reply', id, reply: await this.#reply(question) });
  }

  async #reply(question: NetworkQuestion): Promise<NetworkReply> {
    if (question.kind === 'http') return { kind: 'http', reply: await this.#perform(question.request) };
    // What the worker says it may listen on is not taken for granted.
    const { listen } = this.#setup.network;
    return { kind: 'listen', problem: await this.#sockets.listen(listen) };
  }

  async #perform(request: HttpRequest) {
    const { network, resolve } = this.#setup;
    // undici takes a while to load, and a guest that only listens does without.
    this.#client ??= import('./httpClient.ts').then(({ HttpClient: Client }) => {
      return new Client({ network, now: () => this.#setup.now(), ...(resolve && { resolve }) });
    });
    return (await this.#client).perform(request);
  }

  #tell(message: FromNetwork): void {
    this.#setup.port.postMessage(message, handedOver(message));
    this.#setup.wake();
  }
}

function handedOver(message: FromNetwork): ArrayBuffer[] {
  if (message.kind === 'data') return buffers(message.bytes);
  if (message.kind !== 'reply' || message.reply.kind !== 'http' || message.reply.reply.kind !== 'response') return [];
  return buffers(message.reply.reply.body);
}

function buffers({ buffer }: Uint8Array): ArrayBuffer[] {
  return buffer instanceof ArrayBuffer ? [buffer] : [];
}
