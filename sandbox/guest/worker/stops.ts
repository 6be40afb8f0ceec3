/**
 * Where a running guest stops: the hook that instrumented code calls, host calls that wait, and the loop that
 * answers questions while stopped. Lives in the worker; a stopped guest is this thread asleep in `Atomics.wait`
 * with the guest's frames beneath it.
 */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import {
  EVENT_GROWTH,
  EVENT_LIMIT,
  EVENT_STACK_OVERFLOW,
  SITE_ALWAYS,
  SITE_STEP,
} from '../../instrument/instrumented.ts';
import { type ControlBlock, PAUSE_ANYWHERE, PAUSE_NONE } from '../controlBlock.ts';
import type { Answer, FromWorker, Query, ToWorker } from '../messages.ts';
import { NO_LIMIT, type ProbePage } from '../probePage.ts';
import type { End, Exhausted, GuestFrame, GuestOptions, Resume, Stop, StopReason } from '../protocol.ts';
import type { Refusal } from './growths.ts';
import type { ReplayWay } from './replayWay.ts';
import { endsStep } from './steps.ts';
import { leaver } from './trampoline.ts';

/** What `Stops` needs to know about the instance. */
export interface Stoppable {
  /** Clock and depth where the instance last published them: right inside host calls. */
  readonly instant: number;
  readonly depth: number | undefined;
  /** Milliseconds since the guest started. */
  readonly time: number;
  readonly stride: number;
  /** False when the module counts no instructions: then every instant is 0 and tells nothing. */
  readonly hasClock: boolean;
  /** Growth `number` was refused just now: why. */
  refusal(number: number): Refusal | undefined;
  /** The guest's frames beneath the caller. `depth` is scaled. */
  frames(depth: number | undefined, limit: number): GuestFrame[];
  /** `instant` where it is known better than from the clock that the instance published last. */
  publishUsage(instant?: number): void;
  answer(query: Query): Answer;
}

export interface StopWiring {
  readonly control: ControlBlock;
  readonly commands: MessagePort;
  readonly post: (message: FromWorker) => void;
  /** For a recording: what it cannot hear from host calls. */
  readonly log?: StopLog;
  /** Of a replay. */
  readonly way?: ReplayWay;
}

export interface StopLog {
  refused(growth: Refusal, instant: number): void;
  edited(write: Extract<Query, { kind: 'writeMemory' }>): void;
  /** The guest runs on; what is known of it should get out. */
  passing(): void;
}

type Place = { readonly instant: number; readonly depth: number | undefined; readonly inHostCall?: true };

/** The latest growth that was refused. */
export interface RefusedGrowth extends Refusal {
  readonly instant: number;
  readonly frames: readonly GuestFrame[];
}

/** Limits that the guest survives: beyond these it is told no more, and the stack is taken again only elsewhere. */
const MOST_SURVIVED = 100;
/** Frames that are taken where nobody debugs, or nobody stops. JavaScript's count too. */
const SHORT_STACK = 64;

export class Stops {
  readonly #options: GuestOptions;
  readonly #wiring: StopWiring;
  readonly #guest: Stoppable;
  readonly #leave = leaver();
  readonly #fuel: bigint;
  #page: ProbePage | undefined;
  #how: Resume = { kind: 'continue' };
  /** During a step: a call has begun in the place of the frame that it began in. */
  #replaced = false;
  /** Instant of the last stop in the hook: the place that execution is resumed from must not stop it again. */
  #resumedFrom = -1;
  #refused: RefusedGrowth | undefined;
  #survived = 0;
  #end: End | undefined;
  #rewound = false;

  constructor(options: GuestOptions, wiring: StopWiring, guest: Stoppable) {
    this.#options = options;
    this.#wiring = wiring;
    this.#guest = guest;
    const { fuel } = options.config;
    this.#fuel = fuel < Number(NO_LIMIT) ? BigInt(Math.max(0, Math.ceil(fuel))) : NO_LIMIT;
  }

  /** Why the guest was made to leave, once it was. */
  get end(): End | undefined {
    return this.#end;
  }

  /** Everything is to begin anew. */
  get rewound(): boolean {
    return this.#rewound;
  }

  get refusedGrowth(): RefusedGrowth | undefined {
    return this.#refused;
  }

  attach(page: ProbePage): void {
    this.#page = page;
    this.#wiring.way?.attach(page, () => this.#setLimit());
    this.#setLimit();
  }

  /** Called by instrumented code: a site, or an event. */
  hook(id: number, instant: number, depth: number): void {
    const place = { instant, depth };
    if (id === EVENT_LIMIT) this.#check(place);
    else if (id === EVENT_STACK_OVERFLOW) this.#overflow(place);
    else if (id <= EVENT_GROWTH) this.#growth(EVENT_GROWTH - id, place);
    else this.#site(id, place);
  }

  /** Wait for the first command that sets the guest going. */
  awaitStart(): void {
    this.#goOn(this.#serve());
    this.#wiring.way?.begin(this.#how, { instant: 0 });
  }

