/**
 * One run of a program under the debugger: what state it is in, why it stopped, where its output and its
 * violations came from. It knows nothing of DAP; what a person reads is made by whoever listens.
 */
import type { SandboxConfig } from '../config/config.ts';
import { startGuest } from '../guest/guest.ts';
import type { GuestProcess } from '../guest/process/guestProcess.ts';
import type {
  End,
  Exhausted,
  Guest,
  GuestFrame,
  GuestOptions,
  GuestWalls,
  Output,
  Resume,
  Stop,
  Usage,
  Violation,
} from '../guest/protocol.ts';
import { stopsHere } from './breakpointHits.ts';
import type { Breakpoints } from './breakpoints.ts';
import type { DebugStop, Moment, Why } from './debugStop.ts';
import { type DebugFrame, SourceFrames, userLocation } from './frames.ts';
import { Inspector } from './inspector.ts';
import { LiveRecording } from './liveRecording.ts';
import type { Program } from './program.ts';
import type { DebugLocation, Sources } from './sources.ts';
import { carriedOn, endsStepAt, lineKeyAt, type StepKind, step, TO_ENTRY } from './stepping.ts';
import { StopContext } from './stopContext.ts';
import { type ViolationReport, ViolationTally } from './violationTally.ts';

export interface RunParts {
  readonly program: Program;
  readonly sources: Sources;
  readonly breakpoints: Breakpoints;
  /** A process that was started ahead for this run. */
  readonly forked?: GuestProcess;
}

export interface RunOptions {
  readonly entry: GuestOptions['entry'];
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly config: SandboxConfig;
  readonly stopOnEntry: boolean;
  /** Which faults stop the run instead of ending it; read at each fault, so it may change. */
  readonly stopAt: StopFilters;
  /** Without a recording there is no way back. */
  readonly record: boolean;
}

/** What a past can be made from. */
export interface Recorded {
  readonly file: string;
  /** Of the guest that was recorded. */
  readonly guest: GuestOptions;
}

export interface StopFilters {
  readonly traps: boolean;
  readonly limits: boolean;
  /** A refused host call is no fault: the guest can go on from there. */
  readonly violations: boolean;
}

export interface RunEvents {
  stopped(stop: DebugStop): void;
  /** Text that the guest printed (`stdout`, `stderr`) or that the debugger has to say (`console`). */
  output(text: {
    readonly category: 'stdout' | 'stderr' | 'console';
    readonly text: string;
    readonly location: DebugLocation | undefined;
    /** Of the guest, when it printed; undefined for what the debugger says. */
    readonly moment: Moment | undefined;
  }): void;
  violation(report: ViolationReport): void;
  /** A limit that the program met and survived. */
  exhausted(exhausted: Exhausted, frames: readonly DebugFrame[], moment: Moment): void;
  usage(samples: readonly Usage[]): void;
  /** The recording could not be kept; `reason` completes a sentence. */
  recordingLost(reason: string): void;
  /** `frames`: where it was, after a trap or a limit. */
  ended(end: End, usage: Usage, frames: readonly DebugFrame[]): void;
}

type State =
  | { readonly kind: 'ready' }
  | { readonly kind: 'running'; readonly how: Resume }
  /** Stopped, and the user has been told. */
  | { readonly kind: 'stopped'; readonly raw: Stop; readonly stop: DebugStop }
  | { readonly kind: 'ended' };

export class Run {
  readonly #program: Program;
  readonly #sourceFrames: SourceFrames;
  readonly #breakpoints: Breakpoints;
  readonly #options: RunOptions;
  readonly #events: RunEvents;
  readonly #decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  readonly #tally: ViolationTally;
  #guest: Guest | undefined;
  #state: State = { kind: 'ready' };
  #lastViolation: Violation | undefined;
  /** Lines whose refused growths were shown: allocators ask again, and a loop asks for ever. */
  readonly #growthsShown = new Set<string>();
  #pauseWanted = false;
  #recording: { readonly log: LiveRecording; readonly guest: GuestOptions } | undefined;

  private constructor(parts: RunParts, options: RunOptions, events: RunEvents) {
    this.#program = parts.program;
    this.#sourceFrames = new SourceFrames(parts.program.symbols, parts.sources);
    this.#breakpoints = parts.breakpoints;
    this.#options = options;
    this.#events = events;
    const placeOf = (violation: Violation) => {
      const frames = this.#frames(violation.frames);
      return { frames, origin: userLocation(frames) };
    };
    this.#tally = new ViolationTally(placeOf, (report) => events.violation(report));
  }

