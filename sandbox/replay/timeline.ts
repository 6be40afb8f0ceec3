/**
 * The past of one run, from its recording: replays of it that stand parked at instants between its beginning and the
 * present. Going back means going forward again from the one that stands nearest before.
 */
import type { Guest, GuestOptions, Present, Stop } from '../guest/protocol.ts';
import { HitCache } from './hitCache.ts';
import type { Move, Replay } from './replay.ts';
import { ReplayPool } from './replayPool.ts';

/** A run that was recorded, or still is. */
export interface ReplaySource {
  /** The recording; it may be growing. */
  readonly file: string;
  /** As the recorded run was started, with the same instrumented module. */
  readonly guest: GuestOptions;
}

/** How the run stood. Good until the next `seek`, or the next `nextHit` after its own instant. */
export interface Past {
  readonly stop: Stop;
  readonly guest: Pick<Guest, 'readMemory' | 'memorySize' | 'readFrame' | 'readGlobals'>;
  /** Bytes written before. */
  readonly output: { readonly stdout: number; readonly stderr: number };
}

export interface HitQuery {
  readonly sites: readonly number[];
  /** Deeper hits do not count (real depth). */
  readonly maxDepth?: number;
}

/** A site that was passed. */
export interface Hit {
  readonly instant: number;
  readonly site: number;
  readonly depth: number;
}

export interface TimelineOptions {
  /** Bytes that parked replays may have in all. Default 512 MB. */
  readonly memoryBudget?: number;
}

/** Instructions: what is passed in a few milliseconds. So far back, all sites are collected, and parked replays begin. */
const NEAR = 2_000_000;
/** Hits of a scan that are kept. */
const KEPT = 1 << 16;
/** How much further back each parked replay stands than the one before. */
const SPREAD = 8;

export class Timeline {
  readonly #pool: ReplayPool;
  readonly #allSites: readonly number[];
  #present: Present | undefined;
  #current: Replay | undefined;
  #near: HitCache | undefined;
  #sought: HitCache | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #parking: AbortController | undefined;
  #closed = false;

  private constructor({ file, guest }: ReplaySource, present: Present | undefined, budget: number) {
    this.#pool = new ReplayPool({ file, guest, budget });
    const sites = guest.module.kind === 'instrumented' ? guest.module.instrumented.sites : [];
    this.#allSites = [...sites.keys()];
    this.#present = present;
  }

  /** `present`: where the run stands; left out, it is over. */
  static async open(source: ReplaySource, present?: Stop | number, options: TimelineOptions = {}): Promise<Timeline> {
    const timeline = new Timeline(source, presentOf(present), options.memoryBudget ?? 512 << 20);
    timeline.#parkSoon(timeline.end);
    return timeline;
  }

  /** Instant of the present. Infinite: the run is over. */
  get end(): number {
    return this.#present?.instant ?? Number.POSITIVE_INFINITY;
  }

  /** Bytes that replays have, roughly. */
  get memory(): number {
    return this.#pool.size;
  }

  /** The run has gone on, and stands here. */
  advanced(present: Stop | number): void {
    this.#present = presentOf(present);
  }

