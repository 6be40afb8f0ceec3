/**
 * One debug session: from `initialize` to the end of the last run. Owns the phase that dispatch checks, builds
 * the program, starts runs, and turns what happens in them into DAP events.
 */
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { Diagnostic } from '../sandbox/compile/artifact.ts';
import { hostPaths } from '../sandbox/compile/pathProbe.ts';
import { defaultConfig } from '../sandbox/config/loadConfig.ts';
import { Breakpoints } from '../sandbox/debugger/breakpoints.ts';
import type { DebugStop, Moment } from '../sandbox/debugger/debugStop.ts';
import type { DebugFrame } from '../sandbox/debugger/frames.ts';
import { completeEntry, type Program, prepare } from '../sandbox/debugger/program.ts';
import type { StopFilters } from '../sandbox/debugger/run.ts';
import { type DebugLocation, type DebugSource, Sources } from '../sandbox/debugger/sources.ts';
import type { StepKind } from '../sandbox/debugger/stepping.ts';
import { Travel } from '../sandbox/debugger/travel.ts';
import type { ViolationReport } from '../sandbox/debugger/violationTally.ts';
import { forkGuest } from '../sandbox/guest/guest.ts';
import type { GuestProcess } from '../sandbox/guest/process/guestProcess.ts';
import { guestRuntime } from '../sandbox/guest/process/guestRuntime.ts';
import type { End, Exhausted, Usage } from '../sandbox/guest/protocol.ts';
import { breakpointToDap } from './breakpointRequests.ts';
import { errors, ProtocolError } from './errors.ts';
import type { StoppedAddition, UsageEventBody, UsageLimits } from './events.ts';
import { limitBody, violationBody } from './incidents.ts';
import { type Launch, readLaunch } from './launch.ts';
import { Positions } from './positions.ts';
import { Remedies } from './remedies.ts';
import { RequestArguments } from './requestArguments.ts';
import { SourceRegistry } from './sourceRegistry.ts';
import { endText, stoppedBody, violationText } from './stopText.ts';
import { wallsText } from './wallsText.ts';

/** `preparing`: being built; `ready`: built, waiting for `configurationDone`. */
export type Phase = 'new' | 'initialized' | 'preparing' | 'ready' | 'running' | 'stopped' | 'ended';

/** A guest has one thread. */
const THREAD = { id: 1, name: 'main' } as const;

type Send = (event: string, body?: object) => void;

interface Built {
  readonly program: Program;
  readonly sources: Sources;
}

export class Session {
  readonly breakpoints = new Breakpoints();
  readonly sources = new SourceRegistry();
  /** Which faults stop the run; changed by `setExceptionBreakpoints` at any time. */
  stopAt: StopFilters = { traps: true, limits: true, violations: false };
  positions = new Positions(true, true);
  readonly #send: Send;
  #phase: Phase = 'new';
  #configured = false;
  #launchArguments: RequestArguments | undefined;
  #preparation: Promise<void> = Promise.resolve();
  #built: Built | undefined;
  #run: Travel | undefined;
  /** A guest's process that waits for a program, with no files granted. */
  #spare: GuestProcess | undefined;
  /** Counts runs: what an earlier run still says after a restart is not for the client. */
  #generation = 0;
  #limits: UsageLimits = { memory: null, fuel: null, timeout: null };
  #remedies: Remedies | undefined;
  /** Whether the client has been told that there is a way back. */
  #goesBack = false;
  /** The present is shown again when somebody comes back from the past, but a limit is met once. */
  #told: DebugStop | undefined;

  constructor(send: Send) {
    this.#send = send;
  }

  get phase(): Phase {
    return this.#phase;
  }

  get run(): Travel | undefined {
    return this.#run;
  }

  initialized(positions: Positions): void {
    this.positions = positions;
    this.#phase = 'initialized';
    // A launch follows at once: most programs are granted no files, and for those this process is ready when it comes.
    // Where there is no runtime for it, `launch` says so.
    if (guestRuntime().kind === 'missing') return;
    this.#spare = forkGuest(defaultConfig({ folder: process.cwd(), probe: hostPaths }));
  }

  /** Settles when no build is under way. */
  prepared(): Promise<void> {
    return this.#preparation;
  }

