/**
 * A run that can also be looked at as it was. At the present it is the run itself; in the past a replay stands in for it,
 * and going forward leads back to the present, from where the run goes on.
 */
import type { GuestWalls, Stop } from '../guest/protocol.ts';
import { Timeline } from '../replay/timeline.ts';
import type { DebugStop } from './debugStop.ts';
import { type Arrival, Journey, type JourneyParts, type Memory } from './journey.ts';
import { LineSites } from './lineSites.ts';
import { type Recorded, Run, type RunEvents, type RunOptions, type RunParts } from './run.ts';
import { RunTimes } from './runTimes.ts';
import type { StepKind } from './stepping.ts';
import type { Place } from './trace.ts';

type Where =
  | { readonly kind: 'present' }
  | { readonly kind: 'past'; readonly place: Place; readonly stop: DebugStop }
  /** `from`: where it is again when it is called off. */
  | { readonly kind: 'travelling'; readonly from: Settled; readonly abort: AbortController };
type Settled = Exclude<Where, { kind: 'travelling' }>;

const PRESENT = { kind: 'present' } as const;

export class Travel {
  readonly #events: RunEvents;
  readonly #parts: JourneyParts;
  readonly #times = new RunTimes();
  #run: Run | undefined;
  #timeline: Promise<Timeline> | undefined;
  #where: Where = PRESENT;

  private constructor({ program, sources, breakpoints }: RunParts, events: RunEvents) {
    this.#events = events;
    const say: JourneyParts['say'] = (text, location) => this.#say(text, location);
    const lines = new LineSites(program.sites, program.instrumented.sites);
    this.#parts = { program, sources, breakpoints, lines, say };
  }