  /** Starts the guest's process; the program itself waits for `begin`. */
  static async open(parts: RunParts, options: RunOptions, events: RunEvents): Promise<Run> {
    const run = new Run(parts, options, events);
    const guest = guestOptions(parts.program, options);
    if (options.record) run.#record(guest);
    run.#guest = await startGuest(
      { ...guest, record: run.#recording !== undefined },
      {
        stopped: (stop) => void run.#stopped(stop),
        resumed: () => {},
        output: (output) => run.#output(output),
        violation: (violation) => run.#violation(violation),
        mistake: (text) => run.#say(text),
        exhausted: ({ exhausted, frames, time, instant }) =>
          events.exhausted(exhausted, run.#frames(frames), { time, instant }),
        usage: (samples) => {
          run.#tally.flush();
          events.usage(samples);
        },
        recorded: (block) => run.#recorded(block),
        ended: (end, usage) => run.#ended(end, usage),
      },
      parts.forked,
    );
    return run;
  }

  get walls(): GuestWalls | undefined {
    return this.#guest?.walls;
  }

  get state(): State['kind'] {
    return this.#state.kind;
  }

  /** The stop that the user is looking at. */
  get stop(): DebugStop | undefined {
    return this.#state.kind === 'stopped' ? this.#state.stop : undefined;
  }

  /** As the guest tells it: where the present is. */
  get raw(): Stop | undefined {
    return this.#state.kind === 'stopped' ? this.#state.raw : undefined;
  }

  get recorded(): Recorded | undefined {
    return this.#recording && { file: this.#recording.log.file, guest: this.#recording.guest };
  }

  begin(): void {
    const how: Resume = this.#options.stopOnEntry ? TO_ENTRY : { kind: 'continue' };
    this.#arm();
    this.#state = { kind: 'running', how };
    this.#guest?.start(how);
  }

  /** Call after the set of breakpoints changed, also while running. */
  breakpointsChanged(): void {
    if (this.#state.kind !== 'ended') this.#arm();
  }

  /** Call after `stopAt` changed, also while running. */
  filtersChanged(): void {
    if (this.#state.kind === 'running' || this.#state.kind === 'stopped') this.#arm();
    this.#guest?.stopOnViolations(this.#options.stopAt.violations);
    this.#guest?.stopOnLimits(this.#options.stopAt.limits);
  }

  continue(): void {
    this.#resume({ kind: 'continue' });
  }

  step(kind: StepKind): void {
    if (this.#state.kind !== 'stopped') return;
    const { raw } = this.#state;
    this.#resume(step(kind, raw.frames[0], lineKeyAt(raw, this.#program.sites)));
  }

  /** Also right while a condition or a message is being evaluated: that stop is then shown. */
  pause(): void {
    this.#pauseWanted = true;
    this.#guest?.pause();
  }

  async kill(): Promise<void> {
    await this.#guest?.kill();
  }

  stdin(bytes: Uint8Array | undefined): void {
    this.#guest?.stdin(bytes);
  }

  #arm(): void {
    const { abortSite } = this.#program;
    const faults = abortSite !== undefined && this.#options.stopAt.traps ? [abortSite] : [];
    this.#guest?.setBreakpoints([...this.#breakpoints.armed(), ...faults]);
  }

  /** `rest`: what is left of it, where it was under way. */
  #resume(how: Resume, rest = how): void {
    this.#state = { kind: 'running', how };
    this.#guest?.resume(rest);
  }

  async #stopped(raw: Stop): Promise<void> {
    if (this.#guest === undefined || this.#state.kind === 'ended') return;
    const how: Resume = this.#state.kind === 'running' ? this.#state.how : { kind: 'continue' };
    try {
      const context = await StopContext.open(this.#guest, this.#program.instrumented);
      const frames = this.#frames(raw.frames);
      const inspector = new Inspector(this.#program, context);
      const found = await this.#why({ raw, how, top: frames[0], inspector });
      const why = found ?? (this.#pauseWanted ? { kind: 'pause' as const } : undefined);
      this.#pauseWanted = false;
      if (why === undefined) return this.#resume(how, carriedOn(how, raw));
      const stop: DebugStop = {
        why,
        frames,
        moment: { time: raw.time, instant: raw.instant },
        inspector,
        final: raw.final,
        past: false,
      };
      this.#state = { kind: 'stopped', raw, stop };
      this.#tally.flush();
      this.#events.stopped(stop);
    } catch (error) {
      // The guest ended while it was being looked at; `ended` tells. Anything else must not strand the session.
      if (this.state === 'ended') return;
      this.#say(
        `The stop could not be examined, so the program goes on: ${error instanceof Error ? error.message : String(error)}`,
      );
      this.#resume(how);
    }
  }

  /** Why the user should see this stop; undefined: he should not. */
  async #why(at: {
    raw: Stop;
    how: Resume;
    top: DebugFrame | undefined;
    inspector: Inspector;
  }): Promise<Why | undefined> {
    const { reason } = at.raw;
    switch (reason.kind) {
      case 'breakpoint': {
        const ids: number[] = [];
        for (const breakpoint of this.#breakpoints.at(reason.site))
          if (await stopsHere(breakpoint, { ...at, instant: at.raw.instant }, this.#say)) ids.push(breakpoint.id);
        if (ids.length > 0) return { kind: 'breakpoint', ids };
        if (reason.site === this.#program.abortSite && at.top !== undefined && this.#options.stopAt.traps) {
          return { kind: 'abort', message: await at.inspector.abortMessage(at.top) };
        }
        return endsStepAt(at.how, at.raw, this.#program.sites)
          ? { kind: at.how === TO_ENTRY ? 'entry' : 'step' }
          : undefined;
      }
      case 'step':
        return { kind: at.how === TO_ENTRY ? 'entry' : 'step' };
      case 'trap':
        return this.#options.stopAt.traps ? reason : undefined;
      case 'violation':
        return this.#lastViolation && { kind: 'violation', violation: this.#lastViolation };
      case 'limit':
        return this.#options.stopAt.limits && (at.raw.final || this.#isNewGrowth(at.raw)) ? reason : undefined;
      default:
        return { kind: 'pause' };
    }
  }

  /** A growth that was refused stops once for each line of the user's that asked; the program goes on from it. */
  #isNewGrowth({ frames }: Stop): boolean {
    const all = this.#frames(frames);
    const { name, location } = userLocation(all) ?? all[0] ?? {};
    const place = JSON.stringify([name, location?.source.path, location?.line]);
    const before = this.#growthsShown.size;
    return this.#growthsShown.add(place).size > before;
  }

  #output({ stream, bytes, frames, time, instant }: Output): void {
    const text = this.#decoders[stream].decode(bytes, { stream: true });
    if (text !== '') {
      const location = userLocation(this.#frames(frames))?.location;
      this.#events.output({ category: stream, text, location, moment: { time, instant } });
    }
  }

  #record(guest: GuestOptions): void {
    try {
      this.#recording = { log: new LiveRecording(this.#program, guest), guest };
    } catch (error) {
      this.#loseRecording(error);
    }
  }

  #recorded(block: Uint8Array): void {
    try {
      this.#recording?.log.add(block);
    } catch (error) {
      this.#loseRecording(error);
    }
  }

  #loseRecording(error: unknown): void {
    this.#recording?.log.remove();
    this.#recording = undefined;
    this.#events.recordingLost(error instanceof Error ? error.message : String(error));
  }

  #violation(violation: Violation): void {
    this.#lastViolation = violation;
    this.#tally.add(violation);
  }

  #ended(end: End, usage: Usage): void {
    for (const category of ['stdout', 'stderr'] as const) {
      const rest = this.#decoders[category].decode();
      if (rest !== '') this.#events.output({ category, text: rest, location: undefined, moment: undefined });
    }
    this.#tally.flush();
    this.#state = { kind: 'ended' };
    this.#recording?.log.remove();
    this.#recording = undefined;
    this.#events.ended(end, usage, 'frames' in end ? this.#frames(end.frames) : []);
  }

  #frames(frames: readonly GuestFrame[]): readonly DebugFrame[] {
    return this.#sourceFrames.of(frames);
  }

  readonly #say = (text: string, location?: DebugLocation): void => {
    this.#events.output({ category: 'console', text: `${text}\n`, location, moment: undefined });
  };
}

function guestOptions(
  { instrumented, sites }: Program,
  { entry, args, env, config, stopAt }: RunOptions,
): GuestOptions {
  return {
    module: { kind: 'instrumented', instrumented },
    entry,
    args,
    env,
    config,
    lineOfSite: sites.lineOfSite,
    opensCall: sites.opensCall,
    stopOnViolations: stopAt.violations,
    stopOnLimits: stopAt.limits,
    debug: true,
  };
}
