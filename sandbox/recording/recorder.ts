/**
 * Records a run as it goes: hears of every host call and writes down its result and what it has written into the guest's
 * memory. It is on the way of every call, so it allocates nothing where a call wrote little.
 */
import type { LinearMemory } from '../wasi/guestMemory.ts';
import type { CallObserver } from '../wasi/host.ts';
import { Contents, type Equal } from './contents.ts';
import { Kind, LARGE, MAX_CONTENT } from './format.ts';
import { RecordingWriter, type Sink } from './recordingWriter.ts';

export interface RecorderOptions {
  readonly sink: Sink;
  readonly equal: Equal;
  /** The guest's clock, where it has one. */
  readonly instant?: () => number | undefined;
}

/** Calls between two instants that are told, a power of two: reading the clock takes longer than all the rest, and a replay finds the others again. */
const INSTANT_EVERY = 256;
/** What most calls stay below: bytes written, and the number of names. */
const SMALL = 128;
const NAMES = 1 << 16;

export class Recorder implements CallObserver {
  readonly #writer: RecordingWriter;
  readonly #contents: Contents;
  readonly #instant: (() => number | undefined) | undefined;
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

  constructor({ sink, equal, instant }: RecorderOptions) {
    this.#writer = new RecordingWriter(sink);
    this.#contents = new Contents(equal);
    this.#instant = instant;
  }

  bind(memory: LinearMemory): void {
    this.#memory = memory;
    this.#bytes = new Uint8Array(0);
  }

  before(name: string): void {
    if (name !== this.#name) this.#setName(name);
    this.#running = true;
    this.#writes = 0;
  }

  wrote(address: number, length: number): void {
    if (length === 0) return;
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
    if ((this.#calls++ & (INSTANT_EVERY - 1)) === 0) this.#tellInstant();
    const writes = this.#writes;
    if (writes === 0) this.#beginCall(errno, 0, 0);
    else if (writes === 1 && errno === 0 && (this.#lengths[0] ?? 0) < SMALL && this.#nameIndex < NAMES)
      this.#smallCall();
    else this.#anyCall(errno);
  }

  /** The guest was stopped from outside, and looked at. */
  stopped(reason: unknown, instant?: number): void {
    this.#tellInstant(instant);
    this.#writer.text(Kind.STOP, JSON.stringify(reason));
  }

  /** `result` as memory.grow gives it. */
  grew(memory: number, pages: number, result: number): void {
    this.#tellInstant();
    this.#writer.begin(0, 3);
    this.#writer.varint(memory * 8 + Kind.GROWTH);
    this.#writer.varint(pages);
    this.#writer.varint(result + 1);
  }

  /** The last entry. Inside a call that has not come back, it ended there. */
  ended(end: unknown): void {
    this.#tellInstant();
    this.#writer.text(Kind.END, JSON.stringify(end), this.#running ? this.#nameIndex + 1 : 0);
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

  #inline(address: number, length: number, memory: Uint8Array): void {
    this.#writer.varint(address);
    this.#writer.small(length * 2);
    this.#writer.bytes(memory, address, length);
  }

  /** Contents come before the call that refers to them. */
  #anyCall(errno: number): void {
    const memory = this.#memoryBytes();
    const parts = this.#parts(memory);
    let inline = 0;
    for (const { length, content } of parts) if (content === undefined) inline += length;
    this.#beginCall(errno, parts.length, inline);
    for (const { address, length, content } of parts) {
      if (content === undefined) this.#inline(address, length, memory);
      else {
        this.#writer.varint(address);
        this.#writer.varint(content * 2 + 1);
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
        parts.push({ address, length, content: this.#content(memory, address, length) });
      }
    }
    return parts;
  }

  #content(memory: Uint8Array, address: number, length: number): number | undefined {
    if (length < LARGE) return undefined;
    return this.#contents.indexOf(memory.subarray(address, address + length), (bytes) => this.#writer.content(bytes));
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

interface Part {
  readonly address: number;
  readonly length: number;
  /** Index of the stored content; undefined: written in place. */
  readonly content: number | undefined;
}
