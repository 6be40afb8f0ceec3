/** What steps in the past ask: which sites a run has passed. Nothing here knows how a past is found again. */

import type { Hit, HitQuery } from '../replay/timeline.ts';

export interface Trace {
  /** The latest one before an instant. */
  lastHit(query: HitQuery, before: number): Promise<Hit | undefined>;
  /** The first one after an instant. */
  nextHit(query: HitQuery, after: number): Promise<Hit | undefined>;
}

/** Where a run stands, or stood. */
export interface Place {
  readonly instant: number;
  /** Undefined where it is at none: in a host call, in library code, at a trap. */
  readonly site: number | undefined;
  /** Innermost first. */
  readonly frames: readonly { readonly functionIndex: number; readonly depth: number }[];
}
