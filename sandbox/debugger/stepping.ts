/** Steps by source line, as the guest understands them: a line key to leave and a depth not to exceed. */
import type { GuestFrame, Resume, Stop } from '../guest/protocol.ts';
import { endsStep } from '../guest/worker/steps.ts';
import type { SiteTable } from './siteTable.ts';

export type StepKind = 'over' | 'into' | 'out';

/** A line key that no site has: every steppable site ends the step. */
const ANY_LINE = -2;
const ANY_DEPTH = 1_000_000_000;

/** Stops at the first statement of all. */
export const TO_ENTRY: Resume = { kind: 'step', line: ANY_LINE, depth: ANY_DEPTH, maxDepth: ANY_DEPTH };

/** `frame`: the guest frame on top at the stop that is being left. */
export function step(kind: StepKind, frame: GuestFrame | undefined, line: number): Resume {
  const depth = frame?.depth ?? 0;
  switch (kind) {
    case 'over':
      return { kind: 'step', line, depth, maxDepth: depth };
    case 'into':
      return { kind: 'step', line, depth, maxDepth: ANY_DEPTH };
    case 'out':
      return { kind: 'step', line: ANY_LINE, depth, maxDepth: depth - 1 };
  }
}

/** Line key of the line on which a stop is. */
export function lineKeyAt(stop: Stop, sites: SiteTable): number {
  const { reason } = stop;
  const site = 'site' in reason ? reason.site : undefined;
  return site === undefined ? -1 : (sites.lineOfSite[site] ?? -1);
}

/** Whether a step under way would also end at this site: a breakpoint there may decline to stop, the step does not. */
export function endsStepAt(how: Resume, stop: Stop, sites: SiteTable): boolean {
  if (how.kind !== 'step') return false;
  const place = { line: lineKeyAt(stop, sites), depth: stop.frames[0]?.depth ?? 0, replaced: isReplaced(stop) };
  return endsStep(how, place);
}

/** How to go on with what was under way at a stop that the user is not told of. */
export function carriedOn(how: Resume, stop: Stop): Resume {
  return how.kind === 'step' && isReplaced(stop) ? { ...how, replaced: true } : how;
}

function isReplaced({ reason }: Stop): boolean {
  return reason.kind === 'breakpoint' && reason.replaced === true;
}
