/** What a person reads about a refused call or a limit at its line: what happened, what is missing, what to do. */
import path from 'node:path';
import type { LimitEventBody, Remedied, ViolationEventBody } from '../debug-adapter/events.ts';
import { printable } from '../sandbox/wasm/printable.ts';

export function violationMessage(violation: ViolationEventBody): string {
  const { operation, target, required, available, errno } = violation;
  const granted = available.length === 0 ? 'nothing of the kind is granted' : `granted: ${available.join(', ')}`;
  return `The sandbox refused ${operation} "${printable(target)}": it needs "${required}" (${granted}). The program got ${errno} and went on. ${advice(violation)}`;
}

export function limitMessage({ limit, message, remedy }: LimitEventBody): string {
  const help = remedy === undefined ? '' : ' The quick fix raises it.';
  return `The program reached the limit "${limit}". ${message}${help}`;
}

function advice({ remedy, configFile }: Remedied): string {
  if (remedy === undefined) return 'No setting allows it: change the program.';
  return `Change the program, or let the quick fix change ${path.basename(configFile ?? 'launch.json')}.`;
}
