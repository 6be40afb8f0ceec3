/**
 * Steps backwards. A frame that is still alive has passed its opening before everything else in it, so among the hits no
 * deeper than it the latest are its own, and its opening is where they end: no frame needs an identity.
 */

import type { Hit } from '../replay/timeline.ts';
import type { LineSites } from './lineSites.ts';
import type { Place, Trace } from './trace.ts';

/** The beginning of the line before, over calls; at a function's first line, the call. Undefined: there is nothing before. */
export async function previousLine(place: Place, trace: Trace, lines: LineSites): Promise<Hit | undefined> {
  const [depth, ...outer] = liveDepths(place, lines);
  if (depth === undefined) return undefined;
  if (place.site !== undefined && lines.opens(place.site)) return callIn(outer, place.instant, trace, lines);
  const before = await trace.lastHit({ sites: lines.all, maxDepth: depth }, place.instant);
  if (before === undefined) return undefined;
  if (!lines.isSteppable(before.site)) return callIn(outer, before.instant, trace, lines);
  return lineStart(before, trace, lines);
}

/** Where the call began that is at this depth now: its first line. */
export async function callStart(place: Place, depth: number, trace: Trace, lines: LineSites): Promise<Hit | undefined> {
  const openings = lines.all.filter((site) => lines.opens(site));
  // The place itself may be the opening.
  const opening = await trace.lastHit({ sites: openings, maxDepth: depth }, place.instant + 1);
  const frame = place.frames.find((each) => each.depth === depth);
  // In a function without lines the latest opening is that of another.
  if (opening?.depth !== depth || lines.functionOf(opening.site) !== frame?.functionIndex) return undefined;
  const first = await trace.nextHit({ sites: lines.steppable, maxDepth: depth }, opening.instant - 1);
  return first !== undefined && first.depth === depth && first.instant <= place.instant ? first : undefined;
}

/** The call that is under way in a frame around: the last that it did. */
export async function callAround(place: Place, trace: Trace, lines: LineSites): Promise<Hit | undefined> {
  const [, ...outer] = liveDepths(place, lines);
  return callIn(outer, place.instant, trace, lines);
}

async function callIn(
  depths: readonly number[],
  instant: number,
  trace: Trace,
  lines: LineSites,
): Promise<Hit | undefined> {
  let before = instant;
  for (const maxDepth of depths) {
    const hit = await trace.lastHit({ sites: lines.all, maxDepth }, before);
    if (hit === undefined || lines.isSteppable(hit.site)) return hit;
    // What calls before its first line is nothing to look at: its own caller is.
    before = hit.instant;
  }
  return undefined;
}

/** The first of the hits on this line, with no other line of the same frame in between. */
async function lineStart(hit: Hit, trace: Trace, lines: LineSites): Promise<Hit> {
  if (lines.opens(hit.site)) return hit;
  const line = lines.line(hit.site);
  const maxDepth = hit.depth;
  const before = await trace.lastHit({ sites: lines.notOfLine(line), maxDepth }, hit.instant);
  if (before !== undefined && before.depth === hit.depth && lines.line(before.site) === line) return before;
  const first = await trace.nextHit({ sites: lines.ofLine(line), maxDepth }, before?.instant ?? -1);
  return first ?? hit;
}

/** Of the frames that steps can end in. */
function liveDepths({ frames }: Place, lines: LineSites): readonly number[] {
  return frames.filter(({ functionIndex }) => lines.hasLines(functionIndex)).map(({ depth }) => depth);
}
