/** Where a request to travel leads: it asks the past which sites were passed, and looks at places where a condition has to be evaluated. */
import type { Stop } from '../guest/protocol.ts';
import type { Hit, HitQuery } from '../replay/timeline.ts';
import { conditionHolds, countsHits, numberHolds, type Say } from './breakpointHits.ts';
import type { Breakpoint, Breakpoints } from './breakpoints.ts';
import type { Why } from './debugStop.ts';
import { type DebugFrame, SourceFrames } from './frames.ts';
import { Inspector } from './inspector.ts';
import type { LineSites } from './lineSites.ts';
import type { Program } from './program.ts';
import type { Sources } from './sources.ts';
import type { StepKind } from './stepping.ts';
import { callStart, previousLine } from './stepsBack.ts';
import { stepForward } from './stepsForward.ts';
import { type StandingGuest, StopContext } from './stopContext.ts';
import type { Place, Trace } from './trace.ts';

/** A run's past, asked under one signal. */
export interface Memory extends Trace {
  seek(instant: number): Promise<{ readonly stop: Stop; readonly guest: StandingGuest }>;
}

/** A place in the past, looked at. */
export interface Sight {
  readonly raw: Stop;
  readonly frames: readonly DebugFrame[];
  readonly inspector: Inspector;
}

export type Arrival =
  | { readonly kind: 'past'; readonly sight: Sight; readonly why: Why }
  | { readonly kind: 'present' };

export interface JourneyParts {
  readonly program: Program;
  readonly sources: Sources;
  readonly breakpoints: Breakpoints;
  readonly lines: LineSites;
  readonly say: Say;
}

const PRESENT: Arrival = { kind: 'present' };
const MOST_AT_ONCE = 4096;

export class Journey {
  readonly #parts: JourneyParts;
  readonly #memory: Memory;
  /** Where the run stands; infinite where its clock has stopped before it has. */
  readonly #present: number;
  readonly #counted = new Map<Breakpoint, number[]>();
  #inSight: Sight | undefined;

  constructor(parts: JourneyParts, memory: Memory, present: number) {
    this.#parts = parts;
    this.#memory = memory;
    this.#present = present;
  }

