/**
 * Answers a program's host calls from a recording of it, with no host at all: the same results and the same writes into its
 * memory, in the same order. As long as the program asks for what it asked for then, it does what it did; once it does
 * not, the replay ends with the place, for nothing that follows would be true.
 */
import { WasiError } from '../wasi/errno.ts';
import { GuestMemory, type LinearMemory } from '../wasi/guestMemory.ts';
import type { CallEntry, Entry, Position } from './format.ts';
import { RecordingError } from './recordingError.ts';

/** Why a replay cannot go on. */
export type Departure =
  /** The program is not the one recorded, or it does not run as it did. */
  | { readonly kind: 'mismatch'; readonly message: string; readonly position: Position }
  /** The recording breaks off here: a crash, or damage. */
  | { readonly kind: 'cut'; readonly message: string; readonly position: Position };

export interface AnswerOptions {
  output(stream: 'stdout' | 'stderr', bytes: Uint8Array): void;
  /** The recorded run ended inside this call: proc_exit, a limit, a kill. Must not return: leave the guest by a wasm trap. */
  ended(end: unknown): never;
  /** Must not return either. */
  departed(why: Departure): never;
  /** What else happened: told when the call before it has been answered, so that whoever has to act in its place knows in time. */
  passed?(entry: Exclude<Entry, { kind: 'call' | 'end' }>): void;
  /** The same of the end, when the run ended outside of a call. `instant`: where, if it said so itself. */
  ending?(entry: EndEntry, instant: number | undefined): void;
  /** The same of each end. */
  last?(entry: EndEntry): void;
  /** There is no answer yet: return when there may be one. Left out, a recording without an end is cut off. */
  wait?(): void;
  /** Before each answer. */
  answering?(): void;
  /** The guest's clock, where it has one: compared with the instants that were recorded. */
  instant?(): number | undefined;
}

type EndEntry = Extract<Entry, { kind: 'end' }>;

type Argument = number | bigint;
type HostFunction = (...args: Argument[]) => number;

/** Descriptors under which the guest may write to the outside, when it starts. */
const STREAMS: readonly (readonly [fd: number, stream: 'stdout' | 'stderr'])[] = [
  [1, 'stdout'],
  [2, 'stderr'],
];
/** The core's own limit for one call. */
const MAX_OUTPUT = 1 << 20;

export class Answers {
  readonly #entries: Iterator<Entry | undefined, void>;
  readonly #options: AnswerOptions;
  /** The call or the end that comes next, read ahead. */
  #ahead: CallEntry | EndEntry | undefined;
  /** Why nothing can be read any more. */
  #problem: string | undefined;
  /** What was told just before the call that comes next: the clock in it. */
  #told: number | undefined;
  readonly #memory = new GuestMemory(undefined);
  readonly #streams = new Map(STREAMS);
  #position: Position = { calls: 0, instant: undefined };
  /** Bytes of output so far. */
  #written = 0;

  /** Undefined entries: nothing follows yet. */
  constructor(entries: Iterator<Entry | undefined, void>, options: AnswerOptions) {
    this.#entries = entries;
    this.#options = options;
  }

  bind(memory: LinearMemory): void {
    this.#memory.bind(memory);
  }

  /** How far it has come. */
  get position(): Position {
    return this.#position;
  }

  /** For an import of the module: `wasi_snapshot_preview1` and `fd_read`, `sandbox_http` and `request`. */
  function(module: string, name: string): HostFunction {
    const known = module === 'wasi_snapshot_preview1' ? name : `${module}.${name}`;
    return (...args) => this.#answer(known, args);
  }

  /** To be called when the program has ended by itself: what the recording says about its end. */
  end(): unknown {
    const entry = this.#next();
    if (entry.kind === 'end' && entry.inCall === undefined) return entry.end;
    return this.#mismatch(entry, 'the program ended by itself');
  }

