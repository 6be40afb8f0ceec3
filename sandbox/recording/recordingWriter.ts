/**
 * Writes entries into blocks and hands each one out when it is full, so that memory stays bounded and a crash loses the last
 * block at most. An entry never crosses from one block into the next.
 */
import { type ByteWork, PLAIN } from './byteWork.ts';
import { BLOCK_HEADER, BLOCK_SIZE, Kind, MAGIC, PREAMBLE, type RecordingHeader, VERSION } from './format.ts';

/** Gets whole blocks, in order. Their bytes are its own. */
export type Sink = (block: Uint8Array<ArrayBuffer>) => void;

/** Bytes of the longest varint. */
const VARINT = 8;
/** Below this, a loop is faster than making a view. */
const SHORT = 32;

const encoder = new TextEncoder();

/** How a recording begins. The blocks of a writer follow. */
export function recordingStart(header: RecordingHeader, work: ByteWork = PLAIN): Uint8Array<ArrayBuffer> {
  const text = encoder.encode(JSON.stringify(header));
  const bytes = new Uint8Array(PREAMBLE + BLOCK_HEADER + text.length);
  bytes.set(MAGIC);
  new DataView(bytes.buffer).setUint32(MAGIC.length, VERSION, true);
  bytes.set(text, PREAMBLE + BLOCK_HEADER);
  seal(bytes.subarray(PREAMBLE), 0, work);
  return bytes;
}

export class RecordingWriter {
  readonly #sink: Sink;
  readonly #work: ByteWork;
  #block = new Uint8Array(BLOCK_SIZE);
  #at = BLOCK_HEADER;
  /** The header's is 0. */
  #number = 1;

  constructor(sink: Sink, work: ByteWork = PLAIN) {
    this.#sink = sink;
    this.#work = work;
  }

  /** Before an entry: so many bytes and varints will come. */
  begin(bytes: number, varints: number): void {
    const need = bytes + varints * VARINT;
    if (this.#at + need <= this.#block.length) return;
    this.flush();
    if (BLOCK_HEADER + need > this.#block.length) this.#block = new Uint8Array(BLOCK_HEADER + need);
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

  /** A whole entry of text: `others` follow as varints. */
  text(kind: number, text: string, ...others: number[]): void {
    const bytes = encoder.encode(text);
    this.begin(bytes.length, 1 + others.length);
    this.varint(bytes.length * 8 + kind);
    for (const other of others) this.varint(other);
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
    const block = this.#block.slice(0, this.#at);
    this.#at = BLOCK_HEADER;
    if (this.#block.length > BLOCK_SIZE) this.#block = new Uint8Array(BLOCK_SIZE);
    seal(block, this.#number++, this.#work);
    this.#sink(block);
  }
}

/** The checksum covers the number too. */
function seal(block: Uint8Array, number: number, work: ByteWork): void {
  const view = new DataView(block.buffer, block.byteOffset);
  view.setUint32(0, block.length - BLOCK_HEADER, true);
  view.setUint32(8, number, true);
  view.setUint32(4, work.crc32(block.subarray(8)), true);
}
