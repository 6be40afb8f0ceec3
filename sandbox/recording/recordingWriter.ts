/**
 * Writes entries into blocks and hands each one out when it is full, so that memory stays bounded and a crash loses the last
 * block at most. An entry never crosses from one block into the next.
 */
import {
  BLOCK_HEADER,
  BLOCK_SIZE,
  Kind,
  MAGIC,
  PART_BLOCK,
  PART_BLOCKS,
  PREAMBLE,
  type RecordingHeader,
  VERSION,
} from './format.ts';
import { xxHash32 } from './xxHash32.ts';

/** Gets whole blocks, in order. Their bytes are overwritten when it has returned. */
export type Sink = (block: Uint8Array<ArrayBuffer>) => void;

/** Bytes of the longest varint. */
const VARINT = 8;
/** Below this, a loop is faster than making a view. */
const SHORT = 32;

const encoder = new TextEncoder();

/** How a recording begins. The blocks of its parts follow, then those of a writer. */
export function recordingStart(header: RecordingHeader): Uint8Array<ArrayBuffer> {
  const text = encoder.encode(JSON.stringify(header));
  const bytes = new Uint8Array(PREAMBLE + BLOCK_HEADER + text.length);
  bytes.set(MAGIC);
  new DataView(bytes.buffer).setUint32(MAGIC.length, VERSION, true);
  bytes.set(text, PREAMBLE + BLOCK_HEADER);
  seal(bytes.subarray(PREAMBLE), 0);
  return bytes;
}

/** The parts that the header names, in its order. */
export function* partBlocks(parts: readonly Uint8Array[]): Generator<Uint8Array<ArrayBuffer>> {
  let number = PART_BLOCKS;
  for (const part of parts) {
    for (let at = 0; at < part.length; at += PART_BLOCK) yield blockOf(part.subarray(at, at + PART_BLOCK), number++);
  }
}

/** The last block, written by who has seen a run end that could not write this itself. `number`: of the block. */
export function endBlock(end: unknown, number: number): Uint8Array<ArrayBuffer> {
  let block = new Uint8Array(0);
  const writer = new RecordingWriter((bytes) => {
    block = bytes.slice();
  }, number);
  writer.text(Kind.END, JSON.stringify(end), 0);
  writer.flush();
  return block;
}

export class RecordingWriter {
  readonly #sink: Sink;
  #block = new Uint8Array(BLOCK_SIZE);
  #at = BLOCK_HEADER;
  /** The header's is 0. */
  #number: number;

  constructor(sink: Sink, number = 1) {
    this.#sink = sink;
    this.#number = number;
  }

  /** Before an entry: so many bytes and varints will come. */
  begin(bytes: number, varints: number): void {
    const need = bytes + varints * VARINT;
    if (this.#at + need <= this.#block.length) return;
    this.flush();
    // Whoever took the block may have waited, and something may have been recorded meanwhile.
    if (this.#at + need <= this.#block.length) return;
    const larger = new Uint8Array(this.#at + need);
    larger.set(this.#block.subarray(0, this.#at));
    this.#block = larger;
  }

  /** Up to 2^53. */
  varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.#block[this.#at++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#block[this.#at++] = rest;
  }

  /** The same, up to 2^31 - 1. */
  small(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.#block[this.#at++] = (rest & 0x7f) | 0x80;
      rest >>= 7;
    }
    this.#block[this.#at++] = rest;
  }

  bytes(source: Uint8Array, start: number, length: number): void {
    const block = this.#block;
    if (length > SHORT) block.set(source.subarray(start, start + length), this.#at);
    else for (let index = 0; index < length; index++) block[this.#at + index] = source[start + index] ?? 0;
    this.#at += length;
  }

  /**
   * The entry that nearly all are: a call that succeeded and wrote a few bytes in one place. `head` is its kind and name,
   * below 2^21; fewer than 2^13 bytes of `memory` from `address` on.
   */
  smallCall(head: number, memory: Uint8Array, address: number, length: number): void {
    this.begin(length, 4);
    const block = this.#block;
    let at = this.#at;
    for (let rest = head; ; rest >>= 7) {
      if (rest < 0x80) {
        block[at++] = rest;
        break;
      }
      block[at++] = (rest & 0x7f) | 0x80;
    }
    block[at++] = 1;
    let rest = address;
    while (rest >= 0x80) {
      block[at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    block[at++] = rest;
    if (length >= 0x40) block[at++] = ((length * 2) & 0x7f) | 0x80;
    block[at++] = length < 0x40 ? length * 2 : length >> 6;
    for (let index = 0; index < length; index++) block[at + index] = memory[address + index] ?? 0;
    this.#at = at + length;
  }

  /** A whole entry of text: `others` follow as varints. */
  text(kind: number, text: string, ...others: number[]): void {
    const bytes = encoder.encode(text);
    this.begin(bytes.length, 1 + others.length);
    this.varint(bytes.length * 8 + kind);
    for (const other of others) this.varint(other);
    this.bytes(bytes, 0, bytes.length);
  }

  note(note: number, bytes: Uint8Array, ...numbers: number[]): void {
    this.begin(bytes.length, 2 + numbers.length);
    this.varint(note * 8 + Kind.NOTE);
    this.varint(bytes.length + numbers.reduce((sum, each) => sum + lengthOf(each), 0));
    for (const each of numbers) this.varint(each);
    this.bytes(bytes, 0, bytes.length);
  }

  content(bytes: Uint8Array): void {
    this.begin(bytes.length, 1);
    this.varint(bytes.length * 8 + Kind.CONTENT);
    this.bytes(bytes, 0, bytes.length);
  }

  /** Hands out what there is. */
  flush(): void {
    if (this.#at === BLOCK_HEADER) return;
    const block = this.#block.subarray(0, this.#at);
    this.#at = BLOCK_HEADER;
    if (this.#block.length > BLOCK_SIZE) this.#block = new Uint8Array(BLOCK_SIZE);
    seal(block, this.#number++);
    this.#sink(block);
  }
}

/** Of a varint. */
function lengthOf(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) length++;
  return length;
}

function blockOf(payload: Uint8Array, number: number): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(BLOCK_HEADER + payload.length);
  block.set(payload, BLOCK_HEADER);
  seal(block, number);
  return block;
}

/** The number is the seed of the checksum. */
function seal(block: Uint8Array, number: number): void {
  const view = new DataView(block.buffer, block.byteOffset);
  view.setUint32(0, block.length - BLOCK_HEADER, true);
  view.setUint32(4, xxHash32(block.subarray(BLOCK_HEADER), number), true);
  view.setUint32(8, number, true);
}
