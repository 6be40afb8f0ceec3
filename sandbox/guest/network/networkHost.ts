/** What a guest's worker gives the core of the network: requests and sockets by way of the controller. */
import type { MessagePort } from 'node:worker_threads';
import type { NetworkGrants } from '../../config/config.ts';
import type { NetworkHost } from '../../wasi/sockets.ts';
import type { ControlBlock } from '../controlBlock.ts';
import type { Block } from '../worker/standardInput.ts';
import { ControllerCalls } from './controllerCalls.ts';
import { GuestSockets } from './guestSockets.ts';

/** Milliseconds that a guest which has ended waits for what it has written to be on its way. */
const LAST_WORDS = 1000;

export interface OpenNetwork {
  readonly host: NetworkHost;
  /** Why the guest cannot be started: a sentence for the user. */
  readonly problem: string | undefined;
  /** Once the guest has ended and closed its sockets. */
  flush(control: ControlBlock): void;
}

/** Opens the listeners that are asked for, before anything of the guest runs. */
export function openNetwork(
  { allow, listen, maxConnections }: NetworkGrants,
  port: MessagePort,
  block: Block,
): OpenNetwork {
  const calls = new ControllerCalls(port, block);
  const sockets = new GuestSockets(calls, listen);
  const problem = listen.length === 0 ? undefined : calls.ask({ kind: 'listen' }).problem;
  return {
    problem,
    host: {
      allow,
      maxConnections,
      http: (request) => calls.ask({ kind: 'http', request }).reply,
      listeners: sockets.listeners,
      wait: (ready, milliseconds) => calls.wait(ready, milliseconds),
    },
    flush: (control) => {
      const until = performance.now() + LAST_WORDS;
      for (;;) {
        const ticket = control.ticket();
        const left = until - performance.now();
        if (sockets.unsent === 0 || left <= 0) return;
        control.wait(ticket, left);
      }
    },
  };
}
