/**
 * Runs a built program once, in a fresh guest, to its end, and reports. Faults of the guest are part of the report;
 * what is thrown is what the caller's own callbacks threw, after the run has been ended for it.
 */
import path from 'node:path';
import { hostPaths } from '../compile/pathProbe.ts';
import { type RemedyContext, remedyFor } from '../config/remedy.ts';
import { completeEntry } from '../debugger/program.ts';
import { deferred } from '../guest/deferred.ts';
import { startGuest } from '../guest/guest.ts';
import type { Decision, End, Guest, GuestOptions, Stop, SurvivedLimit, Usage, Violation } from '../guest/protocol.ts';
import { MOST_VIOLATIONS } from '../wasi/violation.ts';
import { RecordingError } from './errors.ts';
import { InputWindow } from './inputWindow.ts';
import type { ResolvedOptions } from './options.ts';
import type { Program } from './program.ts';
import type { RecordingFile } from './recordingFile.ts';
import type { Outcome, ReportedDecision, ReportedLimit, ReportedViolation, RunReport, Value } from './report.ts';
import { ownLocation, type StackReader } from './stack.ts';

export interface Execution {
  /** The exported function to call; without it the program runs by itself. */
  readonly call?: { readonly function: string; readonly arguments: readonly (number | string)[] };
  /** The program's own arguments. */
  readonly args: readonly string[];
  /** Chunks of the guest's standard input; without it, it is empty. */
  readonly stdin?: AsyncIterable<Uint8Array>;
  /** Default: all. */
  readonly terminals?: GuestOptions['terminals'];
  readonly signal?: AbortSignal;
  output(stream: 'stdout' | 'stderr', bytes: Uint8Array): void;
  /** Opens what the run is to be recorded into. */
  record?(options: GuestOptions): Promise<RecordingFile>;
  readonly redact?: GuestOptions['redact'];
  /** Path of a recording to answer all host calls from. */
  readonly replay?: string;
  /** A limit that the program met and survived. */
  limit?(limit: ReportedLimit): void;
  /** Return true to end the run there. */
  violation?(violation: ReportedViolation): boolean;
  /** Wants to know what was allowed, each different thing once; and where it would be more than these quotas. */
  decision?(decision: ReportedDecision): void;
  readonly watchedQuotas?: NonNullable<GuestOptions['audit']>['quotas'];
}

/** How many violations stop the guest for a moment to have its stack read: each costs a round trip. */
const VIOLATIONS_WITH_STACK = 100;

export async function execute(program: Program, options: ResolvedOptions, execution: Execution): Promise<RunReport> {
  const guest = guestOptions(program, options, execution);
  const recording = await execution.record?.(guest);
  try {
    return await new Run(program, options, { ...execution, recording }).toEnd(guest);
  } finally {
    recording?.close();
  }
}

function guestOptions(
  program: Program,
  { config, env }: ResolvedOptions,
  { call, args, stdin, terminals, decision, watchedQuotas, record, redact, replay }: Execution,
): GuestOptions {
  return {
    module: { kind: 'instrumented', instrumented: program.instrumented },
    entry: completeEntry(call ? { kind: 'call', ...call } : { kind: 'command' }, program.artifact),
    args: [path.basename(program.file), ...args],
    env,
    config,
    debug: false,
    sampleEvery: stdin ? 33 : 0,
    ...(terminals && { terminals }),
    ...(record && { record: true, redact: redact ?? [] }),
    ...(replay !== undefined && { replay: { file: replay, tell: true } }),
    ...(decision && { audit: { quotas: watchedQuotas ?? config.filesystem } }),
  };
}

type Recorded = Execution & { readonly recording: RecordingFile | undefined };

class Run {
  readonly #execution: Recorded;
  readonly #stacks: StackReader;
  readonly #input = new InputWindow();
  readonly #violations: ReportedViolation[] = [];
  #violationCount = 0;
  readonly #limits: ReportedLimit[] = [];
  /** Violations are reported in order, each after its stack has been read. */
  #reported: Promise<void> = Promise.resolve();
  #pending: Violation | undefined;
  #guest: Guest | undefined;
  #over = false;
  #fault: { readonly error: unknown } | undefined;
  readonly #remedies: RemedyContext;

  constructor(program: Program, { config, folder }: ResolvedOptions, execution: Recorded) {
    this.#execution = execution;
    this.#remedies = { config, folder, probe: hostPaths };
    this.#stacks = program.stacks;
  }

