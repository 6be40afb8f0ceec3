/**
 * Everything the adapter refuses, in one catalogue: what happened, and what to do. Handlers throw; dispatch
 * catches once and answers with DAP's error response. Numbers are part of the protocol: do not reuse them.
 */
import type { ErrorCode } from '../sandbox/library/catalogue.ts';

export class ProtocolError extends Error {
  readonly id: number;
  /** Whether the client should show it to the user (DAP `Message.showUser`). */
  readonly showUser: boolean;
  /** Of the catalogue that the library and the command line share. */
  readonly code: ErrorCode;

  constructor(id: number, message: string, { showUser = false, code = 'SANDBOX_PROTOCOL' }: Nature = {}) {
    super(message);
    this.id = id;
    this.showUser = showUser;
    this.code = code;
  }
}

interface Nature {
  readonly showUser?: boolean;
  readonly code?: ErrorCode;
}

export const errors = {
  unknownRequest: (command: string) => new ProtocolError(1000, `This adapter does not know the request "${command}".`),
  wrongState: (command: string, state: string, allowed: readonly string[]) =>
    new ProtocolError(
      1001,
      `"${command}" is not possible while the session is ${state}; it needs to be ${allowed.join(' or ')}.`,
    ),
  badArgument: (command: string, name: string, expected: string) =>
    new ProtocolError(1002, `"${command}" needs "${name}" to be ${expected}.`),
  staleReference: (what: string) =>
    new ProtocolError(1003, `This ${what} belongs to an earlier stop: ask for it again.`),
  unknownSource: () => new ProtocolError(1004, 'This source is not part of the program that is being debugged.'),
  attach: () =>
    new ProtocolError(
      2000,
      'Attaching is not supported: a guest is instrumented before it starts. Use "request": "launch" with a "program".',
      { showUser: true },
    ),
  launch: (message: string) => new ProtocolError(2001, message, { showUser: true, code: 'SANDBOX_CONFIGURATION' }),
  /** The diagnostics say where; the client shows those instead. */
  build: (message: string) => new ProtocolError(2004, message, { code: 'SANDBOX_COMPILE' }),
  evaluation: (message: string) => new ProtocolError(2002, message),
  notStopped: () => new ProtocolError(2003, 'The program is running: pause it to look at its variables.'),
  notRecorded: () =>
    new ProtocolError(
      2005,
      'This run is not recorded, so there is no way back in it. Launch without "record": false and "noDebug".',
      { showUser: true },
    ),
  inThePast: () =>
    new ProtocolError(2006, 'This is the past, which cannot be changed: continue to the present first.', {
      showUser: true,
    }),
  internal: (message: string) =>
    new ProtocolError(9000, `The debugger itself failed: ${message}`, { showUser: true, code: 'SANDBOX_INTERNAL' }),
} as const;
