/**
 * Records a run as it goes: hears of every host call and writes down its result and what it has written into the guest's
 * memory. It is on the way of every call, so it allocates nothing where a call wrote little.
 */
import type { LinearMemory } from '../wasi/guestMemory.ts';
import type { CallObserver } from '../wasi/host.ts';
import { Contents, type Equal } from './contents.ts';
import { type Entry, Kind, LARGE, MAX_CONTENT, Note, type Redaction } from './format.ts';
import { RecordingWriter, type Sink } from './recordingWriter.ts';
import { Redactor } from './redactor.ts';

export interface RecorderOptions {
  readonly sink: Sink;
  readonly equal: Equal;
  /** The guest's clock, where it has one. */
  readonly instant?: () => number | undefined;
  /** Calls between two instants that are told, a power of two. Default 256. */
  readonly instantEvery?: number;
  /** What is to be replaced by filler. */
  readonly redact?: readonly Redaction[];
}

/** Calls between two instants that are told: reading the clock takes longer than all the rest, and a replay finds the others again. */
const INSTANT_EVERY = 256;
/** What most calls stay below: bytes written, and the number of names. */
const SMALL = 128;
const NAMES = 1 << 16;
/** Refusals that are remembered, so that the same one again takes three bytes. */
const REFUSALS = 1000;
const NOTHING = new Uint8Array(0);

const encoder = new TextEncoder();

export class Recorder implements CallObserver {
  readonly #writer: RecordingWriter;
  readonly #contents: Contents;
  readonly #instant: (() => number | undefined) | undefined;
  readonly #instantMask: number;
  readonly #names = new Map<string, number>();
  /** Of the call that is running, or was the last to run. */
  #name = '';
  #nameIndex = -1;
  #running = false;
  /** What it has written so far: the first `#writes` of these. */
  readonly #addresses: number[] = [];
  readonly #lengths: number[] = [];
  #writes = 0;
  #calls = 0;
  #toldInstant = 0;
  #memory: LinearMemory | undefined;
  #bytes: Uint8Array = new Uint8Array(0);
  #shared = false;
  readonly #redactor: Redactor | undefined;
  readonly #refusals = new Map<string, number>();
  #refusalCount = 0;

  constructor({ sink, equal, instant, instantEvery = INSTANT_EVERY, redact = [] }: RecorderOptions) {
    this.#writer = new RecordingWriter(sink);
    this.#contents = new Contents(equal);
    this.#instant = instant;
    this.#instantMask = instantEvery - 1;
    this.#redactor = Redactor.for(redact);
  }

  bind(memory: LinearMemory): void {
    this.#memory = memory;
    this.#bytes = new Uint8Array(0);
  }