  /** Starts the guest's process; the program itself waits for `begin`. */
  static async open(parts: RunParts, options: RunOptions, events: RunEvents): Promise<Travel> {
    const travel = new Travel(parts, events);
    travel.#run = await Run.open(parts, options, {
      ...events,
      usage: (samples) => {
        for (const sample of samples) travel.#times.add(sample);
        events.usage(samples);
      },
      stopped: (stop) => travel.#stopped(stop),
      ended: (end, usage, frames) => {
        travel.#close();
        events.ended(end, usage, frames);
      },
      recordingLost: (reason) => {
        travel.#close();
        events.recordingLost(reason);
      },
    });
    return travel;
  }

  get walls(): GuestWalls | undefined {
    return this.#run?.walls;
  }

  /** The stop that the user is looking at. */
  get stop(): DebugStop | undefined {
    if (this.#where.kind === 'past') return this.#where.stop;
    return this.#where.kind === 'present' ? this.#run?.stop : undefined;
  }

  /** Whether there is a way back: a recording is being made. */
  get recorded(): boolean {
    return this.#run?.recorded !== undefined;
  }

  /** The run itself is under way, or waits for this: it takes input. */
  get live(): boolean {
    return this.#where.kind === 'present';
  }

  begin(): void {
    this.#run?.begin();
  }

  breakpointsChanged(): void {
    this.#run?.breakpointsChanged();
  }

  filtersChanged(): void {
    this.#run?.filtersChanged();
  }

  continue(): void {
    if (this.#where.kind === 'past') this.#go((journey, place) => journey.forward(place));
    else if (this.#where.kind === 'present') this.#run?.continue();
  }

  step(kind: StepKind): void {
    if (this.#where.kind === 'past') this.#go((journey, place) => journey.step(kind, place));
    else if (this.#where.kind === 'present') this.#run?.step(kind);
  }

  stepBack(): void {
    this.#go((journey, place) => journey.stepBack(place));
  }

  reverse(): void {
    this.#go((journey, place) => journey.reverse(place));
  }

  /** To the first line of the call at this (real) depth. */
  restart(depth: number): void {
    this.#go((journey, place) => journey.restart(place, depth));
  }

  goto(instant: number): void {
    this.#go((journey) => journey.goto(instant));
  }

  pause(): void {
    if (this.#where.kind === 'travelling') this.#where.abort.abort();
    else this.#run?.pause();
  }

  async kill(): Promise<void> {
    this.#close();
    await this.#run?.kill();
  }

  stdin(bytes: Uint8Array | undefined): void {
    this.#run?.stdin(bytes);
  }

  #stopped(stop: DebugStop): void {
    this.#times.add(stop.moment);
    const { raw } = this.#run ?? {};
    if (raw !== undefined)
      void this.#timeline?.then(
        (timeline) => timeline.advanced(raw),
        () => {},
      );
    this.#events.stopped(stop);
  }

  #go(find: (journey: Journey, place: Place) => Promise<Arrival | undefined>): void {
    const from = this.#where;
    const raw = this.#run?.raw;
    const recorded = this.#run?.recorded;
    if (from.kind === 'travelling' || raw === undefined || recorded === undefined) return;
    const abort = new AbortController();
    this.#where = { kind: 'travelling', from, abort };
    const place = from.kind === 'past' ? from.place : placeOf(raw, presentOf(raw));
    void this.#follow((journey) => find(journey, place), { raw, recorded, from, abort });
  }

  async #follow(find: (journey: Journey) => Promise<Arrival | undefined>, trip: Trip): Promise<void> {
    const { from, abort } = trip;
    try {
      const arrival = await find(await this.#journey(trip, abort.signal));
      if (this.#isUnderWay(abort)) await this.#arrive(arrival, trip);
    } catch (error) {
      if (!this.#isUnderWay(abort)) return;
      if (!abort.signal.aborted) this.#say(`The past cannot be shown: ${messageOf(error)}`);
      await this.#return(trip, from);
    }
  }

  async #arrive(arrival: Arrival | undefined, trip: Trip): Promise<void> {
    if (arrival === undefined) {
      this.#say('Where this call began is not known: nothing in it can be stopped at.');
      return this.#return(trip, trip.from);
    }
    if (arrival.kind === 'past') this.#showPast(arrival);
    else this.#showPresent();
  }

  /** Where it was before, once more: what was looked at there has gone on since. */
  async #return(trip: Trip, from: Settled): Promise<void> {
    if (from.kind === 'present') return this.#showPresent();
    try {
      const journey = await this.#journey(trip, undefined);
      const arrival = await journey.again(from.place.instant, { kind: 'pause' });
      if (this.#isUnderWay(trip.abort) && arrival.kind === 'past') this.#showPast(arrival);
    } catch (error) {
      if (!this.#isUnderWay(trip.abort)) return;
      this.#say(`This past cannot be shown again, so here is the present: ${messageOf(error)}`);
      this.#showPresent();
    }
  }

  #showPresent(): void {
    this.#where = PRESENT;
    const stop = this.#run?.stop;
    if (stop !== undefined) this.#events.stopped(stop);
  }

  #showPast({ sight: { raw, frames, inspector }, why }: Extract<Arrival, { kind: 'past' }>): void {
    const moment = this.#times.at(raw.instant);
    const stop: DebugStop = { why, frames, moment, inspector, final: false, past: true };
    this.#where = { kind: 'past', place: placeOf(raw, raw.instant), stop };
    this.#events.stopped(stop);
  }

  async #journey({ raw, recorded }: Trip, signal: AbortSignal | undefined): Promise<Journey> {
    this.#timeline ??= Timeline.open(recorded, raw);
    const timeline = await this.#timeline;
    const memory: Memory = {
      lastHit: (query, before) => timeline.lastHit(query, before, signal),
      nextHit: (query, after) => timeline.nextHit(query, after, signal),
      seek: (instant) => timeline.seek(instant, signal),
    };
    return new Journey(this.#parts, memory, presentOf(raw));
  }

  #isUnderWay(abort: AbortController): boolean {
    return this.#where.kind === 'travelling' && this.#where.abort === abort;
  }

  #close(): void {
    if (this.#where.kind === 'travelling') this.#where.abort.abort();
    this.#where = PRESENT;
    void this.#timeline?.then(
      (timeline) => timeline.close(),
      () => {},
    );
    this.#timeline = undefined;
  }

  #say(text: string, location?: Parameters<JourneyParts['say']>[1]): void {
    this.#events.output({ category: 'console', text: `${text}\n`, location, moment: undefined });
  }
}

interface Trip {
  /** The present. */
  readonly raw: Stop;
  readonly recorded: Recorded;
  readonly from: Settled;
  readonly abort: AbortController;
}

/** At a fault the clock lags behind: everything that can be replayed was before. */
function presentOf({ instant, final }: Stop): number {
  return final ? Number.MAX_SAFE_INTEGER - 1 : instant;
}

function placeOf({ reason, frames }: Stop, instant: number): Place {
  return { instant, site: 'site' in reason ? reason.site : undefined, frames };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
