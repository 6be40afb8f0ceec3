/**
 * The worker thread of a guest process and the ways to it. It starts with the process, which takes a moment, and then
 * waits for the guest that it is to run.
 */
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { ControlBlock } from '../controlBlock.ts';
import { entryFile } from '../entryFile.ts';
import type { FromWorker, ToWorker, WorkerStart } from '../messages.ts';
import { serveNetwork } from '../network/networkLoader.ts';
import { heapFull } from '../process/heapLimit.ts';
import type { End, GuestOptions } from '../protocol.ts';

export interface ThreadEvents {
  message(message: FromWorker): void;
  /** It is gone, though nobody asked it to go. */
  failed(end: Extract<End, { kind: 'crashed' }>): void;
}

/** Megabytes of stack: room for `maxCallDepth` large frames, or less where the system refuses that. */
const STACK_SIZES = [256, 64, 16];

export class GuestThread {
  readonly control = new ControlBlock();
  readonly #commands: MessagePort;
  readonly #stdin: MessagePort;
  readonly #network: MessagePort;
  readonly #worker: Worker;
  readonly #heap: number;

  /** `heap`: megabytes. */
  constructor(heap: number) {
    this.#heap = heap;
    const commands = new MessageChannel();
    const stdin = new MessageChannel();
    const network = new MessageChannel();
    this.#commands = commands.port1;
    this.#stdin = stdin.port1;
    this.#network = network.port1;
    this.#worker = this.#start(STACK_SIZES, { commands: commands.port2, stdin: stdin.port2, network: network.port2 });
  }

  /** Loads a guest; from now on `events` hears of the thread. */
  load(options: GuestOptions, events: ThreadEvents): void {
    this.#worker.on('message', (message: FromWorker) => events.message(message));
    this.#worker.on('error', (error) => events.failed(this.#crash(error)));
    this.#worker.on('exit', (code) =>
      events.failed({ kind: 'crashed', message: `The guest's thread exited (${code}).` }),
    );
    const { control } = this;
    serveNetwork({
      port: this.#network,
      network: options.config.network,
      now: () => control.time,
      wake: () => control.wake(),
    });
    this.command({ kind: 'load', options });
  }

  /** Reaches the worker while it waits or is stopped. */
  command(command: ToWorker): void {
    this.#commands.postMessage(command);
    this.control.wake();
  }

  /** `null` ends standard input. */
  stdin(bytes: Uint8Array | null): void {
    this.#stdin.postMessage(bytes);
    this.control.wake();
  }

  #crash(error: Error & { readonly code?: string }): Extract<End, { kind: 'crashed' }> {
    if (error.code === 'ERR_WORKER_OUT_OF_MEMORY')
      return { kind: 'crashed', message: heapFull(this.#heap), cause: 'memory' };
    return { kind: 'crashed', message: `The guest's thread failed: ${error.stack ?? error.message}` };
  }

  #start([stackSizeMb, ...smaller]: readonly number[], ports: Omit<WorkerStart, 'control'>): Worker {
    try {
      return new Worker(entryFile('worker'), {
        workerData: { control: this.control.buffer, ...ports },
        transferList: [ports.commands, ports.stdin, ports.network],
        resourceLimits: {
          maxOldGenerationSizeMb: this.#heap,
          ...(stackSizeMb === undefined ? {} : { stackSizeMb }),
        },
        env: {},
        stdout: true,
        stderr: true,
      });
    } catch (error) {
      if (stackSizeMb === undefined) throw error;
      return this.#start(smaller, ports);
    }
  }
}
