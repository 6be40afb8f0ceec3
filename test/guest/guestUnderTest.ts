/** Guests from WebAssembly text, with their events as a queue to await and places named by function and opcode. */
import { readFileSync } from 'node:fs';
import { after } from 'node:test';
import wabt from 'wabt';
import type { SandboxConfig } from '../../sandbox/config/config.ts';
import { startGuest } from '../../sandbox/guest/guest.ts';
import type {
  End,
  Guest,
  GuestEvents,
  GuestOptions,
  Output,
  Resume,
  Stop,
  SurvivedLimit,
  Usage,
  Violation,
} from '../../sandbox/guest/protocol.ts';
import { maxTableEntries } from '../../sandbox/guest/worker/growths.ts';
import { instrument } from '../../sandbox/instrument/instrument.ts';
import type { Instrumented, InstrumentOptions } from '../../sandbox/instrument/instrumented.ts';
import { instructionsOf } from '../../sandbox/wasm/instructions.ts';
import { type Module, readModule } from '../../sandbox/wasm/module.ts';

const parser = await wabt();

/** A test that fails leaves its guest running: no process outlives the tests of its file. */
const open = new Set<Guest>();
after(() => Promise.all([...open].map((guest) => guest.kill())));

export const CONTINUE: Resume = { kind: 'continue' };

/** No line is -2: stops at the next site, whatever line it is on. */
export function stepInto(depth: number): Resume {
  return { kind: 'step', line: -2, depth, maxDepth: 1e9 };
}

export const CONFIG: SandboxConfig = {
  memory: 1 << 24,
  timeout: 60_000,
  fuel: Number.POSITIVE_INFINITY,
  maxCallDepth: 10_000,
  maxOutput: Number.POSITIVE_INFINITY,
  filesystem: {
    read: [],
    write: [],
    temp: false,
    overlay: false,
    maxFileSize: 1 << 20,
    maxTotalWritten: 1 << 20,
    maxOpenFiles: 16,
  },
  network: { allow: [], listen: [], maxConnections: 0, maxResponseSize: 0, timeout: 0 },
  env: [],
  clock: 'real',
  random: 'real',
  wasi: 'builtin',
  sources: [],
  toolchain: 'embedded',
};

/** A file of test/fixtures/guest, as text. */
export function fixture(name: string): string {
  return readFileSync(new URL(`../fixtures/guest/${name}`, import.meta.url), 'utf8');
}

export function fromText(text: string): Uint8Array {
  const features = { exceptions: true, bulk_memory: true, multi_value: true, reference_types: true };
  return parser.parseWat('test.wat', text, features).toBinary({ write_debug_names: true }).buffer;
}

export interface Settings extends Partial<Omit<GuestOptions, 'module' | 'config'>> {
  readonly config?: Partial<SandboxConfig>;
  readonly instrument?: Partial<InstrumentOptions>;
  readonly plain?: boolean;
}

export class GuestUnderTest {
  readonly guest: Guest;
  readonly original: Module;
  readonly instrumented: Instrumented;
  readonly #log: EventLog;

  private constructor(guest: Guest, log: EventLog, modules: { original: Module; instrumented: Instrumented }) {
    this.guest = guest;
    this.original = modules.original;
    this.instrumented = modules.instrumented;
    this.#log = log;
  }

  static async load(text: string | Uint8Array, settings: Settings = {}): Promise<GuestUnderTest> {
    const { config: changes, instrument: more, plain, ...rest } = settings;
    const bytes = typeof text === 'string' ? fromText(text) : text;
    const config = { ...CONFIG, ...changes };
    const { maxCallDepth, memory } = config;
    const instrumented = instrument(bytes, {
      sites: 'all',
      clock: 'exact',
      checks: true,
      depth: true,
      maxCallDepth,
      maxMemory: memory,
      maxTableEntries: maxTableEntries(memory),
      growths: true,
      ...more,
    });
    const log = new EventLog();
    const module: GuestOptions['module'] = plain ? { kind: 'plain', bytes } : { kind: 'instrumented', instrumented };
    const guest = await startGuest(
      { module, entry: { kind: 'command' }, args: ['guest'], env: {}, config, debug: true, sampleEvery: 5, ...rest },
      log.events,
    );
    open.add(guest);
    return new GuestUnderTest(guest, log, { original: readModule(bytes), instrumented });
  }