  /** Wait inside a host call until `ready`, or until the time is over. Requests to pause or to end are met meanwhile. */
  block(ready: () => boolean, milliseconds = Number.POSITIVE_INFINITY): boolean {
    const until = performance.now() + milliseconds;
    this.#guest.publishUsage();
    for (;;) {
      const ticket = this.#wiring.control.ticket();
      // What it waited for may have come after the kill, and would have come to nobody.
      if (this.#wiring.control.killed) this.leave({ kind: 'killed' });
      if (ready()) return true;
      this.#endIfAsked(this.#hostCall);
      if (this.#wiring.control.pause !== PAUSE_NONE) {
        this.stopInHostCall({ kind: 'pause' });
        continue;
      }
      const left = until - performance.now();
      if (left <= 0) return false;
      this.#wiring.control.wait(ticket, left);
    }
  }

  /** Inside a host call that takes long: meet requests to end, and to pause. */
  poll(): void {
    this.#endIfAsked(this.#hostCall);
    if (this.#wiring.control.pause !== PAUSE_NONE) this.stopInHostCall({ kind: 'pause' });
  }

  /** A host call has met a limit: the guest ends here. */
  exhaust(exhausted: Exhausted): never {
    return this.#exhaust(exhausted, this.#hostCall());
  }

  stopInHostCall(reason: StopReason): void {
    const place = this.#hostCall();
    this.#stop(reason, place, this.#guest.frames(place.depth, Number.POSITIVE_INFINITY), false);
  }

  /** The guest's stack is already gone: let it be looked at. */
  stopAtFault(reason: StopReason, frames: readonly GuestFrame[]): void {
    const { instant, depth } = this.#hostCall();
    // The clock may lag behind what the sites of a replay have told.
    const passed = this.#wiring.way?.lastSite ?? -1;
    this.#stop(reason, { instant: Math.max(instant, passed + 1), depth }, frames, true);
  }

  /** Of a replay: the recorded run ended here, in this host call if in no other place. */
  endAsRecorded(end: End, place: Place = this.#hostCall()): never {
    const reason: StopReason =
      end.kind === 'exhausted' ? { kind: 'limit', exhausted: end.exhausted } : { kind: 'ended', end };
    this.#stop(reason, place, this.#guest.frames(place.depth, Number.POSITIVE_INFINITY), true);
    return this.leave(end);
  }

  /** Of a replay: from here on it would show what has never been. */
  depart(message: string, cut = false): never {
    const place = this.#hostCall();
    this.#stop({ kind: 'departed', message }, place, this.#guest.frames(place.depth, Number.POSITIVE_INFINITY), true);
    return this.leave({ kind: 'departed', message, instant: place.instant, ...(cut && { cut }) });
  }

  /** Unwind the guest for good. */
  leave(end: End): never {
    this.#end = end;
    return this.#leave();
  }

  #site(site: number, place: { instant: number; depth: number }): void {
    const depth = place.depth / this.#guest.stride;
    const { way } = this.#wiring;
    if (way === undefined && place.instant === this.#resumedFrom) return;
    const reason = way === undefined ? this.#reasonAt(site, depth) : way.site(site, place.instant, depth);
    if (reason !== undefined) this.#stopInHook(reason, place);
  }

  #reasonAt(site: number, depth: number): StopReason | undefined {
    const flags = this.#page?.flagsOf(site) ?? 0;
    const how = this.#how;
    if (how.kind === 'step' && depth <= how.depth && this.#opensCall(site)) this.#replaced = true;
    if ((flags & SITE_ALWAYS) !== 0) return { kind: 'breakpoint', site, ...(this.#replaced ? { replaced: true } : {}) };
    if ((flags & SITE_STEP) === 0) return undefined;
    if (this.#wiring.control.pause !== PAUSE_NONE) return { kind: 'pause', site };
    if (how.kind !== 'step') return undefined;
    const line = this.#options.lineOfSite === undefined ? site : (this.#options.lineOfSite[site] ?? -1);
    return endsStep(how, { line, depth, replaced: this.#replaced }) ? { kind: 'step', site } : undefined;
  }

  #opensCall(site: number): boolean {
    const { opensCall, module } = this.#options;
    if (opensCall !== undefined) return opensCall[site] === 1;
    return module.kind === 'instrumented' && module.instrumented.sites[site]?.entry === true;
  }

  #goOn(how: Resume): void {
    this.#how = how;
    this.#replaced = how.kind === 'step' && how.replaced === true;
  }

  #stopInHook(reason: StopReason, place: Place): void {
    this.#stop(reason, place, this.#guest.frames(place.depth, Number.POSITIVE_INFINITY), false);
    // Not after a stop in a host call: there, the next site has the same instant and is another place.
    if (this.#guest.hasClock) this.#resumedFrom = place.instant;
  }

  #check(place: Place): void {
    // First the true limit, then the requests: a request made in between finds its own limit in place.
    this.#setLimit();
    this.#guest.publishUsage(place.instant);
    const { control, way } = this.#wiring;
    if (place.instant >= this.#fuel)
      this.#exhaust({ kind: 'fuel', used: place.instant, limit: this.#options.config.fuel }, place);
    this.#endIfAsked(() => place);
    this.#wiring.log?.passing();
    if (control.pause === PAUSE_ANYWHERE) this.#stopInHook({ kind: 'pause' }, place);
    if (way === undefined) return;
    const end = way.endDue(place.instant);
    if (end !== undefined) this.endAsRecorded(end, place);
    const reason = way.between(place.instant);
    if (reason !== undefined) this.#stopInHook(reason, place);
  }

  #setLimit(): void {
    const { way, control } = this.#wiring;
    this.#page?.setLimit(way !== undefined && way.limit < this.#fuel ? way.limit : this.#fuel);
    // A replay sets its limit at any time: a request to pause must not be lost by it.
    if (way !== undefined && control.pause === PAUSE_ANYWHERE) this.#page?.setLimit(0n);
  }

  #overflow(place: { instant: number; depth: number }): never {
    const limit = this.#options.config.maxCallDepth;
    return this.#exhaust({ kind: 'maxCallDepth', used: Math.round(place.depth / this.#guest.stride), limit }, place);
  }

  /** The guest is told -1 and goes on; from a stop too. */
  #growth(number: number, place: { instant: number; depth: number }): void {
    const refusal = this.#guest.refusal(number);
    if (refusal === undefined) return;
    const { growth, exhausted } = refusal;
    const { instant } = place;
    const stops = exhausted !== undefined && this.#wiring.control.stopOnLimit;
    const again = !stops && this.#survived > MOST_SURVIVED && this.#refused?.growth === growth;
    const known = again ? this.#refused : undefined;
    const taken = known?.frames ?? this.#guest.frames(place.depth, stops ? Number.POSITIVE_INFINITY : SHORT_STACK);
    // What was inserted behind the instruction is on top of the stack; it is the growth that is meant.
    const [top, ...outer] = taken;
    const frames = top === undefined ? [] : [{ ...top, offset: growth.offset }, ...outer];
    this.#refused = { ...refusal, instant, frames };
    if (exhausted === undefined) return;
    if (exhausted.by === 'machine' || this.#survived < MOST_SURVIVED) this.#wiring.log?.refused(refusal, instant);
    if (++this.#survived <= MOST_SURVIVED) {
      const survived = { exhausted, instant, time: this.#guest.time, frames: frames.slice(0, SHORT_STACK) };
      this.#wiring.post({ kind: 'exhausted', survived });
    }
    if (stops) this.#stop({ kind: 'limit', exhausted }, place, frames, false);
    const reason = this.#wiring.way?.between(instant);
    if (reason !== undefined) this.#stop(reason, place, frames, false);
  }

  #timeOut(place: Place): never {
    const limit = this.#options.config.timeout;
    return this.#exhaust({ kind: 'timeout', used: limit, limit }, place);
  }

  #exhaust(exhausted: Exhausted, place: Place): never {
    const frames = this.#guest.frames(place.depth, this.#options.debug ? Number.POSITIVE_INFINITY : SHORT_STACK);
    if (this.#options.debug) this.#stop({ kind: 'limit', exhausted }, place, frames, true);
    return this.leave({ kind: 'exhausted', exhausted, frames });
  }

  #endIfAsked(place: () => Place): void {
    const { control } = this.#wiring;
    if (control.timedOut) this.#timeOut(place());
    if (control.killed) this.leave({ kind: 'killed' });
  }

  readonly #hostCall = (): Place => ({ instant: this.#guest.instant, depth: this.#guest.depth, inHostCall: true });

  #stop(reason: StopReason, place: Place, frames: readonly GuestFrame[], final: boolean): void {
    const { instant, inHostCall } = place;
    const { way } = this.#wiring;
    this.#wiring.control.stand();
    this.#guest.publishUsage(instant);
    const stop: Stop = { reason, instant, time: this.#guest.time, frames, final, ...(inHostCall && { inHostCall }) };
    const { written, hits } = way ?? {};
    this.#wiring.post({ kind: 'stopped', stop: { ...stop, ...(written && { written }), ...(hits && { hits }) } });
    this.#goOn(this.#serve());
    way?.begin(this.#how, {
      instant,
      ...('site' in reason && reason.site !== undefined && { site: reason.site, depth: frames[0]?.depth ?? 1 }),
    });
    this.#wiring.control.goOn();
    this.#resumedFrom = -1;
  }

  #serve(): Resume {
    for (;;) {
      const ticket = this.#wiring.control.ticket();
      const received: { message: ToWorker } | undefined = receiveMessageOnPort(this.#wiring.commands);
      if (received === undefined) this.#wiring.control.wait(ticket);
      else if (received.message.kind === 'query') this.#answer(received.message);
      else if (received.message.kind === 'rewind') this.#rewind();
      else if (received.message.kind !== 'load') return received.message.how;
    }
  }

  #rewind(): never {
    this.#rewound = true;
    return this.leave({ kind: 'killed' });
  }

  #answer({ id, query }: { id: number; query: Query }): void {
    const answer = this.#guest.answer(query);
    if (query.kind === 'writeMemory' && answer.kind === 'done') this.#wiring.log?.edited(query);
    this.#wiring.post({ kind: 'answer', id, answer });
  }
}