  #answer(name: string, args: readonly Argument[]): number {
    const entry = this.#next();
    this.#options.answering?.();
    if (entry.kind === 'end' && entry.inCall === name) return this.#leave(name, args, entry.end);
    if (entry.kind === 'end' && entry.inCall === undefined && isFromOutside(entry.end)) {
      return this.#options.ended(entry.end);
    }
    if (entry.kind === 'end' || entry.name !== name) return this.#mismatch(entry, `the program called ${name}`);
    const message = this.#clockDiffers(entry);
    if (message !== undefined) return this.#options.departed({ kind: 'mismatch', message, position: entry.position });
    try {
      this.#apply(entry, args);
    } catch (error) {
      if (!(error instanceof WasiError)) throw error;
      return this.#mismatch(entry, `memory was too small for what ${name} had written there`);
    }
    this.lookAhead();
    return entry.errno;
  }

  #apply({ name, errno, writes }: CallEntry, args: readonly Argument[]): void {
    if (errno === 0) this.#follow(name, args);
    if (writes.length > 0) this.#memory.refresh();
    for (const { address, bytes } of writes) this.#memory.put(address, bytes);
  }

  /** Of an output that exceeds its limit, what the limit still allows is passed on. */
  #leave(name: string, args: readonly Argument[], end: unknown): never {
    const limit = outputLimit(end);
    const stream = this.#streams.get(Number(args[0]));
    if (name === 'fd_write' && stream !== undefined && limit !== undefined) {
      this.#write(stream, args, limit - this.#written);
    }
    return this.#options.ended(end);
  }

  /** When the program has ended by itself: a sentence, if the recording is known to say something else. */
  disagrees(end: { readonly kind: string }): string | undefined {
    this.lookAhead();
    const entry = this.#ahead;
    if (entry === undefined) return undefined;
    if (entry.kind === 'call') return this.#difference(entry, `the program ended (${end.kind})`);
    const recorded = (entry.end as { readonly kind?: unknown }).kind;
    const agree = recorded === end.kind || recorded === 'killed';
    return agree && entry.inCall === undefined ? undefined : this.#difference(entry, `the program ended (${end.kind})`);
  }

  /** Learns what happens before the next call, as far as it has been recorded. */
  lookAhead(): void {
    while (this.#ahead === undefined && this.#problem === undefined) {
      const entry = this.#read();
      if (entry === undefined) return;
      if (entry.kind === 'call' || entry.kind === 'end') this.#ahead = entry;
      else {
        this.#told = entry.kind === 'instant' ? entry.instant : undefined;
        this.#options.passed?.(entry);
      }
      if (entry.kind === 'end') this.#options.last?.(entry);
      if (entry.kind === 'end' && entry.inCall === undefined) this.#options.ending?.(entry, this.#told);
    }
  }

  #next(): CallEntry | EndEntry {
    for (;;) {
      this.lookAhead();
      const entry = this.#ahead;
      if (entry !== undefined) return this.#take(entry);
      const message = this.#problem ?? (this.#options.wait === undefined ? BROKEN_OFF : undefined);
      if (message !== undefined) return this.#options.departed({ kind: 'cut', message, position: this.#position });
      this.#options.wait?.();
    }
  }

  #take(entry: CallEntry | EndEntry): CallEntry | EndEntry {
    this.#position = entry.position;
    this.#ahead = undefined;
    return entry;
  }

  /** @returns a sentence, where the clock in this call is another than it was */
  #clockDiffers({ name }: CallEntry): string | undefined {
    const [now, told] = [this.#options.instant?.(), this.#told];
    this.#told = undefined;
    if (now === undefined || told === undefined || now === told) return undefined;
    return `The program calls ${name} at instant ${now}, but when it was recorded it did so at instant ${told}: ${OTHER}`;
  }

  /** Undefined: nothing more can be known now. */
  #read(): Entry | undefined {
    try {
      const { done, value } = this.#entries.next();
      if (done) this.#problem = BROKEN_OFF;
      return value ?? undefined;
    } catch (error) {
      if (!(error instanceof RecordingError)) throw error;
      this.#problem = error.message;
      return undefined;
    }
  }

  #mismatch(entry: CallEntry | EndEntry, what: string): never {
    const message = this.#difference(entry, what);
    return this.#options.departed({ kind: 'mismatch', message, position: entry.position });
  }

  #difference(entry: CallEntry | EndEntry, what: string): string {
    const { calls, instant } = entry.position;
    const recorded = entry.kind === 'call' ? `a call of ${entry.name}` : 'its end';
    const near = instant === undefined ? '' : `, after instant ${instant}`;
    return `After ${calls} host calls${near}, ${what}, but the recording has ${recorded} there: ${OTHER}`;
  }

  /** Which descriptors are the outputs, and what goes there. It was recorded from the same calls, so arguments hold. */
  #follow(name: string, args: readonly Argument[]): void {
    const [fd, second] = [Number(args[0]), Number(args[1])];
    const stream = this.#streams.get(fd);
    if (name === 'fd_write' && stream !== undefined) this.#write(stream, args, MAX_OUTPUT);
    else if (name === 'fd_close') this.#streams.delete(fd);
    else if (name === 'fd_renumber' && fd !== second) this.#renumber(fd, second);
  }

  #renumber(from: number, to: number): void {
    const stream = this.#streams.get(from);
    this.#streams.delete(from);
    this.#streams.delete(to);
    if (stream !== undefined) this.#streams.set(to, stream);
  }

  #write(stream: 'stdout' | 'stderr', [, iovecs, count]: readonly Argument[], most: number): void {
    this.#memory.refresh();
    let room = Math.min(most, MAX_OUTPUT);
    for (const window of this.#memory.windows(Number(iovecs), Number(count))) {
      if (room === 0) return;
      const part = window.slice(0, room);
      room -= part.length;
      this.#written += part.length;
      this.#options.output(stream, part);
    }
  }
}

const BROKEN_OFF = 'The recording breaks off before the end of the run: the process that wrote it did not end it.';
const OTHER = 'it was made with another module, or on an engine that computes something else.';

/** A limit or a kill came before this call: without a clock the program has run on up to here. */
function isFromOutside(end: unknown): boolean {
  const { kind } = (end ?? {}) as { kind?: unknown };
  return kind === 'exhausted' || kind === 'killed' || kind === 'crashed';
}

/** Bytes, when the run ended because it had written more. */
function outputLimit(end: unknown): number | undefined {
  const { exhausted } = (end ?? {}) as { exhausted?: { kind?: unknown; limit?: unknown } };
  return exhausted?.kind === 'maxOutput' && typeof exhausted.limit === 'number' ? exhausted.limit : undefined;
}
