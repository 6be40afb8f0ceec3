/**
 * Where a replay stops. It runs at full speed until shortly before its goal, far enough that a check must come in between;
 * from there every site calls the hook. What happened to the recorded run from outside (its memory edited, its time over)
 * has an instant too, and is met in the same way.
 */

import { NO_LIMIT, type ProbePage } from '../probePage.ts';
import type { End, Present, Resume, SiteHits, StopReason } from '../protocol.ts';
import { HitRing } from './hitRing.ts';

type Move = Extract<Resume, { kind: 'seek' | 'scan' }>;

/** Where it goes on from. */
export interface From {
  readonly instant: number;
  /** With `depth` (real), where it stands at a site: that does not call the hook again. */
  readonly site?: number;
  readonly depth?: number;
}

interface Edit {
  readonly instant: number;
  apply(): void;
}

const NEVER = Number.POSITIVE_INFINITY;

export class ReplayWay {
  /** Bytes of output so far. */
  readonly written = { stdout: 0, stderr: 0 };
  readonly #sites: number;
  readonly #margin: number;
  readonly #edits: Edit[] = [];
  #setLimit: () => void = () => undefined;
  #lookAhead: () => void = () => undefined;
  #page: ProbePage | undefined;
  #move: Move | undefined;
  /** By site: 1 for those that are sought. */
  #sought: Uint8Array;
  #hits: HitRing | undefined;
  #end: { readonly instant: number; readonly end: End } | undefined;
  #armed: Armed = 'none';
  #limit = NEVER;
  #lastSite = -1;

  /** `longest`: stretch of instructions between two checks. */
  constructor({ sites, longest }: { readonly sites: number; readonly longest: number }) {
    this.#sites = sites;
    this.#sought = new Uint8Array(sites);
    // A check comes when the clock, which runs ahead by up to a stretch, has reached the limit.
    this.#margin = 2 * longest;
  }

  /** `setLimit`: to be called when `limit` has changed. */
  attach(page: ProbePage, setLimit: () => void): void {
    this.#page = page;
    this.#setLimit = setLimit;
  }

  /** `lookAhead`: reads on in the recording, which may have grown while this stood. */
  follow(lookAhead: () => void): void {
    this.#lookAhead = lookAhead;
  }

  /** The clock at which a check is to call the hook. */
  get limit(): bigint {
    return Number.isFinite(this.#limit) ? BigInt(Math.max(0, this.#limit)) : NO_LIMIT;
  }

  /** After a scan. */
  get hits(): SiteHits | undefined {
    return this.#hits?.kept();
  }

  /** Of the last site that is known to have been passed, or -1. */
  get lastSite(): number {
    return this.#lastSite;
  }

  begin(how: Resume, from: From): void {
    this.#move = how.kind === 'seek' || how.kind === 'scan' ? how : undefined;
    this.#hits = how.kind === 'scan' ? new HitRing(how.keep) : undefined;
    this.#sought = new Uint8Array(this.#sites);
    for (const site of this.#move?.sites ?? []) this.#sought[site] = 1;
    if (from.site !== undefined) this.#count(from.site, from.instant, from.depth ?? 1);
    this.#lookAhead();
    this.#meetEdits(from.instant);
    this.#arm(from.instant);
  }

  /** The recorded run was edited here. */
  edit(edit: Edit, now: number): void {
    this.#edits.push(edit);
    this.#arm(now);
  }

  /** The recorded run was ended from outside here, at a check. */
  endAt(instant: number, end: End, now: number): void {
    this.#end ??= { instant, end };
    this.#arm(now);
  }

  endDue(instant: number): End | undefined {
    return this.#end !== undefined && instant >= this.#end.instant ? this.#end.end : undefined;
  }

  /** A host call is being answered: edits that have not been met were made in it. */
  answering(): void {
    for (const edit of this.#edits.splice(0)) edit.apply();
  }

  site(site: number, instant: number, depth: number): StopReason | undefined {
    this.#lastSite = instant;
    this.#met(instant);
    const move = this.#move;
    if (move === undefined) return undefined;
    if (move.kind === 'scan') {
      if (instant >= move.to) return { kind: 'seek', site };
      this.#count(site, instant, depth);
      return undefined;
    }
    if (move.sites === undefined) return instant >= move.instant ? { kind: 'seek', site } : undefined;
    if (instant >= move.instant && this.#isSought(site, depth)) return { kind: 'seek', site, hit: true };
    return instant >= (move.until ?? NEVER) ? { kind: 'seek', site } : undefined;
  }

  /** At a check, or where a growth was refused: instants beyond the present must not be reached. */
  between(instant: number): StopReason | undefined {
    this.#met(instant);
    this.#arm(instant);
    const present = this.#move?.present;
    if (present === undefined || present.at === 'end') return undefined;
    const beyond = present.at === 'check' ? instant >= present.instant : instant > present.instant;
    return beyond ? { kind: 'seek' } : undefined;
  }

  #count(site: number, instant: number, depth: number): void {
    if (this.#hits !== undefined && this.#isSought(site, depth)) this.#hits.add(instant, site, depth);
  }

  #isSought(site: number, depth: number): boolean {
    return this.#sought[site] === 1 && depth <= (this.#move?.maxDepth ?? NEVER);
  }

  #met(instant: number): void {
    if (this.#meetEdits(instant)) this.#arm(instant);
  }

  #meetEdits(instant: number): boolean {
    let some = false;
    while (this.#edits[0]?.instant === instant) {
      this.#edits.shift()?.apply();
      some = true;
    }
    return some;
  }

  #arm(now: number): void {
    const { sites, maxDepth = NEVER } = this.#move ?? {};
    const edit = this.#edits[0]?.instant ?? NEVER;
    const all = Math.min(goalOf(this.#move), edit) - this.#margin;
    const some = soughtFrom(this.#move) - this.#margin;
    const outside = Math.min(this.#end?.instant ?? NEVER, boundOf(this.#move?.present));
    if (now >= all) {
      this.#set('all');
      this.#limit = Math.min(edit, outside);
    } else if (now >= some) {
      this.#set(sites ?? 'none', maxDepth);
      this.#limit = Math.min(all, outside);
    } else {
      this.#set('none');
      this.#limit = Math.min(all, some, outside);
    }
    this.#setLimit();
  }

  #set(armed: Armed, maxDepth = NEVER): void {
    if (armed === this.#armed) return;
    this.#armed = armed;
    if (armed === 'none') this.#page?.disarmSteps();
    else if (armed === 'all') this.#page?.armSteps(() => true, NEVER);
    else this.#page?.armSteps((site) => this.#sought[site] === 1, maxDepth);
  }
}

/** Which sites call the hook. */
type Armed = 'none' | 'all' | readonly number[];

/** Where it stops at any site. */
function goalOf(move: Move | undefined): number {
  if (move === undefined) return NEVER;
  const goal = move.kind === 'scan' ? move.to : move.sites === undefined ? move.instant : (move.until ?? NEVER);
  // The instant of a fault is told by the sites before it.
  return move.present?.at === 'end' ? Math.min(goal, move.present.instant) : goal;
}

function soughtFrom(move: Move | undefined): number {
  if (move?.sites === undefined) return NEVER;
  return move.kind === 'seek' ? move.instant : 0;
}

function boundOf(present: Present | undefined): number {
  return present === undefined || present.at === 'end' ? NEVER : present.instant;
}
