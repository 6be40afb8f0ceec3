/** What a person reads about a refused call or a limit at its line: what happened, what is missing, what to do. */
import path from 'node:path';
import type { LimitEventBody, Remedied, ViolationEventBody } from '../debug-adapter/events.ts';
import { refusalText } from '../sandbox/wasi/violation.ts';
import { printable } from '../sandbox/wasm/printable.ts';

export function violationMessage(violation: ViolationEventBody): string {
  return `${printable(refusalText(violation))} The program got ${violation.errno} and went on. ${advice(violation)}`;
}

export function limitMessage({ limit, message, remedy }: LimitEventBody): string {
  const help = remedy === undefined ? '' : ' The quick fix raises it.';
  return `The program reached the limit "${limit}". ${message}${help}`;
}

function advice({ remedy, configFile }: Remedied): string {
  if (remedy === undefined) return 'No setting allows it: change the program.';
  return `Change the program, or let the quick fix change ${path.basename(configFile ?? 'launch.json')}.`;
}
