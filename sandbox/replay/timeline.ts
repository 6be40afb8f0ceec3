/**
 * The past of one run, from its recording: replays of it that stand parked at instants between its beginning and the
 * present. Going back means going forward again from the one that stands nearest before.
 */
import type { Guest, GuestOptions, Present, Stop } from '../guest/protocol.ts';
import { Replay } from './replay.ts';

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

export class Timeline {
  readonly #source: ReplaySource;
  #present: Present | undefined;
  #current: Replay | undefined;

  private constructor(source: ReplaySource, present: Present | undefined) {
    this.#source = source;
    this.#present = present;
  }

  /** `present`: where the run stands; left out, it is over. */
  static async open(source: ReplaySource, present?: Stop | number, _options: TimelineOptions = {}): Promise<Timeline> {
    return new Timeline(source, presentOf(present));
  }

  /** Instant of the present. Infinite: the run is over, and has not been followed to its end yet. */
  get end(): number {
    return this.#present?.instant ?? Number.POSITIVE_INFINITY;
  }

  /** The run has gone on, and stands here. */
  advanced(present: Stop | number): void {
    this.#present = presentOf(present);
  }

  /** The run as it stood at the first site from `instant` on; beyond the present, as it stands there. */
  async seek(instant: number, signal?: AbortSignal): Promise<Past> {
    const { file, guest } = this.#source;
    let replay = this.#current;
    if (replay === undefined || !replay.isUsable || replay.instant > instant) {
      replay?.close();
      replay = await Replay.start(file, guest);
    }
    this.#current = replay;
    const present = this.#present;
    const to = Math.min(instant, this.end);
    const at = replay.stop;
    const stop =
      at?.instant === to ? at : await replay.move({ kind: 'seek', instant: to, ...(present && { present }) }, signal);
    signal?.throwIfAborted();
    if (stop.reason.kind === 'departed') throw new Error(stop.reason.message);
    return { stop, guest: replay.guest, output: stop.written ?? { stdout: 0, stderr: 0 } };
  }

  /** The latest hit before an instant. */
  async lastHit(query: HitQuery, before: number, signal?: AbortSignal): Promise<Hit | undefined> {
    const { file, guest } = this.#source;
    const replay = await Replay.start(file, guest);
    const present = this.#present;
    const to = Math.min(before, this.end);
    const stop = await replay.move({ kind: 'scan', to, ...query, keep: 1, ...(present && { present }) }, signal);
    replay.close();
    signal?.throwIfAborted();
    if (stop.reason.kind === 'departed') throw new Error(stop.reason.message);
    const [instant, site, depth] = [stop.hits?.instants[0], stop.hits?.sites[0], stop.hits?.depths[0]];
    return instant === undefined || site === undefined || depth === undefined ? undefined : { instant, site, depth };
  }

  /** The first hit after an instant. */
  async nextHit(query: HitQuery, after: number, signal?: AbortSignal): Promise<Hit | undefined> {
    const { file, guest } = this.#source;
    const replay = await Replay.start(file, guest);
    const present = this.#present;
    const until = this.end;
    const way = { instant: after + 1, until, ...query, ...(present && { present }) };
    const stop = await replay.move({ kind: 'seek', ...way }, signal);
    replay.close();
    signal?.throwIfAborted();
    const { reason, instant, frames } = stop;
    if (reason.kind === 'departed') throw new Error(reason.message);
    if (reason.kind !== 'seek' || reason.site === undefined || !reason.hit) return undefined;
    return { instant, site: reason.site, depth: frames[0]?.depth ?? 1 };
  }

  close(): void {
    this.#current?.close();
  }
}

/** A fault is final: the clock may lag behind it. */
function presentOf(stop: Stop | number | undefined): Present | undefined {
  if (stop === undefined) return undefined;
  if (typeof stop === 'number') return { instant: stop, at: 'check' };
  const { instant, final, reason, inHostCall } = stop;
  if (final) return { instant, at: 'end' };
  return { instant, at: 'site' in reason || inHostCall ? 'site' : 'check' };
}