  before(name: string): void {
    if (name !== this.#name) this.#setName(name);
    this.#running = true;
    this.#writes = 0;
    this.#redactor?.before(name);
  }

  wrote(address: number, length: number, content: boolean): void {
    if (length === 0) return;
    if (this.#redactor !== undefined) this.#redactor.wrote(address, length, content);
    const last = this.#writes - 1;
    // Fields of a structure are written one by one: they are one write.
    if (last >= 0 && (this.#addresses[last] ?? 0) + (this.#lengths[last] ?? 0) === address) {
      this.#lengths[last] = (this.#lengths[last] ?? 0) + length;
    } else {
      this.#addresses[this.#writes] = address;
      this.#lengths[this.#writes++] = length;
    }
  }

  after(_name: string, errno: number): void {
    this.#running = false;
    if ((this.#calls++ & this.#instantMask) === 0) this.#tellInstant();
    const writes = this.#writes;
    if (writes === 0) this.#beginCall(errno, 0, 0);
    else if (
      writes === 1 &&
      errno === 0 &&
      !this.#redactor?.concerned &&
      (this.#lengths[0] ?? 0) < SMALL &&
      this.#nameIndex < NAMES
    )
      this.#smallCall();
    else this.#anyCall(errno);
  }

  /** The guest was stopped from outside, and looked at. */
  stopped(reason: unknown, instant?: number): void {
    this.#tellInstant(instant);
    this.#writer.note(Note.STOP, encoder.encode(JSON.stringify(reason)));
  }

  /** The call that is running was refused by the policy. */
  refused(violation: unknown): void {
    const text = JSON.stringify(violation);
    const known = this.#refusals.get(text);
    if (known !== undefined) this.#writer.note(Note.VIOLATION, NOTHING, known);
    else {
      if (this.#refusals.size >= REFUSALS) this.#refusals.clear();
      this.#refusals.set(text, this.#refusalCount);
      this.#writer.note(Note.VIOLATION, encoder.encode(text), this.#refusalCount++);
    }
  }

  /** Somebody wrote into memory while the guest stood. */
  edited(memory: number, address: number, bytes: Uint8Array): void {
    this.#tellInstant();
    for (let at = 0; at < bytes.length; at += MAX_CONTENT)
      this.#writer.note(Note.EDIT, bytes.subarray(at, at + MAX_CONTENT), memory, address + at);
  }

  /** `result` as the instruction gives it. `instant`: where it happened. */
  grew({ of, index, asked, result }: Growth, instant?: number): void {
    this.#tellInstant(instant);
    this.#writer.begin(0, 3);
    this.#writer.varint((index * 2 + (of === 'table' ? 1 : 0)) * 8 + Kind.GROWTH);
    this.#writer.varint(asked);
    this.#writer.varint(result + 1);
  }

  /** The last entry. Inside a call that has not come back, it ended there. */
  ended(end: unknown, usage?: unknown): void {
    this.#tellInstant();
    this.#writer.text(Kind.END, JSON.stringify({ end, usage }), this.#running ? this.#nameIndex + 1 : 0);
    this.flush();
  }

  /** Hands out what has been recorded up to here. */
  flush(): void {
    this.#writer.flush();
  }

  #setName(name: string): void {
    this.#name = name;
    this.#nameIndex = this.#names.get(name) ?? this.#addName(name);
  }

  #addName(name: string): number {
    const index = this.#names.size;
    this.#names.set(name, index);
    this.#writer.text(Kind.NAME, name);
    return index;
  }

  /** `at`: where it is known better than from the clock, which may lag behind. */
  #tellInstant(at?: number): void {
    const now = this.#instant?.();
    if (now === undefined) return;
    const instant = Math.max(at ?? now, this.#toldInstant);
    this.#writer.begin(0, 1);
    this.#writer.varint((instant - this.#toldInstant) * 8 + Kind.INSTANT);
    this.#toldInstant = instant;
  }

  #beginCall(errno: number, writes: number, bytes: number): void {
    const writer = this.#writer;
    writer.begin(bytes, 3 + 2 * writes);
    if (errno === 0) writer.small(this.#nameIndex * 8 + Kind.CALL);
    else {
      writer.small(this.#nameIndex * 8 + Kind.FAILED_CALL);
      writer.small(errno);
    }
    writer.small(writes);
  }

  #smallCall(): void {
    const head = this.#nameIndex * 8 + Kind.CALL;
    this.#writer.smallCall(head, this.#memoryBytes(), this.#addresses[0] ?? 0, this.#lengths[0] ?? 0);
  }

  /** Contents come before the call that refers to them. */
  #anyCall(errno: number): void {
    const memory = this.#memoryBytes();
    const parts = this.#parts(memory);
    let inline = 0;
    for (const { length, content } of parts) if (content === undefined) inline += length;
    this.#beginCall(errno, parts.length, inline);
    for (const { address, length, content, source, at } of parts) {
      this.#writer.varint(address);
      if (content !== undefined) this.#writer.varint(content * 2 + 1);
      else {
        this.#writer.small(length * 2);
        this.#writer.bytes(source, at, length);
      }
    }
  }

  #parts(memory: Uint8Array): Part[] {
    const parts: Part[] = [];
    for (let index = 0; index < this.#writes; index++) {
      const start = this.#addresses[index] ?? 0;
      const end = start + (this.#lengths[index] ?? 0);
      for (let address = start; address < end; address += MAX_CONTENT) {
        const length = Math.min(MAX_CONTENT, end - address);
        parts.push(this.#part(memory, address, length));
      }
    }
    return parts;
  }

  #part(memory: Uint8Array, address: number, length: number): Part {
    const copy = this.#redactor?.concerned ? this.#redactor.copy(memory, address, length) : undefined;
    const source = copy ?? memory;
    const at = copy === undefined ? address : 0;
    const content = length < LARGE ? undefined : this.#content(source.subarray(at, at + length));
    return { address, length, content, source, at };
  }

  #content(bytes: Uint8Array): number {
    return this.#contents.indexOf(bytes, (fresh) => this.#writer.content(fresh));
  }

  /** A memory that has grown leaves the old view empty, or, when it is shared, short. */
  #memoryBytes(): Uint8Array {
    if (this.#bytes.length > 0 && !this.#shared) return this.#bytes;
    const buffer = this.#memory?.buffer;
    if (buffer !== undefined) this.#bytes = new Uint8Array(buffer);
    this.#shared = buffer !== undefined && !(buffer instanceof ArrayBuffer);
    return this.#bytes;
  }
}

type Growth = Pick<Extract<Entry, { kind: 'growth' }>, 'of' | 'index' | 'asked' | 'result'>;

interface Part {
  readonly address: number;
  readonly length: number;
  /** Index of the stored content; undefined: written in place. */
  readonly content: number | undefined;
  /** Where its bytes are. */
  readonly source: Uint8Array;
  readonly at: number;
}