  async stepBack(from: Place): Promise<Arrival> {
    const hit = await previousLine(from, this.#memory, this.#parts.lines);
    return hit === undefined ? this.#beginning() : this.#at(hit, { kind: 'step' });
  }

  /**
   * To the latest breakpoint before, or the beginning. Conditions are evaluated on the way forward, over more and more hits
   * at once: a replay that goes on takes no time against one that begins anew.
   */
  async reverse(from: Place): Promise<Arrival> {
    const query = this.#breakpointSites();
    for (let before = from.instant, most = 1; query !== undefined; most = Math.min(most * 8, MOST_AT_ONCE)) {
      const hits = await this.#hitsBefore(query, before, most);
      const latest = await this.#latestStop(hits);
      if (latest !== undefined) return latest;
      const [earliest] = hits;
      if (earliest === undefined) break;
      before = earliest.instant;
    }
    return this.#beginning();
  }

  /** To the next breakpoint, or the present. */
  async forward(from: Place): Promise<Arrival> {
    return (await this.#nextStop(from.instant, this.#present)) ?? PRESENT;
  }

  async step(kind: StepKind, from: Place): Promise<Arrival> {
    const hit = await stepForward(kind, from, this.#memory, this.#parts.lines);
    const end = Math.min(hit?.instant ?? this.#present, this.#present);
    const stopped = await this.#nextStop(from.instant, end);
    if (stopped !== undefined) return stopped;
    if (hit === undefined || hit.instant >= this.#present) return PRESENT;
    return (await this.#stopsAt(hit)) ?? this.#at(hit, { kind: 'step' });
  }

  /** Undefined: where that call began is not known. */
  async restart(from: Place, depth: number): Promise<Arrival | undefined> {
    const hit = await callStart(from, depth, this.#memory, this.#parts.lines);
    return hit && this.#at(hit, { kind: 'restart' });
  }

  /** To the first line at or after an instant. */
  async goto(instant: number): Promise<Arrival> {
    if (instant >= this.#present) return PRESENT;
    const hit = await this.#memory.nextHit({ sites: this.#parts.lines.steppable }, instant - 1);
    return hit === undefined || hit.instant >= this.#present ? PRESENT : this.#at(hit, { kind: 'goto' });
  }

  /** As it was at a stop before. */
  async again(instant: number, why: Why): Promise<Arrival> {
    return { kind: 'past', sight: await this.#look(instant), why };
  }

  async #beginning(): Promise<Arrival> {
    const hit = await this.#memory.nextHit({ sites: this.#parts.lines.steppable }, -1);
    return hit === undefined || hit.instant >= this.#present ? PRESENT : this.#at(hit, { kind: 'beginning' });
  }

  async #nextStop(from: number, before: number): Promise<Arrival | undefined> {
    const query = this.#breakpointSites();
    if (query === undefined) return undefined;
    for (let after = from; ; ) {
      const hit = await this.#next(query, after);
      if (hit === undefined || hit.instant >= before) return undefined;
      const stopped = await this.#stopsAt(hit);
      if (stopped !== undefined) return stopped;
      after = hit.instant;
    }
  }

  /** In the order in which they were passed, back to one that stops in any case. */
  async #hitsBefore(query: HitQuery, before: number, most: number): Promise<readonly Hit[]> {
    const hits: Hit[] = [];
    for (let from = before; hits.length < most; ) {
      const hit = await this.#memory.lastHit(query, from);
      if (hit === undefined) break;
      hits.unshift(hit);
      if (this.#stopping(hit.site).some((breakpoint) => !hasCondition(breakpoint) && !countsHits(breakpoint))) break;
      from = hit.instant;
    }
    return hits;
  }

  async #latestStop(hits: readonly Hit[]): Promise<Arrival | undefined> {
    let latest: { readonly hit: Hit; readonly why: Why } | undefined;
    for (const hit of hits) {
      const why = await this.#whyAt(hit);
      if (why !== undefined) latest = { hit, why };
    }
    return latest && this.#at(latest.hit, latest.why);
  }

  async #at({ instant }: Hit, why: Why): Promise<Arrival> {
    return { kind: 'past', sight: await this.#look(instant), why };
  }

  async #look(instant: number): Promise<Sight> {
    if (this.#inSight?.raw.instant === instant) return this.#inSight;
    const { program, sources } = this.#parts;
    this.#inSight = undefined;
    const { stop, guest } = await this.#memory.seek(instant);
    const context = await StopContext.open(guest, program.instrumented);
    const frames = new SourceFrames(program.symbols, sources).of(stop.frames);
    this.#inSight = { raw: stop, frames, inspector: new Inspector(program, context) };
    return this.#inSight;
  }

  /** A search forward takes what was in sight along. */
  #next(query: HitQuery, after: number): Promise<Hit | undefined> {
    this.#inSight = undefined;
    return this.#memory.nextHit(query, after);
  }

  /** Messages have been said when the run went by. */
  #stopping(site: number): readonly Breakpoint[] {
    return this.#parts.breakpoints.at(site).filter(({ rules }) => rules.logMessage === undefined);
  }

  #breakpointSites(): HitQuery | undefined {
    const sites = this.#parts.breakpoints.armed().filter((site) => this.#stopping(site).length > 0);
    return sites.length === 0 ? undefined : { sites };
  }

  async #stopsAt(hit: Hit): Promise<Arrival | undefined> {
    const why = await this.#whyAt(hit);
    return why && this.#at(hit, why);
  }

  async #whyAt(hit: Hit): Promise<Why | undefined> {
    const ids: number[] = [];
    for (const breakpoint of this.#stopping(hit.site))
      if ((await this.#holds(breakpoint, hit)) && (await this.#isCounted(breakpoint, hit))) ids.push(breakpoint.id);
    return ids.length === 0 ? undefined : { kind: 'breakpoint', ids };
  }

  async #holds(breakpoint: Breakpoint, { instant }: Hit): Promise<boolean> {
    if (!hasCondition(breakpoint)) return true;
    const { frames, inspector } = await this.#look(instant);
    return (await conditionHolds(breakpoint, { instant, top: frames[0], inspector }, this.#parts.say)) !== 'no';
  }

  async #isCounted(breakpoint: Breakpoint, { instant }: Hit): Promise<boolean> {
    if (!countsHits(breakpoint)) return true;
    const live = upTo(breakpoint.hitInstants, instant);
    const wasCounted = breakpoint.hitInstants[live - 1] === instant;
    return numberHolds(breakpoint.rules.hitCondition, wasCounted ? live : await this.#countTo(breakpoint, instant));
  }

  /** The run went by before the breakpoint was set: its hits are counted from the beginning. */
  async #countTo(breakpoint: Breakpoint, instant: number): Promise<number> {
    const known = this.#counted.get(breakpoint) ?? [];
    this.#counted.set(breakpoint, known);
    const sites = breakpoint.binding.kind === 'bound' ? breakpoint.binding.sites : [];
    for (let after = known.at(-1) ?? -1; after < instant; ) {
      const hit = await this.#next({ sites }, after);
      if (hit === undefined || hit.instant > instant) break;
      if (await this.#holds(breakpoint, hit)) known.push(hit.instant);
      after = hit.instant;
    }
    return upTo(known, instant);
  }
}

function hasCondition({ rules: { condition } }: Breakpoint): boolean {
  return condition !== undefined && condition.trim() !== '';
}

/** How many of ascending numbers are not larger. */
function upTo(numbers: readonly number[], most: number): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((numbers[middle] ?? 0) <= most) low = middle + 1;
    else high = middle;
  }
  return low;
}