  /** Loads, starts, and waits for the end. */
  static async end(text: string | Uint8Array, settings: Settings = {}): Promise<End> {
    const under = await GuestUnderTest.load(text, { debug: false, ...settings });
    under.guest.start(CONTINUE);
    return under.ended();
  }

  /** Code offset of the nth (from 0) instruction with that opcode in an exported function. */
  offset(name: string, opcode: string, nth = 0): number {
    const exported = this.original.exports.find((entry) => entry.name === name);
    const body = this.original.functions[exported?.index ?? -1]?.body;
    if (body === undefined) throw new Error(`no exported function ${name}`);
    let left = nth;
    for (const cursor of instructionsOf(this.original, body))
      if (cursor.opcode.name === opcode && left-- === 0) return cursor.offset;
    throw new Error(`${name} has no ${opcode} number ${nth}`);
  }

  /** Name of the instruction that begins at a code offset. */
  opcodeAt(offset: number): string | undefined {
    for (const { body } of this.original.functions)
      if (body !== undefined)
        for (const cursor of instructionsOf(this.original, body))
          if (cursor.offset === offset) return cursor.opcode.name;
    return undefined;
  }

  site(name: string, opcode: string, nth = 0): number {
    const offset = this.offset(name, opcode, nth);
    return this.instrumented.sites.findIndex((site) => site.offset === offset);
  }

  /** The guest's next stop, started or resumed as told. An end instead fails the test. */
  async stop(how?: Resume): Promise<Stop> {
    if (how !== undefined) this.guest.resume(how);
    return this.#log.next('stopped');
  }

  async start(how: Resume): Promise<Stop> {
    this.guest.start(how);
    return this.#log.next('stopped');
  }

  async ended(): Promise<End> {
    const end = await this.#log.end;
    await this.guest.kill();
    return end;
  }

  output(): Promise<Output> {
    return this.#log.next('output');
  }

  violation(): Promise<Violation> {
    return this.#log.next('violation');
  }

  survived(): Promise<SurvivedLimit> {
    return this.#log.next('exhausted');
  }

  /** All samples so far, the end's included. */
  get samples(): readonly Usage[] {
    return this.#log.samples;
  }

  /** Names of the events so far, samples left out. */
  get history(): readonly string[] {
    return this.#log.history;
  }
}

interface Queued {
  stopped: Stop;
  output: Output;
  violation: Violation;
  exhausted: SurvivedLimit;
}

class EventLog {
  readonly samples: Usage[] = [];
  readonly history: string[] = [];
  readonly end: Promise<End>;
  readonly #queues: { [K in keyof Queued]: Queued[K][] } = { stopped: [], output: [], violation: [], exhausted: [] };
  readonly #waiting = new Set<() => void>();
  readonly #ended: (end: End) => void;
  #over: End | undefined;

  constructor() {
    const { promise, resolve } = Promise.withResolvers<End>();
    this.end = promise;
    this.#ended = resolve;
  }

  readonly events: GuestEvents = {
    stopped: (stop) => this.#push('stopped', stop),
    resumed: () => void this.history.push('resumed'),
    output: (output) => this.#push('output', output),
    violation: (violation) => this.#push('violation', violation),
    exhausted: (survived) => this.#push('exhausted', survived),
    usage: (samples) => void this.samples.push(...samples),
    ended: (end, usage) => {
      this.history.push('ended');
      this.samples.push(usage);
      this.#over = end;
      this.#ended(end);
      for (const look of this.#waiting) look();
    },
  };

  next<K extends keyof Queued>(kind: K): Promise<Queued[K]> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const event = this.#queues[kind].shift();
        if (event === undefined && this.#over === undefined) return;
        this.#waiting.delete(look);
        if (event !== undefined) resolve(event);
        else reject(new Error(`no ${kind}: the guest ended, ${JSON.stringify(this.#over)}`));
      };
      this.#waiting.add(look);
      look();
    });
  }

  #push<K extends keyof Queued>(kind: K, event: Queued[K]): void {
    this.history.push(kind);
    this.#queues[kind].push(event);
    for (const look of [...this.#waiting]) look();
  }
}