  /** The run as it stood at the first site from `instant` on; from the present on, as it stands there. */
  seek(instant: number, signal?: AbortSignal): Promise<Past> {
    return this.#inTurn(async () => {
      const to = this.#clamped(instant);
      const replay = await this.#replayFor(to);
      const { stop: at } = replay;
      const stop = at && this.#isThere(at, to) ? at : await this.#move(replay, { kind: 'seek', instant: to }, signal);
      this.#pool.learnSize(await replay.guest.memorySize());
      this.#parkSoon(stop.instant);
      return { stop, guest: replay.guest, output: stop.written ?? { stdout: 0, stderr: 0 } };
    }, signal);
  }

  /** The latest hit before an instant. */
  lastHit(query: HitQuery, before: number, signal?: AbortSignal): Promise<Hit | undefined> {
    return this.#inTurn(async () => {
      let to = this.#clamped(before);
      for (const cache of [this.#near, this.#sought]) {
        if (cache === undefined || !cache.covers(query) || to <= cache.from || to > cache.to) continue;
        const hit = cache.last(query, to);
        if (hit !== undefined || cache.from <= 0) return hit;
        to = cache.from;
      }
      while (to > 0) {
        const replay = await this.#pool.take(to - 1);
        const from = replay.instant;
        try {
          const hit = await this.#lastBetween(query, replay, { from, to }, signal);
          if (hit !== undefined) return hit;
        } finally {
          this.#pool.give(replay);
        }
        to = from;
      }
      return undefined;
    }, signal);
  }

  /** The first hit after an instant. */
  nextHit(query: HitQuery, after: number, signal?: AbortSignal): Promise<Hit | undefined> {
    return this.#inTurn(async () => {
      for (const cache of [this.#near, this.#sought]) {
        if (cache === undefined || !cache.covers(query) || after < cache.from - 1 || after >= cache.to) continue;
        const hit = cache.next(query, after);
        if (hit !== undefined) return hit;
      }
      const current = this.#current;
      const isAfter = current?.isUsable === true && current.instant <= after;
      const replay = isAfter ? current : await this.#pool.take(after + 1);
      try {
        return await this.#firstAfter(query, replay, after, signal);
      } finally {
        if (!isAfter) this.#pool.give(replay);
      }
    }, signal);
  }

  close(): void {
    this.#closed = true;
    this.#parking?.abort();
    this.#pool.close();
  }

  /** The one whose past is looked at, if it can go on from there; another takes its place if not. */
  async #replayFor(instant: number): Promise<Replay> {
    const current = this.#current;
    if (current?.stop !== undefined && this.#isThere(current.stop, instant)) return current;
    const nearest = Math.max(-1, ...this.#pool.instants().filter((each) => each <= instant));
    if (current?.isUsable && current.instant <= instant && current.instant >= nearest) return current;
    this.#current = undefined;
    if (current !== undefined) this.#pool.give(current);
    this.#current = await this.#pool.take(instant);
    return this.#current;
  }

  /** Whether a seek to this instant ends where this stop is. At a check at the present there is no site, and no going on. */
  #isThere({ instant, reason, final }: Stop, to: number): boolean {
    if (final) return to > instant;
    return reason.kind === 'seek' && instant === to && (reason.site !== undefined || to === this.end);
  }

  /** Near the end of the stretch all sites are collected: what is asked next is about them. */
  async #lastBetween(
    query: HitQuery,
    replay: Replay,
    { from, to }: Stretch,
    signal: AbortSignal | undefined,
  ): Promise<Hit | undefined> {
    const split = Math.min(to, this.end) - NEAR;
    let far: HitCache | undefined;
    if (split > from && Number.isFinite(split)) {
      const stop = await this.#move(replay, { kind: 'scan', to: split, ...query, keep: KEPT }, signal);
      if (stop.hits !== undefined) far = new HitCache(query, stop.hits, from, split);
      if (stop.final) return far?.last(query, to);
    }
    const isNear = far !== undefined || to - from <= NEAR;
    const sought: HitQuery = isNear ? { sites: this.#allSites } : query;
    const stop = await this.#move(replay, { kind: 'scan', to, ...sought, keep: KEPT }, signal);
    if (stop.hits === undefined) return far?.last(query, to);
    const cache = new HitCache(isNear ? 'all' : query, stop.hits, far === undefined ? from : split, to);
    if (isNear) this.#near = cache;
    this.#sought = isNear ? (far ?? this.#sought) : cache;
    return cache.last(query, to) ?? far?.last(query, to);
  }

  async #firstAfter(
    query: HitQuery,
    replay: Replay,
    after: number,
    signal: AbortSignal | undefined,
  ): Promise<Hit | undefined> {
    const until = this.#clamped(Number.POSITIVE_INFINITY);
    const { stop: at } = replay;
    const found = (stop: Stop) => {
      const { reason, instant, frames } = stop;
      if (reason.kind !== 'seek' || reason.site === undefined) return undefined;
      const hit = { instant, site: reason.site, depth: frames[0]?.depth ?? 1 };
      const { sites, maxDepth = Number.POSITIVE_INFINITY } = query;
      return instant > after && hit.depth <= maxDepth && sites.includes(hit.site) ? hit : undefined;
    };
    const here = at && found(at);
    if (here !== undefined || replay.instant >= until) return here;
    return found(await this.#move(replay, { kind: 'seek', instant: after + 1, until, ...query }, signal));
  }

  async #move(replay: Replay, how: Move, signal: AbortSignal | undefined): Promise<Stop> {
    const present = this.#present;
    const stop = await replay.move({ ...how, ...(present && { present }) }, signal);
    signal?.throwIfAborted();
    if (stop.reason.kind === 'departed')
      throw new Error(`At instant ${stop.instant} the replay departs from the recording. ${stop.reason.message}`);
    return stop;
  }

  /** Nothing lies beyond the present; the end of a run lies behind the last instant that is known of it. */
  #clamped(instant: number): number {
    const isOver = this.#present === undefined || this.#present.at === 'end';
    return isOver ? instant : Math.min(instant, this.end);
  }

  /** One thing at a time; what goes on in the background gives way. */
  #inTurn<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    this.#parking?.abort();
    const result = this.#turn.then(async () => {
      if (this.#closed) throw new Error('The past has been closed.');
      signal?.throwIfAborted();
      return work();
    });
    this.#turn = result.catch(() => undefined);
    return result;
  }

  /** Once nothing else is to be done: replays are sent to where the next steps back from here begin. */
  #parkSoon(focus: number): void {
    const parking = new AbortController();
    this.#parking?.abort();
    this.#parking = parking;
    this.#turn = this.#turn.then(() => this.#park(focus, parking.signal)).catch(() => undefined);
  }

  async #park(focus: number, signal: AbortSignal): Promise<void> {
    const aim = Math.min(focus, this.end);
    await this.#pool.warm(signal);
    if (!Number.isFinite(aim)) return;
    for (let back = NEAR; back < aim && !signal.aborted && this.#pool.hasRoom; back *= SPREAD) {
      const [latest, earliest] = [aim - back / 2, aim - back * (SPREAD / 2)];
      if (this.#pool.instants().some((instant) => instant > earliest && instant <= latest)) continue;
      const replay = await this.#pool.fresh();
      try {
        await this.#move(replay, { kind: 'seek', instant: aim - back }, signal);
      } catch {
        // Called off: it stays where it has come to. Or it has departed, which whoever goes there is told.
      }
      this.#pool.give(replay);
    }
  }
}

interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** A fault is final: the clock may lag behind it. */
function presentOf(stop: Stop | number | undefined): Present | undefined {
  if (stop === undefined) return undefined;
  if (typeof stop === 'number') return { instant: stop, at: 'check' };
  const { instant, final, reason, inHostCall } = stop;
  if (final) return { instant, at: 'end' };
  return { instant, at: 'site' in reason || inHostCall ? 'site' : 'check' };
}
