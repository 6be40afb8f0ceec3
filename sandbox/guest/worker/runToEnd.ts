/** Calls the guest's functions one after the other and tells how it ended. */
import { PROBE_EXPORTS } from '../../instrument/instrumented.ts';
import type { End, GuestFrame, StopReason } from '../protocol.ts';
import type { Call } from './entry.ts';
import { explainFault, type Fault } from './faults.ts';
import type { GuestInstance } from './guestInstance.ts';
import type { Stops } from './stops.ts';
import { trapOf } from './trapKind.ts';

/** Frames of a fault that are kept when nobody debugs. */
export const FAULT_STACK_LIMIT = 64;
/** And when somebody does: more than the deepest stack that the default configuration allows. */
export const DEBUG_STACK_LIMIT = 20_000;

/** A sentence. `cut`: the recording says nothing at all. */
export type Disagreement = Pick<Extract<End, { kind: 'departed' }>, 'message' | 'cut'>;

export interface GuestRun {
  readonly guest: GuestInstance;
  readonly stops: Stops;
  readonly debug: boolean;
  /** Of a replay: whether its recording says something else of the end. */
  readonly disagrees?: (end: End) => Disagreement | undefined;
}

export function runToEnd(calls: readonly Call[], run: GuestRun): End {
  const { guest } = run;
  try {
    let results: readonly (number | string)[] = [];
    for (const call of [{ function: PROBE_EXPORTS.start, arguments: [] }, ...calls]) {
      const fn = guest.exports[call.function];
      if (typeof fn !== 'function') continue; // only the start function may be missing: the others were looked up
      guest.resetDepth();
      results = resultsOf(fn(...call.arguments));
    }
    const end: End = { kind: 'exited', code: 0, results };
    return run.disagrees === undefined ? end : settle(end, { kind: 'ended', end }, [], run);
  } catch (error) {
    return endOf(error, run);
  }
}

/** How a guest that was left by `error` ended. In a debugger it first stops, to be looked at. */
export function endOf(error: unknown, run: GuestRun): End {
  const { guest, stops, debug } = run;
  if (stops.end !== undefined) return stops.end;
  const trap = trapOf(error);
  if (trap === undefined) return { kind: 'crashed', message: `The host failed: ${describe(error)}` };
  const frames = guest.framesOf(error);
  const { kind, message, growth } = explainFault(trap, frames, { guest, growth: stops.refusedGrowth });
  const reason: StopReason = { kind: 'trap', trap: kind, message };
  const end = endOfFault({ kind, message, growth }, trap.message, frames);
  if (run.disagrees !== undefined) return settle(end, reason, frames, run);
  if (debug) stops.stopAtFault(reason, frames);
  return end;
}

function endOfFault({ kind, message, growth }: Fault, original: string, frames: readonly GuestFrame[]): End {
  if (growth?.exhausted === undefined) return { kind: 'trapped', trap: kind, message, frames };
  const { exhausted, frames: place } = growth;
  return { kind: 'exhausted', exhausted, frames: place, trap: { kind, message: original, frames } };
}

/** The end of a replay is always looked at. */
function settle(
  end: End,
  reason: StopReason,
  frames: readonly GuestFrame[],
  { guest, stops, disagrees }: GuestRun,
): End {
  const other = disagrees?.(end);
  stops.stopAtFault(other === undefined ? reason : { kind: 'departed', message: other.message }, frames);
  return other === undefined ? end : { kind: 'departed', ...other, instant: guest.instant };
}

/** i64 as text; references have no value outside the guest. */
function resultsOf(returned: unknown): (number | string)[] {
  if (returned === undefined) return [];
  const values: readonly unknown[] = Array.isArray(returned) ? returned : [returned];
  return values.map((value) =>
    typeof value === 'number' ? value : typeof value === 'bigint' ? String(value) : 'reference',
  );
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
