/** Starts a guest in a process of its own and speaks for it: `protocol.ts` says what may be expected of it. */

import type { SandboxConfig } from '../config/config.ts';
import { Errno } from '../wasi/errno.ts';
import { type Deferred, deferred } from './deferred.ts';
import type { Answer, FromController, GuestEvent, Query } from './messages.ts';
import { crash } from './process/crash.ts';
import { doErrand, type Errand } from './process/errand.ts';
import { GuestProcess, type ProcessExit } from './process/guestProcess.ts';
import type { End, Guest, GuestEvents, GuestOptions, GuestWalls, Resume, Usage } from './protocol.ts';

/**
 * Starts a guest's process before there is a module for it: that takes a moment which building the module can use.
 * Give it to `startGuest` with the same configuration, or `destroy` it. `spare`, started ahead for another configuration, is
 * taken where its walls are the same, and destroyed where not.
 */
export function forkGuest(config: SandboxConfig, spare?: GuestProcess): GuestProcess {
  if (spare?.fits(config)) return spare;
  spare?.destroy();
  return new GuestProcess(config);
}

/**
 * Resolves when the module is compiled and can be started, or has been refused: then `ended` has been told.
 * The process is gone soon after the end, and at the latest when this process is.
 */
export async function startGuest(options: GuestOptions, events: GuestEvents, forked?: GuestProcess): Promise<Guest> {
  const effective = options.replay === undefined ? options : withoutHost(options);
  const guest = new RemoteGuest(effective, events);
  await guest.load(forked ?? new GuestProcess(effective.config, readableBy(effective)));
  return guest;
}

const NOTHING_USED: Usage = {
  time: 0,
  instant: 0,
  memory: 0,
  hostCalls: 0,
  outputBytes: 0,
  bytesRead: 0,
  bytesWritten: 0,
  filesOpened: 0,
  networkRequests: 0,
  bytesSent: 0,
  bytesReceived: 0,
};

/** Until it says itself. */
const NO_WALLS: GuestWalls = {
  permissions: false,
  node: process.version,
  childProcesses: false,
  addons: false,
  inspector: false,
  wasi: false,
  threads: 'open',
  network: false,
  environment: false,
};

/** Milliseconds that a process gets to end by itself. */
const KILL_GRACE = 500;

/** Node's exit code for an option that it does not take. */
const INVALID_OPTION = 9;

class RemoteGuest implements Guest {
  readonly #options: GuestOptions;
  readonly #events: GuestEvents;
  readonly #pending = new Map<number, Deferred<Answer>>();
  #loaded = deferred<void>();
  readonly #gone = deferred<void>();
  #process: GuestProcess | undefined;
  #walls = NO_WALLS;
  #usage = NOTHING_USED;
  #ended = false;
  #answered = false;
  #lastQuery = 0;

  constructor(options: GuestOptions, events: GuestEvents) {
    this.#options = options;
    this.#events = events;
  }

  load(guestProcess: GuestProcess): Promise<void> {
    this.#use(guestProcess);
    return this.#loaded.promise;
  }

  get processId(): number | undefined {
    return this.#process?.id;
  }

  get walls(): GuestWalls {
    return this.#walls;
  }

  start(how: Resume): void {
    this.#process?.send({ kind: 'start', how });
  }

  setBreakpoints(sites: readonly number[]): void {
    this.#process?.send({ kind: 'breakpoints', sites });
  }

  stopOnViolations(on: boolean): void {
    this.#process?.send({ kind: 'stopOnViolations', on });
  }

  stopOnLimits(on: boolean): void {
    this.#process?.send({ kind: 'stopOnLimits', on });
  }

  pause(): void {
    this.#process?.send({ kind: 'pause' });
  }

  resume(how: Resume): void {
    this.#process?.send({ kind: 'resume', how });
  }