  async launch(args: RequestArguments): Promise<void> {
    this.#launchArguments = args;
    await this.#prepare(args);
    if (this.#configured) this.#begin();
  }

  configurationDone(): void {
    this.#configured = true;
    if (this.#phase === 'ready') this.#begin();
  }

  async restart(args: RequestArguments): Promise<void> {
    const launch = args.recordOr('arguments') ?? this.#launchArguments;
    if (launch === undefined) throw errors.launch('There is nothing to restart: no launch request was made.');
    this.#generation++;
    // A client would show the old stop until the next one, and its reason even then.
    if (this.#phase === 'stopped') this.#send('continued', { threadId: THREAD.id, allThreadsContinued: true });
    await this.#run?.kill();
    this.#launchArguments = launch;
    await this.#prepare(new RequestArguments('launch', launch.raw));
    this.#begin();
  }

  continue(): DebugProtocol.ContinueResponse['body'] {
    this.#phase = 'running';
    this.#run?.continue();
    return { allThreadsContinued: true };
  }

  step(kind: StepKind): void {
    this.#phase = 'running';
    this.#run?.step(kind);
  }

  /** @throws {ProtocolError} the run is not recorded */
  travel(how: (travel: Travel) => void): void {
    if (this.#run?.recorded !== true) throw errors.notRecorded();
    this.#phase = 'running';
    how(this.#run);
  }

  pause(): void {
    if (this.#phase === 'running') this.#run?.pause();
  }

  async terminate(): Promise<void> {
    if (this.#run === undefined || this.#phase === 'ended') this.#finish();
    else await this.#run.kill();
  }

  /** Ends the guest without a word: nobody listens any more. */
  async close(): Promise<void> {
    this.#generation++;
    this.#phase = 'ended';
    this.#spare?.destroy();
    await this.#run?.kill();
  }

  threads(): DebugProtocol.ThreadsResponse['body'] {
    return { threads: [THREAD] };
  }

  allSources(): readonly DebugSource[] {
    return this.#built?.sources.all() ?? [];
  }

  /** Statements of a source between two lines (0-based, both included). */
  statementsIn(
    path: string,
    first: number,
    last: number,
  ): readonly { readonly line: number; readonly column: number }[] {
    if (this.#built === undefined) return [];
    const { program, sources } = this.#built;
    const wanted = new Set(sources.find(path));
    const inside = program.symbols
      .statements()
      .filter(({ source, line }) => wanted.has(source) && line >= first && line <= last);
    return [...new Map(inside.map(({ line, column }) => [`${line}:${column}`, { line, column }])).values()];
  }

  async #prepare(args: RequestArguments): Promise<void> {
    this.#phase = 'preparing';
    const generation = this.#generation;
    const building = this.#build(args);
    this.#preparation = building.catch(() => {});
    try {
      await building;
    } catch (error) {
      // A configuration or compile error is an answer, not a crash: say it in the console too, and end.
      const message = error instanceof Error ? error.message : String(error);
      this.#print('stderr', `${message}\n`);
      this.#finish();
      throw error instanceof ProtocolError ? error : errors.internal(message);
    }
    if (generation === this.#generation && this.phase === 'preparing') this.#phase = 'ready';
  }

  async #build(args: RequestArguments): Promise<void> {
    const launch = readLaunch(args);
    for (const note of launch.notes) this.#print('console', `${note}\n`);
    const { memory, fuel, timeout } = launch.config;
    this.#limits = { memory: finite(memory), fuel: finite(fuel), timeout: finite(timeout) };
    this.#remedies = new Remedies(launch);
    // The guest's process starts while its module is built.
    const forked = forkGuest(launch.config, this.#spare);
    this.#spare = undefined;
    try {
      this.#built = await this.#compile(launch);
      for (const breakpoint of this.breakpoints.bind(this.#built.program, this.#built.sources)) {
        this.#send('breakpoint', { reason: 'changed', breakpoint: breakpointToDap(breakpoint, this.positions) });
      }
      this.#run = await this.#open(launch, { ...this.#built, forked });
      this.#tellWayBack(this.#run.recorded);
      const missing = this.#run.walls && wallsText(this.#run.walls);
      if (missing !== undefined) this.#print('console', `${missing}\n`);
    } catch (error) {
      forked.destroy();
      throw error;
    }
  }

  async #compile({ compile, config: { memory, maxCallDepth } }: Launch): Promise<Built> {
    const prepared = await prepare(compile, { memory, maxCallDepth });
    this.#send('wasm-sandbox/diagnostics', { diagnostics: prepared.diagnostics });
    for (const diagnostic of prepared.diagnostics) this.#printDiagnostic(diagnostic);
    if (prepared.kind === 'failed') {
      throw prepared.diagnostics.length > 0 ? errors.build(prepared.message) : errors.launch(prepared.message);
    }
    const { program } = prepared;
    return { program, sources: new Sources(program.symbols, program.module) };
  }

  #open(
    { entry, args, env, config, stopOnEntry, noDebug, record }: Launch,
    built: Built & { readonly forked: GuestProcess },
  ): Promise<Travel> {
    const generation = this.#generation;
    const ifCurrent =
      <A extends unknown[]>(listener: (...args: A) => void) =>
      (...args: A) => {
        if (generation === this.#generation) listener(...args);
      };
    const session = this;
    const stopAt = {
      get traps() {
        return !noDebug && session.stopAt.traps;
      },
      get limits() {
        return !noDebug && session.stopAt.limits;
      },
      get violations() {
        return !noDebug && session.stopAt.violations;
      },
    };
    return Travel.open(
      { ...built, breakpoints: noDebug ? new Breakpoints() : this.breakpoints },
      {
        entry: completeEntry(entry, built.program.artifact),
        args,
        env,
        config,
        stopOnEntry: stopOnEntry && !noDebug,
        stopAt,
        record: record && !noDebug,
      },
      {
        stopped: ifCurrent((stop) => this.#stopped(stop)),
        output: ifCurrent(({ category, text, location, moment }) => this.#print(category, text, { location, moment })),
        violation: ifCurrent((report) => this.#violation(report)),
        exhausted: ifCurrent((exhausted, frames, moment) => this.#exhausted(exhausted, frames, moment)),
        usage: ifCurrent((samples) => this.#usage(samples)),
        recordingLost: ifCurrent((reason) => this.#recordingLost(reason)),
        ended: ifCurrent((end, usage, frames) => this.#ended(end, usage, frames)),
      },
    );
  }

  #begin(): void {
    if (this.#phase !== 'ready') return;
    this.#phase = 'running';
    this.#send('process', {
      name: this.#built?.program.artifact.sources[0] ?? 'guest',
      startMethod: 'launch',
      isLocalProcess: true,
    });
    this.#send('thread', { reason: 'started', threadId: THREAD.id });
    this.#run?.begin();
  }

  #stopped(stop: DebugStop): void {
    this.#phase = 'stopped';
    const { why, frames, moment } = stop;
    if (why.kind === 'limit' && stop !== this.#told) this.#exhausted(why.exhausted, frames, moment);
    if (!stop.past) this.#told = stop;
    const addition: StoppedAddition = { moment, ...(stop.past ? { past: true } : {}) };
    this.#send('stopped', { ...stoppedBody(why), ...addition, threadId: THREAD.id, allThreadsStopped: true });
  }

  #violation(report: ViolationReport): void {
    const remedied = this.#remedies?.ofViolation(report) ?? {};
    this.#send('wasm-sandbox/violation', violationBody(report, this.positions, remedied));
    if (report.novelty !== 'first') return;
    this.#print('console', `${violationText(report)}\n`, { location: report.origin?.location, moment: report });
  }

  #exhausted(exhausted: Exhausted, frames: readonly DebugFrame[], moment: Moment): void {
    const remedied = this.#remedies?.ofLimit(exhausted) ?? {};
    this.#send('wasm-sandbox/limit', { ...limitBody(exhausted, frames, this.positions), ...remedied, ...moment });
  }

  /** A client offers to go back when it is told that it can. */
  #tellWayBack(goesBack: boolean): void {
    if (goesBack === this.#goesBack) return;
    this.#goesBack = goesBack;
    this.#send('capabilities', { capabilities: { supportsStepBack: goesBack, supportsRestartFrame: goesBack } });
  }

  #recordingLost(reason: string): void {
    this.#tellWayBack(false);
    this.#print('console', `The run is not recorded, so there is no way back in it: ${reason}.\n`);
  }

  #usage(samples: readonly Usage[]): void {
    const body: UsageEventBody = { limits: this.#limits, samples };
    this.#send('wasm-sandbox/usage', body);
  }

  #ended(end: End, usage: Usage, frames: readonly DebugFrame[]): void {
    this.#usage([usage]);
    if (end.kind === 'exhausted') {
      const { time, instant } = usage;
      this.#exhausted(end.exhausted, frames, { time, instant });
    }
    const { text, exitCode } = endText(end);
    this.#print(end.kind === 'exited' ? 'console' : 'stderr', `${text}\n`);
    this.#send('thread', { reason: 'exited', threadId: THREAD.id });
    this.#send('exited', { exitCode });
    this.#finish();
  }

  #finish(): void {
    this.#phase = 'ended';
    this.#send('terminated');
  }

  #printDiagnostic(diagnostic: Diagnostic): void {
    const { file, line, column, severity, message, code } = diagnostic;
    const text = `${file}:${line + 1}:${column + 1}: ${severity}: ${message}${code === undefined ? '' : ` [${code}]`}\n`;
    this.#send('output', {
      category: severity === 'error' ? 'stderr' : 'console',
      output: text,
      source: { path: file },
      line: this.positions.lineToClient(line),
      column: this.positions.columnToClient(column),
    });
  }

  #print(
    category: string,
    output: string,
    origin: { location?: DebugLocation | undefined; moment?: Moment | undefined } = {},
  ): void {
    const { location, moment } = origin;
    const place = location && {
      source: this.sources.toDap(location.source),
      line: this.positions.lineToClient(location.line),
      column: this.positions.columnToClient(location.column),
    };
    this.#send('output', {
      category,
      output,
      ...place,
      ...(moment ? { moment: { time: moment.time, instant: moment.instant } } : {}),
    });
  }
}

function finite(limit: number): number | null {
  return Number.isFinite(limit) ? limit : null;
}
