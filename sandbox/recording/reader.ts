/**
 * Reads a recording: who was run, and then one entry after the other, in bounded memory. Damage is a `RecordingError`, thrown
 * where it lies: everything before it has been given by then. Contents stay in the file until they are asked for.
 */
import { type Block, BlockCursor, blocks, growingBlocks } from './blockReader.ts';
import { type ByteSource, sourceOf } from './byteSource.ts';
import {
  type Entry,
  Kind,
  MAGIC,
  type MemoryWrite,
  Note,
  PART_BLOCKS,
  PREAMBLE,
  type RecordedPart,
  type RecordingHeader,
  VERSION,
} from './format.ts';
import { isHeader } from './header.ts';
import { RecordingError } from './recordingError.ts';

export interface Recording {
  readonly header: RecordingHeader;
  /** The bytes of a part that the header names. */
  part(part: RecordedPart): Uint8Array;
  /** From the start, each time. Bytes of writes are valid until the next entry is asked for. */
  entries(): Generator<Entry, void>;
  /** The same of a recording that may still be growing: undefined, each time, where nothing follows yet. */
  follow(): Generator<Entry | undefined, void>;
}

/** @throws {RecordingError} what is no recording, or whose header cannot be read */
export function openRecording(given: Uint8Array | ByteSource): Recording {
  const source = given instanceof Uint8Array ? sourceOf(given) : given;
  checkPreamble(source);
  const { header, end } = readHeader(source);
  const parts = readParts(source, header.parts ?? [], end);
  return {
    header,
    part: (part) => joined(source, parts.pieces.get(part) ?? []),
    entries: () => new EntryReader(source, parts.end).read(),
    follow: () => new EntryReader(source, parts.end).follow(),
  };
}

function checkPreamble(source: ByteSource): void {
  const preamble = source.read(0, Math.min(source.size, PREAMBLE));
  if (preamble.length < PREAMBLE || MAGIC.some((byte, index) => preamble[index] !== byte)) {
    throw new RecordingError('This is no recording of wasm-sandbox', 0, 'Open a file made with "run --record".');
  }
  const version = new DataView(preamble.buffer, preamble.byteOffset).getUint32(MAGIC.length, true);
  if (version === VERSION) return;
  const advice = version > VERSION ? 'Open it with a newer wasm-sandbox.' : 'Record the run again.';
  throw new RecordingError(`The recording has format ${version}; this program reads ${VERSION}`, MAGIC.length, advice);
}

function readHeader(source: ByteSource): { header: RecordingHeader; end: number } {
  for (const block of blocks(source, PREAMBLE)) {
    const cursor = new BlockCursor(block);
    const header = cursor.json(block.payload.length);
    if (!isHeader(header)) throw cursor.malformed('its header does not say what was run');
    return { header, end: block.offset + block.payload.length };
  }
  throw new RecordingError('The recording holds nothing', PREAMBLE, 'Record the run again.');
}

interface Stored {
  readonly offset: number;
  readonly length: number;
}

/** Nothing is taken for granted of what the header says of sizes: only bytes that are there are ever read. */
function readParts(
  source: ByteSource,
  parts: readonly RecordedPart[],
  start: number,
): { readonly pieces: ReadonlyMap<RecordedPart, readonly Stored[]>; readonly end: number } {
  const pieces = new Map<RecordedPart, Stored[]>();
  let end = start;
  const stored = blocks(source, start, PART_BLOCKS);
  for (const part of parts) {
    const own: Stored[] = [];
    for (let left = part.bytes; left > 0; ) {
      const { value: block } = stored.next();
      if (!block)
        throw new RecordingError('The recording ends before its log begins', source.size, 'Record the run again.');
      const { offset, payload } = block;
      if (payload.length > left) throw new BlockCursor(block).malformed('a part is longer than it was to be');
      own.push({ offset, length: payload.length });
      left -= payload.length;
      end = offset + payload.length;
    }
    pieces.set(part, own);
  }
  return { pieces, end };
}

function joined(source: ByteSource, pieces: readonly Stored[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const { offset, length } of pieces) {
    bytes.set(source.read(offset, length), at);
    at += length;
  }
  return bytes;
}

class EntryReader {
  readonly #source: ByteSource;
  readonly #from: number;
  readonly #names: string[] = [];
  readonly #contents: Stored[] = [];
  readonly #violations: unknown[] = [];
  #calls = 0;
  #instant: number | undefined;

  constructor(source: ByteSource, from: number) {
    this.#source = source;
    this.#from = from;
  }