  async rewind(): Promise<void> {
    if (this.#ended) throw new Error('The guest has ended.');
    this.#loaded = deferred();
    this.#process?.send({ kind: 'rewind' });
    await this.#loaded.promise;
  }

  stdin(bytes: Uint8Array | undefined): void {
    this.#process?.send({ kind: 'stdin', bytes });
  }

  async kill(): Promise<void> {
    this.#process?.send({ kind: 'kill' });
    this.#destroySoon();
    await this.#gone.promise;
  }

  async readMemory(address: number, length: number, index = 0): Promise<Uint8Array> {
    return bytesOf(await this.#ask({ kind: 'readMemory', address, length, index }));
  }

  async writeMemory(address: number, bytes: Uint8Array, index = 0): Promise<void> {
    await this.#ask({ kind: 'writeMemory', address, bytes, index });
  }

  async memorySize(index = 0): Promise<number> {
    const answer = await this.#ask({ kind: 'memorySize', index });
    return answer.kind === 'number' ? answer.number : 0;
  }

  async readFrame(depth: number): Promise<Uint8Array> {
    return bytesOf(await this.#ask({ kind: 'readFrame', depth }));
  }

  async readGlobals(): Promise<readonly (number | bigint | undefined)[]> {
    const answer = await this.#ask({ kind: 'readGlobals' });
    return answer.kind === 'globals' ? answer.globals : [];
  }

  #use(guestProcess: GuestProcess): void {
    const { config } = this.#options;
    this.#process = guestProcess;
    guestProcess.listen({
      message: (message) => this.#heard(message),
      exited: (how) => {
        // A runtime may know the flags and still refuse them: once more without that wall. Only then: a module must
        // not be able to bring the wall down by crashing the process.
        const refused = guestProcess.permissions && !this.#answered && how.code === INVALID_OPTION;
        if (refused) this.#use(new GuestProcess(config, { ...readableBy(this.#options), permissions: false }));
        else this.#exited(how);
      },
    });
    guestProcess.send({ kind: 'load', options: this.#options });
  }

  #heard(message: FromController): void {
    this.#answered = true;
    switch (message.kind) {
      case 'ready':
        this.#walls = message.walls;
        this.#loaded.resolve();
        return;
      case 'events':
        for (const event of message.events) this.#tell(event);
        return;
      case 'answer':
        this.#answer(message.id, message.answer);
        return;
      case 'errand':
        this.#errand(message.errand);
        return;
    }
  }

  #errand(errand: Errand): void {
    const { id } = this.#process ?? {};
    const errno = id === undefined ? Errno.IO : doErrand(errand, id, this.#options.config);
    this.#process?.send({ kind: 'errandDone', errno });
  }

  #tell(event: GuestEvent): void {
    if (this.#ended) return;
    switch (event.kind) {
      case 'stopped':
        this.#events.stopped(event.stop);
        return;
      case 'resumed':
        this.#events.resumed();
        return;
      case 'output':
        this.#events.output(event.output);
        return;
      case 'violation':
        this.#events.violation(event.violation);
        return;
      case 'decision':
        this.#events.decision?.(event.decision);
        return;
      case 'exhausted':
        this.#events.exhausted?.(event.survived);
        return;
      case 'mistake':
        this.#events.mistake?.(event.message);
        return;
      case 'recorded':
        this.#events.recorded?.(event.block);
        return;
      case 'usage':
        this.#usage = event.samples.at(-1) ?? this.#usage;
        this.#events.usage(event.samples);
        return;
      case 'ended':
        this.#end(event.end, event.usage);
        return;
    }
  }

  #end(end: End, usage: Usage): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const pending of this.#pending.values()) pending.reject(new Error('The guest has ended.'));
    this.#pending.clear();
    this.#destroySoon();
    this.#events.ended(end, usage);
    this.#loaded.resolve();
  }

  #exited(how: ProcessExit): void {
    this.#process = undefined;
    this.#end(crash(how, this.#options.config), this.#usage);
    this.#gone.resolve();
  }

  #destroySoon(): void {
    const { promise } = this.#gone;
    const timer = setTimeout(() => this.#process?.destroy(), KILL_GRACE);
    void promise.then(() => clearTimeout(timer));
  }

  #ask(query: Query): Promise<Answer> {
    if (this.#ended || this.#process === undefined) return Promise.reject(new Error('The guest has ended.'));
    const id = ++this.#lastQuery;
    const pending = deferred<Answer>();
    this.#pending.set(id, pending);
    this.#process.send({ kind: 'query', id, query });
    return pending.promise;
  }

  #answer(id: number, answer: Answer): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (answer.kind === 'error') pending?.reject(new Error(answer.message));
    else pending?.resolve(answer);
  }
}

/** A replay gets nothing from the host, waits for nobody, and ends where the recorded run did. */
function withoutHost({ audit: _, ...options }: GuestOptions): GuestOptions {
  const { filesystem, network } = options.config;
  const config: SandboxConfig = {
    ...options.config,
    timeout: Number.POSITIVE_INFINITY,
    filesystem: { ...filesystem, read: [], write: [], temp: false },
    network: { ...network, allow: [], listen: [] },
    env: [],
    wasi: 'builtin',
  };
  const silent = { record: false, sampleEvery: 0, stopOnViolations: false, stopOnLimits: false };
  return { ...options, ...silent, config, env: {} };
}

function readableBy({ replay }: GuestOptions): { readonly file?: string } {
  return replay === undefined ? {} : { file: replay.file };
}

function bytesOf(answer: Answer): Uint8Array {
  return answer.kind === 'bytes' ? answer.bytes : new Uint8Array(0);
}
