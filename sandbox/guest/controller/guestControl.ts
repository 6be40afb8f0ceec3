/**
 * One guest as its controller sees it: arms sites in the probe page, samples usage, keeps the
 * wall-clock limit, and passes on what the worker says. Works while the worker is busy in wasm, blocked or stopped.
 */
import { type ControlBlock, PAUSE_ANYWHERE, PAUSE_AT_SITE, PAUSE_NONE } from '../controlBlock.ts';
import type { FromWorker, ToController } from '../messages.ts';
import { ProbePage } from '../probePage.ts';
import { wallsThatStand } from '../process/shutIn.ts';
import type { End, GuestOptions, Resume, Stop } from '../protocol.ts';
import { PendingErrands } from '../worker/errandCaller.ts';
import type { GuestThread } from './guestThread.ts';
import { Outbox, type Send } from './outbox.ts';
import { RunTimer } from './runTimer.ts';
import { Sampler } from './sampler.ts';

export interface ControllerProcess {
  readonly send: Send;
  /** Ends the process. */
  exit(): void;
}

type State =
  | { readonly kind: 'loading' }
  /** Instantiated; nothing has run. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'running' }
  | { readonly kind: 'stopped'; readonly final: boolean }
  | { readonly kind: 'ended' };

/** Milliseconds after which a pause takes any check, when no statement was reached: library code has none. */
const PAUSE_PATIENCE = 20;
/** Milliseconds that a worker has to notice that its time is over, before it is terminated: on a busy machine it waits for a core. */
const TIMEOUT_GRACE = 500;
/** The same when it is killed while it is recorded. */
const KILL_GRACE = 100;

export class GuestControl {
  readonly #options: GuestOptions;
  readonly #process: ControllerProcess;
  readonly #thread: GuestThread;
  readonly #control: ControlBlock;
  readonly #outbox: Outbox;
  readonly #timer: RunTimer;
  readonly #sampler: Sampler;
  readonly #errands = new PendingErrands();
  #page: ProbePage | undefined;
  #state: State = { kind: 'loading' };
  #patience: NodeJS.Timeout | undefined;

