/** Finds the blocks of a recording, and the numbers and bytes in one. Nothing is believed before its checksum is right. */
import type { ByteSource } from './byteSource.ts';
import { BLOCK_HEADER, MAX_BLOCK } from './format.ts';
import { RECORD_AGAIN, RecordingError } from './recordingError.ts';
import { xxHash32 } from './xxHash32.ts';

export interface Block {
  /** In the file, of the payload. */
  readonly offset: number;
  readonly payload: Uint8Array;
}

/** `first`: number of the block at `from`. */
export function* blocks(source: ByteSource, from: number, first = 0): Generator<Block> {
  let offset = from;
  for (let number = first; offset < source.size; number++) {
    const block = readBlock(source, offset, number);
    yield block;
    offset = block.offset + block.payload.length;
  }
}

/** Of a recording that may still be growing: undefined, each time, where there is no whole block yet. */
export function* growingBlocks(source: ByteSource, from: number, first: number): Generator<Block | undefined, never> {
  let offset = from;
  for (let number = first; ; ) {
    if (!isWhole(source, offset)) yield undefined;
    else {
      const block = readBlock(source, offset, number++);
      yield block;
      offset = block.offset + block.payload.length;
    }
  }
}

function isWhole(source: ByteSource, offset: number): boolean {
  const left = source.size - offset - BLOCK_HEADER;
  if (left < 0) return false;
  const { buffer, byteOffset } = source.read(offset, BLOCK_HEADER);
  const length = new DataView(buffer, byteOffset).getUint32(0, true);
  return length > MAX_BLOCK || length <= left;
}

function readBlock(source: ByteSource, offset: number, number: number): Block {
  if (source.size - offset < BLOCK_HEADER) throw cutOff(offset);
  const header = source.read(offset, BLOCK_HEADER);
  const view = new DataView(header.buffer, header.byteOffset, BLOCK_HEADER);
  const length = view.getUint32(0, true);
  if (length === 0 || length > MAX_BLOCK) throw damaged(offset);
  if (source.size - offset - BLOCK_HEADER < length) throw cutOff(offset);
  const payload = source.read(offset + BLOCK_HEADER, length);
  if (view.getUint32(8, true) !== number || xxHash32(payload, number) !== view.getUint32(4, true))
    throw damaged(offset);
  return { offset: offset + BLOCK_HEADER, payload };
}

function cutOff(offset: number): RecordingError {
  return new RecordingError('The recording is cut off in the middle of a block', offset, RECORD_AGAIN);
}

function damaged(offset: number): RecordingError {
  return new RecordingError(
    'The recording is damaged: a block has another checksum than it should',
    offset,
    RECORD_AGAIN,
  );
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads a block's payload from front to back. */
export class BlockCursor {
  readonly #block: Block;
  #at = 0;

  constructor(block: Block) {
    this.#block = block;
  }

  get atEnd(): boolean {
    return this.#at === this.#block.payload.length;
  }

  /** In the file. */
  get offset(): number {
    return this.#block.offset + this.#at;
  }

  /** Up to 2^53. */
  varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.#block.payload[this.#at];
      if (byte === undefined) throw this.malformed('a number goes on past the end of its block');
      this.#at++;
      value += (byte & 0x7f) * scale;
      if (value > Number.MAX_SAFE_INTEGER) throw this.malformed('a number is too large');
      if (byte < 0x80) return value;
    }
  }

  bytes(length: number): Uint8Array {
    if (length > this.#block.payload.length - this.#at) throw this.malformed('bytes go on past the end of their block');
    this.#at += length;
    return this.#block.payload.subarray(this.#at - length, this.#at);
  }

  text(length: number): string {
    const bytes = this.bytes(length);
    try {
      return decoder.decode(bytes);
    } catch {
      throw this.malformed('a text is not UTF-8');
    }
  }

  json(length: number): unknown {
    const text = this.text(length);
    try {
      return JSON.parse(text) as unknown;
    } catch {
      throw this.malformed('a description is not JSON');
    }
  }

  object(length: number): Readonly<Record<string, unknown>> {
    const value = this.json(length);
    if (typeof value !== 'object' || value === null) throw this.malformed('a description is no object');
    return value as Readonly<Record<string, unknown>>;
  }

  /** Bytes up to that byte of the file. */
  left(end: number): number {
    if (end < this.offset) throw this.malformed('an entry is shorter than what it holds');
    return end - this.offset;
  }

  /** The checksum was right: it was written so, or it was meant to look so. */
  malformed(what: string): RecordingError {
    return new RecordingError(`The recording is malformed: ${what}`, this.offset, RECORD_AGAIN);
  }
}
