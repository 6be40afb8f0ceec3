/** Whether a breakpoint that was reached stops the run: its condition, its hit condition and its message, in this order. */
import type { Breakpoint } from './breakpoints.ts';
import type { DebugFrame } from './frames.ts';
import { hitCounts } from './hitCondition.ts';
import type { Inspector } from './inspector.ts';
import { logParts } from './logMessage.ts';
import type { DebugLocation } from './sources.ts';

/** Where it was reached. */
export interface HitPlace {
  readonly instant: number;
  readonly top: DebugFrame | undefined;
  readonly inspector: Inspector;
}

/** For the user, in the console. */
export type Say = (text: string, location?: DebugLocation) => void;

/** On the way forward: it is counted, and a message is said instead of stopping. */
export async function stopsHere(breakpoint: Breakpoint, at: HitPlace, say: Say): Promise<boolean> {
  const { hitCondition, logMessage } = breakpoint.rules;
  switch (await conditionHolds(breakpoint, at, say)) {
    case 'no':
      return false;
    case 'unknown':
      return true;
    case 'yes':
      break;
  }
  breakpoint.hits++;
  if (countsHits(breakpoint)) breakpoint.hitInstants.push(at.instant);
  if (!numberHolds(hitCondition, breakpoint.hits)) return false;
  if (logMessage === undefined) return true;
  say(await interpolate(logMessage, at), at.top?.location);
  return false;
}

/** `unknown`: it cannot be evaluated, which has been said. */
export async function conditionHolds(
  { rules: { condition } }: Breakpoint,
  { top, inspector }: HitPlace,
  say: Say,
): Promise<'yes' | 'no' | 'unknown'> {
  if (condition === undefined || condition.trim() === '') return 'yes';
  try {
    return (await inspector.isTrue(condition, top)) ? 'yes' : 'no';
  } catch (error) {
    say(`The condition "${condition}" could not be evaluated: ${messageOf(error)}`, top?.location);
    return 'unknown';
  }
}

export function countsHits({ rules: { hitCondition } }: Breakpoint): boolean {
  return hitCondition !== undefined && hitCondition.trim() !== '';
}

/** `hits`: this one counted. What is not understood stops at every hit. */
export function numberHolds(hitCondition: string | undefined, hits: number): boolean {
  return hitCondition === undefined || hitCondition.trim() === '' || hitCounts(hitCondition, hits) !== false;
}

async function interpolate(message: string, { top, inspector }: HitPlace): Promise<string> {
  let text = '';
  for (const part of logParts(message)) {
    if (part.kind === 'text') {
      text += part.text;
      continue;
    }
    try {
      text += (await inspector.evaluate(part.expression, top, {})).rendered.text;
    } catch (error) {
      text += `{${messageOf(error)}}`;
    }
  }
  return text;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
