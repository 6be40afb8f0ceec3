/** Steps forward in the past: they end where `endsStep` ends them in a run that is under way. */

import type { Hit } from '../replay/timeline.ts';
import type { LineSites } from './lineSites.ts';
import type { StepKind } from './stepping.ts';
import type { Place, Trace } from './trace.ts';

/** Undefined: not before the present. */
export async function stepForward(
  kind: StepKind,
  place: Place,
  trace: Trace,
  lines: LineSites,
): Promise<Hit | undefined> {
  const depth = place.frames[0]?.depth ?? 0;
  const outside = { sites: lines.steppable, maxDepth: depth - 1 };
  if (kind === 'out') return trace.nextHit(outside, place.instant);
  const line = place.site === undefined ? -1 : lines.line(place.site);
  const most = kind === 'over' ? { maxDepth: depth } : {};
  const others = leaving(line, place, lines);
  let sites = others;
  for (let after = place.instant; ; ) {
    const hit = await trace.nextHit({ sites, ...most }, after);
    if (hit === undefined) return undefined;
    if (lines.opens(hit.site) && hit.depth <= depth) {
      // The frame is gone, and the next call has begun in its place.
      return trace.nextHit(kind === 'over' ? outside : { sites: lines.steppable }, hit.instant - 1);
    }
    if (lines.isSteppable(hit.site) && (hit.depth !== depth || lines.line(hit.site) !== line)) return hit;
    after = hit.instant;
    // A deeper call has begun, perhaps of the same function.
    sites = lines.isSteppable(hit.site) ? others : lines.all;
  }
}

/** The line's own sites are left out where they can be met in this frame only: a loop on one line may pass them for long. */
function leaving(line: number, { frames, site }: Place, lines: LineSites): readonly number[] {
  const own = site === undefined ? -1 : lines.functionOf(site);
  const elsewhere =
    frames.slice(1).some(({ functionIndex }) => functionIndex === own) ||
    lines.ofLine(line).some((other) => lines.functionOf(other) !== own);
  return elsewhere ? lines.all : lines.notOfLine(line);
}
