/**
 * Reads a recording: who was run, and then one entry after the other, in bounded memory. Damage is a `RecordingError`, thrown
 * where it lies: everything before it has been given by then. Contents stay in the file until they are asked for.
 */
import { BlockCursor, blocks } from './blockReader.ts';
import { type ByteSource, sourceOf } from './byteSource.ts';
import { type Entry, Kind, MAGIC, type MemoryWrite, PREAMBLE, type RecordingHeader, VERSION } from './format.ts';
import { RecordingError } from './recordingError.ts';

export interface Recording {
  readonly header: RecordingHeader;
  /** From the start, each time. Bytes of writes are valid until the next entry is asked for. */
  entries(): Generator<Entry, void>;
}

/** @throws {RecordingError} what is no recording, or whose header cannot be read */
export function openRecording(given: Uint8Array | ByteSource): Recording {
  const source = given instanceof Uint8Array ? sourceOf(given) : given;
  checkPreamble(source);
  const { header, end } = readHeader(source);
  return { header, entries: () => new EntryReader(source, end).read() };
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
    if (!isHeader(header)) throw cursor.malformed('its header lacks what was run');
    return { header, end: block.offset + block.payload.length };
  }
  throw new RecordingError('The recording holds nothing', PREAMBLE, 'Record the run again.');
}

function isHeader(header: unknown): header is RecordingHeader {
  if (typeof header !== 'object' || header === null) return false;
  const { module, engine, args, env } = header as Partial<RecordingHeader>;
  return typeof module?.sha256 === 'string' && typeof engine?.v8 === 'string' && isTexts(args) && isTexts(env);
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

interface StoredContent {
  readonly offset: number;
  readonly length: number;
}

class EntryReader {
  readonly #source: ByteSource;
  readonly #from: number;
  readonly #names: string[] = [];
  readonly #contents: StoredContent[] = [];
  #calls = 0;
  #instant: number | undefined;

  constructor(source: ByteSource, from: number) {
    this.#source = source;
    this.#from = from;
  }

  *read(): Generator<Entry, void> {
    for (const block of blocks(this.#source, this.#from, 1)) {
      const cursor = new BlockCursor(block);
      while (!cursor.atEnd) {
        const entry = this.#entry(cursor);
        if (entry !== undefined) yield entry;
      }
    }
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
      case Kind.STOP:
        return { kind: 'stop', position: this.#position(), reason: cursor.json(operand) };
      case Kind.GROWTH: {
        const [pages, result] = [cursor.varint(), cursor.varint() - 1];
        return { kind: 'growth', position: this.#position(), memory: operand, pages, result };
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
    const end = cursor.json(length);
    const inCall = index === 0 ? undefined : this.#name(cursor, index - 1);
    return { kind: 'end', position: this.#position(), inCall, end };
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
