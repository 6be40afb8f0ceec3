/** A recording that was cut off or changed opens up to there, and says where and what to do. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Entry } from '../../sandbox/recording/format.ts';
import { openRecording } from '../../sandbox/recording/reader.ts';
import { RecordingError } from '../../sandbox/recording/recordingError.ts';
import { xxHash32 } from '../../sandbox/recording/xxHash32.ts';
import { record } from './recorded.ts';

const CALLS_IN_BLOCK = 40;
const memory = new Uint8Array(65_536);
const BLOCKS = record((recorder) => {
  recorder.bind({ buffer: memory.buffer });
  for (let call = 0; call < 5 * CALLS_IN_BLOCK; call++) {
    memory[0] = call;
    recorder.before('fd_read');
    recorder.wrote(0, 1, false);
    recorder.after('fd_read', 0);
    if (call % CALLS_IN_BLOCK === CALLS_IN_BLOCK - 1) recorder.flush();
  }
  recorder.ended({ kind: 'exited', code: 0 });
});
const WHOLE = Buffer.concat(BLOCKS);

/** What can be read, and why no more. */
function readAll(bytes: Uint8Array): { entries: Entry[]; error: RecordingError | undefined } {
  const entries: Entry[] = [];
  try {
    for (const entry of openRecording(bytes).entries()) entries.push(entry);
    return { entries, error: undefined };
  } catch (error) {
    if (error instanceof RecordingError) return { entries, error };
    throw error;
  }
}

/** Entries in the blocks that end before `offset`. */
function wholeEntries(offset: number): number {
  let end = 0;
  let whole = -1;
  for (const block of BLOCKS) {
    end += block.length;
    if (end > offset) break;
    whole++;
  }
  return Math.max(0, whole) * CALLS_IN_BLOCK;
}

test('a recording that is cut off opens up to its last whole block', () => {
  for (let length = 0; length < WHOLE.length; length++) {
    const { entries, error } = readAll(WHOLE.subarray(0, length));
    assert.equal(entries.length, wholeEntries(length));
    const betweenBlocks = BLOCKS.some((_, index) => Buffer.concat(BLOCKS.slice(0, index + 1)).length === length);
    assert.equal(error === undefined, betweenBlocks, `at ${length}`);
    if (error) assert.match(error.message, /at byte \d+.*(record|Record|Open)/);
  }
});

test('a changed byte is found, and everything before its block is read', () => {
  const property = fc.property(fc.nat(WHOLE.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
    const bytes = Uint8Array.from(WHOLE);
    bytes[at] = (bytes[at] ?? 0) ^ change;
    const { entries, error } = readAll(bytes);
    assert.ok(error instanceof RecordingError && error.offset <= at);
    assert.equal(entries.length, wholeEntries(at));
  });
  fc.assert(property, { numRuns: 400 });
});

test('blocks that are missing or in another order are found', () => {
  const [header, first, second, ...rest] = BLOCKS as [Uint8Array, Uint8Array, Uint8Array, ...Uint8Array[]];
  for (const blocks of [
    [header, second, ...rest],
    [header, second, first, ...rest],
    [header, first, first, second, ...rest],
  ]) {
    assert.ok(readAll(Buffer.concat(blocks)).error);
  }
});

test('other files are told from recordings', () => {
  assert.throws(() => openRecording(new Uint8Array(0)), /no recording of wasm-sandbox/);
  assert.throws(() => openRecording(Buffer.from('\0asm\x01\0\0\0 and more of it')), /no recording of wasm-sandbox/);
  const newer = Uint8Array.from(WHOLE);
  newer[8] = 9;
  assert.throws(() => openRecording(newer), /format 9; this program reads 2.*newer wasm-sandbox/);
});

test('what was written to look right does no harm either', () => {
  const property = fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), (payload) => {
    const block = Buffer.alloc(12 + payload.length);
    block.set(payload, 12);
    block.writeUInt32LE(payload.length, 0);
    block.writeUInt32LE(1, 8);
    block.writeUInt32LE(xxHash32(payload, 1), 4);
    const { entries, error } = readAll(Buffer.concat([BLOCKS[0] as Uint8Array, block]));
    assert.ok(entries.length <= payload.length && (error === undefined || error.offset > 12));
  });
  fc.assert(property, { numRuns: 2000 });
});