  constructor(options: GuestOptions, process: ControllerProcess, thread: GuestThread) {
    this.#options = options;
    this.#process = process;
    this.#thread = thread;
    this.#control = thread.control;
    this.#control.stopOnViolation = options.stopOnViolations ?? false;
    this.#control.stopOnLimit = options.debug && (options.stopOnLimits ?? true);
    this.#outbox = new Outbox(process.send, (weight) => this.#control.delivered(weight));
    this.#timer = new RunTimer(options.config.timeout, () => this.#timedOut());
    this.#sampler = new Sampler(options.sampleEvery ?? 33, {
      read: () => this.#control.usage(),
      refresh: () => this.#refreshUsage(),
      tell: (samples) => this.#outbox.push({ kind: 'usage', samples }),
    });
    thread.load(options, {
      message: (message) => this.#heard(message),
      failed: (end) => this.#end(end),
    });
  }

  receive(message: Exclude<ToController, { kind: 'load' }>): void {
    switch (message.kind) {
      case 'start':
        if (this.#state.kind === 'ready') this.#go('start', message.how);
        return;
      case 'resume':
        if (this.#state.kind === 'stopped') this.#go('resume', message.how);
        return;
      case 'rewind':
        this.#rewind();
        return;
      case 'breakpoints':
        this.#page?.setBreakpoints(message.sites);
        return;
      case 'stopOnViolations':
        this.#control.stopOnViolation = message.on;
        return;
      case 'stopOnLimits':
        this.#control.stopOnLimit = this.#options.debug && message.on;
        return;
      case 'pause':
        this.#pause();
        return;
      case 'kill':
        this.#kill();
        return;
      case 'stdin':
        if (!this.#control.killed) this.#thread.stdin(message.bytes ?? null);
        return;
      case 'query':
        this.#query(message);
        return;
      case 'errandDone':
        this.#errands.done(message.errno);
        this.#control.wake();
        return;
    }
  }

  #heard(message: FromWorker): void {
    if (this.#state.kind === 'ended') return;
    switch (message.kind) {
      case 'ready':
        this.#ready(message.probe);
        return;
      case 'stopped':
        this.#stopped(message.stop);
        return;
      case 'output':
        this.#outbox.push({ kind: 'output', output: message.output }, message.weight);
        return;
      case 'violation':
        this.#outbox.push({ kind: 'violation', violation: message.violation }, message.weight);
        return;
      case 'decision':
        this.#outbox.push({ kind: 'decision', decision: message.decision }, message.weight);
        return;
      case 'exhausted':
        this.#outbox.push({ kind: 'exhausted', survived: message.survived });
        return;
      case 'mistake':
        this.#outbox.push({ kind: 'mistake', message: message.message });
        return;
      case 'recorded':
        this.#outbox.push({ kind: 'recorded', block: message.block }, message.weight);
        return;
      case 'answer':
        this.#process.send({ kind: 'answer', id: message.id, answer: message.answer });
        return;
      case 'errand':
        this.#errands.add(message.reply);
        this.#process.send({ kind: 'errand', errand: message.errand });
        return;
      case 'ended':
        this.#end(message.end);
        return;
    }
  }

  #ready(probe: SharedArrayBuffer | undefined): void {
    const { module } = this.#options;
    if (module.kind === 'instrumented' && probe !== undefined) this.#page = new ProbePage(probe, module.instrumented);
    this.#state = { kind: 'ready' };
    this.#process.send({ kind: 'ready', walls: wallsThatStand() });
  }

  #go(kind: 'start' | 'resume', how: Resume): void {
    if (how.kind === 'step') this.#page?.armSteps((site) => this.#endsSteps(site), how.maxDepth);
    else this.#page?.disarmSteps();
    const final = this.#state.kind === 'stopped' && this.#state.final;
    this.#state = { kind: 'running' };
    if (kind === 'start') this.#control.begin();
    else this.#outbox.push({ kind: 'resumed' });
    if (!final) {
      this.#timer.start();
      this.#sampler.start();
    }
    this.#thread.command({ kind, how });
  }

  #rewind(): void {
    if (this.#state.kind === 'ready') this.#process.send({ kind: 'ready', walls: wallsThatStand() });
    if (this.#state.kind !== 'stopped') return;
    this.#state = { kind: 'loading' };
    this.#thread.command({ kind: 'rewind' });
  }

  #endsSteps(site: number): boolean {
    const { lineOfSite, opensCall } = this.#options;
    return lineOfSite === undefined || (lineOfSite[site] ?? -1) >= 0 || opensCall?.[site] === 1;
  }

  #stopped(stop: Stop): void {
    clearTimeout(this.#patience);
    this.#control.pause = PAUSE_NONE;
    this.#timer.stop();
    this.#sampler.stop();
    this.#state = { kind: 'stopped', final: stop.final };
    this.#outbox.push({ kind: 'stopped', stop });
  }

  /** First at a statement, so that the user sees a line; a guest blocked in a host call stops there. */
  #pause(): void {
    if (this.#state.kind !== 'running') return;
    if (this.#options.replay !== undefined) {
      this.#pauseAnywhere();
      return;
    }
    this.#control.pause = PAUSE_AT_SITE;
    this.#page?.armSteps((site) => this.#endsSteps(site), Number.POSITIVE_INFINITY);
    this.#control.wake();
    clearTimeout(this.#patience);
    this.#patience = setTimeout(() => this.#pauseAnywhere(), PAUSE_PATIENCE);
  }

  #pauseAnywhere(): void {
    this.#control.pause = PAUSE_ANYWHERE;
    this.#page?.setLimit(0n);
  }

  #timedOut(): void {
    this.#control.timedOut = true;
    this.#page?.setLimit(0n);
    this.#control.wake();
    // A loop without checks notices nothing: only terminating the thread ends it.
    setTimeout(() => {
      const { timeout } = this.#options.config;
      if (this.#state.kind === 'running')
        this.#end({ kind: 'exhausted', exhausted: { kind: 'timeout', used: timeout, limit: timeout }, frames: [] });
    }, TIMEOUT_GRACE);
  }

  /** A run that is recorded ends by itself, if it can, and says where. */
  #kill(): void {
    const now = () => this.#end({ kind: 'killed' });
    if (!this.#options.record || this.#state.kind !== 'running') now();
    else {
      this.#control.kill();
      this.#page?.setLimit(0n);
      this.#control.wake();
      setTimeout(now, KILL_GRACE);
    }
  }

  /** At its next check, or at its next host call. */
  #refreshUsage(): void {
    this.#control.wantUsage();
    this.#page?.setLimit(0n);
  }

  #query(message: Extract<ToController, { kind: 'query' }>): void {
    if (this.#state.kind === 'stopped' || this.#state.kind === 'ready') this.#thread.command(message);
    else {
      const why = this.#state.kind === 'running' ? 'is running: pause it first' : 'has no state to look at now';
      this.#process.send({
        kind: 'answer',
        id: message.id,
        answer: { kind: 'error', message: `The guest ${why}.` },
      });
    }
  }

  #end(end: End): void {
    if (this.#state.kind === 'ended') return;
    this.#state = { kind: 'ended' };
    clearTimeout(this.#patience);
    this.#timer.stop();
    this.#sampler.stop();
    this.#outbox.push({ kind: 'ended', end, usage: this.#control.usage() });
    this.#outbox.flush(() => this.#process.exit());
  }
}