  *read(): Generator<Entry, void> {
    for (const block of blocks(this.#source, this.#from, 1)) if (yield* this.#entries(block)) return;
  }

  *follow(): Generator<Entry | undefined, void> {
    for (const block of growingBlocks(this.#source, this.#from, 1)) {
      if (block === undefined) yield undefined;
      else if (yield* this.#entries(block)) return;
    }
  }

  /** Returns whether the run has ended in it. */
  *#entries(block: Block): Generator<Entry, boolean> {
    const cursor = new BlockCursor(block);
    while (!cursor.atEnd) {
      const entry = this.#entry(cursor);
      if (entry === undefined) continue;
      yield entry;
      // Whoever saw a run end from outside says so behind what the run itself may have said: the first word counts.
      if (entry.kind === 'end') return true;
    }
    return false;
  }

  /** Undefined: it belonged to a table. */
  #entry(cursor: BlockCursor): Entry | undefined {
    const code = cursor.varint();
    const operand = Math.floor(code / 8);
    switch (code % 8) {
      case Kind.NAME:
        this.#names.push(cursor.text(operand));
        return undefined;
      case Kind.CONTENT:
        this.#contents.push({ offset: cursor.offset, length: cursor.bytes(operand).length });
        return undefined;
      case Kind.CALL:
        return this.#call(cursor, operand, 0);
      case Kind.FAILED_CALL:
        return this.#call(cursor, operand, cursor.varint());
      case Kind.INSTANT:
        this.#instant = (this.#instant ?? 0) + operand;
        return { kind: 'instant', position: this.#position(), instant: this.#instant };
      case Kind.NOTE:
        return this.#note(cursor, operand);
      case Kind.GROWTH: {
        const [asked, result] = [cursor.varint(), cursor.varint() - 1];
        const of = operand % 2 === 0 ? 'memory' : 'table';
        return { kind: 'growth', position: this.#position(), of, index: Math.floor(operand / 2), asked, result };
      }
      default:
        return this.#end(cursor, operand);
    }
  }

  #call(cursor: BlockCursor, nameIndex: number, errno: number): Entry {
    const name = this.#name(cursor, nameIndex);
    const position = this.#position();
    const writes: MemoryWrite[] = [];
    for (let left = cursor.varint(); left > 0; left--) writes.push(this.#write(cursor));
    this.#calls++;
    return { kind: 'call', position, name, errno, writes };
  }

  #write(cursor: BlockCursor): MemoryWrite {
    const address = cursor.varint();
    const code = cursor.varint();
    const operand = Math.floor(code / 2);
    if (code % 2 === 0) return { address, bytes: cursor.bytes(operand) };
    const content = this.#contents[operand];
    if (content === undefined) throw cursor.malformed(`content ${operand} has not been stored`);
    return { address, bytes: this.#source.read(content.offset, content.length) };
  }

  #end(cursor: BlockCursor, length: number): Entry {
    const index = cursor.varint();
    const { end, usage } = cursor.object(length);
    if (typeof end !== 'object' || end === null) throw cursor.malformed('it does not say how its run ended');
    const inCall = index === 0 ? undefined : this.#name(cursor, index - 1);
    return { kind: 'end', position: this.#position(), inCall, end, usage };
  }

  /** Undefined: this program does not know it. */
  #note(cursor: BlockCursor, note: number): Entry | undefined {
    const length = cursor.varint();
    const end = cursor.offset + length;
    const position = this.#position();
    switch (note) {
      case Note.STOP:
        return { kind: 'stop', position, reason: cursor.json(length) };
      case Note.VIOLATION: {
        const number = cursor.varint();
        if (number === this.#violations.length) this.#violations.push(cursor.object(cursor.left(end)));
        else if (number > this.#violations.length) throw cursor.malformed(`refusal ${number} has not been told`);
        return { kind: 'violation', position, number, violation: this.#violations[number] };
      }
      case Note.EDIT: {
        const [memory, address] = [cursor.varint(), cursor.varint()];
        return { kind: 'edit', position, memory, address, bytes: cursor.bytes(cursor.left(end)) };
      }
      default:
        cursor.bytes(length);
        return undefined;
    }
  }

  #name(cursor: BlockCursor, index: number): string {
    const name = this.#names[index];
    if (name === undefined) throw cursor.malformed(`name ${index} has not been given`);
    return name;
  }

  #position(): { calls: number; instant: number | undefined } {
    return { calls: this.#calls, instant: this.#instant };
  }
}