  async toEnd(options: GuestOptions): Promise<RunReport> {
    const { promise, resolve } = deferred<{ end: End; usage: Usage }>();
    const guest = await startGuest(options, {
      stopped: (stop) => this.#stopped(stop),
      resumed: () => undefined,
      output: ({ stream, bytes }) => this.#guarded(() => this.#execution.output(stream, bytes)),
      violation: (violation) => this.#denied(violation),
      decision: (decision) => this.#allowed(decision),
      recorded: (block) => this.#guarded(() => this.#execution.recording?.add(block)),
      exhausted: (survived) => this.#survived(survived),
      mistake: (message) => process.emitWarning(message, 'SandboxWarning'),
      usage: (samples) => this.#input.read(samples.at(-1)?.bytesRead ?? 0),
      ended: (end, usage) => {
        this.#guarded(() => this.#execution.recording?.end(end, usage));
        resolve({ end, usage });
      },
    });
    this.#guest = guest;
    const { signal } = this.#execution;
    const abort = () => void guest.kill();
    signal?.addEventListener('abort', abort);
    if (signal?.aborted) abort();
    guest.stopOnViolations(true);
    guest.start({ kind: 'continue' });
    void this.#feed(guest);
    const { end, usage } = await promise;
    this.#over = true;
    this.#input.open();
    signal?.removeEventListener('abort', abort);
    if (this.#pending) this.#report(this.#pending, []);
    await this.#reported;
    if (this.#fault) throw this.#fault.error;
    // A signal to the whole process group ends the guest's process before we do: that is no crash.
    const outcome =
      signal?.aborted && end.kind === 'crashed' ? ({ kind: 'killed' } as const) : await this.#outcome(end);
    const violations = this.#violations;
    return {
      outcome,
      usage,
      violations,
      violationCount: this.#violationCount,
      limits: this.#limits,
      walls: guest.walls,
    };
  }

  async #feed(guest: Guest): Promise<void> {
    try {
      for await (const chunk of this.#execution.stdin ?? []) {
        await this.#input.room();
        if (this.#over) return;
        this.#input.sent(chunk.length);
        guest.stdin(chunk);
      }
    } catch {
      // an input that fails is an input that ends: the program sees the end of it
    }
    guest.stdin(undefined);
  }

  /** The guest tells of a violation first, and then stops with the stack of it. */
  #denied(violation: Violation): void {
    if (this.#pending) this.#report(this.#pending, []);
    this.#pending = undefined;
    this.#violationCount++;
    if (this.#violationCount <= VIOLATIONS_WITH_STACK) this.#pending = violation;
    else this.#report(violation, []);
    if (this.#violationCount === VIOLATIONS_WITH_STACK) this.#guest?.stopOnViolations(false);
  }

  #survived({ frames, ...facts }: SurvivedLimit): void {
    this.#reported = this.#reported.then(async () => {
      const limit = { ...facts, stack: await this.#stacks.read(frames) };
      this.#limits.push(limit);
      this.#guarded(() => this.#execution.limit?.(limit));
    });
  }

  #stopped({ reason, frames, final }: Stop): void {
    if (reason.kind === 'present') this.#breakOff();
    // A replay can be looked at where it ends.
    if (final) this.#guest?.resume({ kind: 'continue' });
    if (reason.kind !== 'violation') return;
    const violation = this.#pending?.seq === reason.seq ? this.#pending : undefined;
    this.#pending = undefined;
    if (violation) this.#report(violation, frames);
    void this.#reported.then(() => this.#guest?.resume({ kind: 'continue' }));
  }

  /** The recording ends before the run does. */
  #breakOff(): void {
    const message =
      'The recording breaks off here, before its run came to an end: the process that wrote it was ended, or the file was cut off.';
    this.#fault ??= { error: new RecordingError(message, 'incomplete') };
    void this.#guest?.kill();
  }

  #report(violation: Violation, frames: Violation['frames']): void {
    this.#reported = this.#reported.then(async () => {
      const { frames: _, ...facts } = violation;
      const stack = await this.#stacks.read(frames);
      const own = ownLocation(stack) ?? stack[0];
      const isListed = this.#violations.length < MOST_VIOLATIONS;
      const remedy = isListed ? remedyFor(violation, this.#remedies) : undefined;
      const origin = { function: own?.function ?? '', location: own?.location ?? null, stack };
      const reported = { ...facts, ...origin, ...(remedy && { remedy }) };
      if (isListed) this.#violations.push(reported);
      if (this.#guarded(() => this.#execution.violation?.(reported))) await this.#guest?.kill();
    });
  }

  #allowed(decision: Decision): void {
    this.#reported = this.#reported.then(async () => {
      const { frames, ...facts } = decision;
      const stack = await this.#stacks.read(frames);
      const own = ownLocation(stack) ?? stack[0];
      const reported = { ...facts, function: own?.function ?? '', location: own?.location ?? null };
      this.#guarded(() => this.#execution.decision?.(reported));
    });
  }

  /** A callback that throws ends the run: there is nobody to tell the rest to. */
  #guarded<T>(callback: () => T): T | undefined {
    if (this.#fault) return undefined;
    try {
      return callback();
    } catch (error) {
      this.#fault = { error };
      void this.#guest?.kill();
      return undefined;
    }
  }

  async #outcome(end: End): Promise<Outcome> {
    switch (end.kind) {
      case 'exited':
        return { kind: 'exited', code: end.code, value: toValue(end.results) };
      case 'trapped':
        return { ...end, frames: await this.#stacks.read(end.frames) };
      case 'exhausted':
        return this.#exhausted(end);
      case 'departed':
        throw new RecordingError(end.message, end.cut ? 'incomplete' : 'mismatch');
      default:
        return end;
    }
  }

  async #exhausted({ trap, frames, exhausted }: Extract<End, { kind: 'exhausted' }>): Promise<Outcome> {
    const place = await this.#stacks.read(frames);
    if (trap === undefined) return { kind: 'exhausted', exhausted, frames: place };
    const trapped = { ...trap, frames: await this.#stacks.read(trap.frames) };
    return { kind: 'exhausted', exhausted, frames: place, trap: trapped };
  }
}

/** i64 comes as text, so that nothing is lost on the way. */
function toValue(results: readonly (number | string)[]): Value {
  const values = results.map((result) => {
    if (typeof result === 'number') return result;
    return result === 'reference' ? result : BigInt(result);
  });
  return values.length > 1 ? values : values[0];
}
