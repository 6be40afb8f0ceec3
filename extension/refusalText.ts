/** What a person reads about a refused call or a limit at its line: what happened, what is missing, what to do. */
import type { LimitEventBody, Remedied, ViolationEventBody } from '../debug-adapter/events.ts';

export function violationMessage(violation: ViolationEventBody): string {
  const { operation, target, required, available, errno } = violation;
  const granted = available.length === 0 ? 'nothing of the kind is granted' : `granted: ${available.join(', ')}`;
  return `The sandbox refused ${operation} "${target}": it needs "${required}" (${granted}). The program got ${errno} and went on. ${advice(violation)}`;
}

export function limitMessage(limit: LimitEventBody): string {
  return `The sandbox's limit was reached: ${limit.message} ${advice(limit)}`;
}

function advice({ remedy, configFile }: Remedied): string {
  if (remedy === undefined) return 'No setting allows it: change the program.';
  return `Change the program, or let the quick fix change ${configFile === undefined ? 'launch.json' : 'sandbox.json'}.`;
}
