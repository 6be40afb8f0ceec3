/** Recordings: entries up to the first damage, and then a `RecordingError`; checksums are made right again after a change. */
import assert from 'node:assert/strict';
import { BLOCK_HEADER, PART_BLOCKS, PREAMBLE, type RecordingHeader } from '../../../sandbox/recording/format.ts';
import { openRecording, type Recording } from '../../../sandbox/recording/reader.ts';
import { RecordingError } from '../../../sandbox/recording/recordingError.ts';
import { partBlocks, recordingStart } from '../../../sandbox/recording/recordingWriter.ts';
import { xxHash32 } from '../../../sandbox/recording/xxHash32.ts';
import {
  recordedArtifact,
  recordedConfig,
  recordedEntry,
  recordedSources,
} from '../../../sandbox/replay/recordedProgram.ts';
import { HEADER, record } from '../../recording/recorded.ts';
import { mutateBytes } from '../byteMutations.ts';
import { concatenated } from '../moduleParts.ts';
import type { Random } from '../random.ts';
import type { Target } from '../target.ts';

const CALLS = 30;
/** More than any recording of a few kilobytes can hold. */
const MOST_ENTRIES = 1_000_000;

export function recording(): Target {
  const [start, ...blocks] = sample();
  const preamble = (start as Uint8Array).subarray(0, PREAMBLE);
  const payloads = [(start as Uint8Array).subarray(PREAMBLE), ...blocks].map((block) => block.subarray(BLOCK_HEADER));
  return {
    bombs: [],
    mutate: (random) =>
      random.chance(4) ? mutateBytes(whole(preamble, payloads), random) : changed(preamble, payloads, random),
    check,
  };
}

function changed(preamble: Uint8Array, payloads: readonly Uint8Array[], random: Random): Uint8Array {
  const at = random.int(payloads.length);
  const mutated = mutateBytes(payloads[at] as Uint8Array, random, random.pick(payloads));
  return whole(preamble, payloads.with(at, mutated));
}

function whole(preamble: Uint8Array, payloads: readonly Uint8Array[]): Uint8Array {
  const pieces = payloads.flatMap((payload, number) => {
    const header = new DataView(new ArrayBuffer(BLOCK_HEADER));
    header.setUint32(0, payload.length, true);
    header.setUint32(4, xxHash32(payload, numberOf(number)), true);
    header.setUint32(8, numberOf(number), true);
    return [new Uint8Array(header.buffer), payload];
  });
  return concatenated(preamble, ...pieces);
}

/** Block numbers, by place in the file: the header's, those of its parts, those of the log. */
const PARTS = 2;
const numberOf = (place: number) => {
  if (place === 0) return 0;
  return place <= PARTS ? PART_BLOCKS + place - 1 : place - PARTS;
};

function sample(): Uint8Array[] {
  const memory = new Uint8Array(65_536);
  const parts = [Buffer.from('\0asm\x01\0\0\0', 'latin1'), Buffer.from('int main(void);')];
  const [, ...log] = record((recorder) => {
    recorder.bind({ buffer: memory.buffer });
    for (let call = 0; call < CALLS; call++) {
      memory.fill(call, call * 64, call * 64 + 32);
      recorder.before('fd_read');
      recorder.wrote(call * 64, 32, true);
      recorder.after('fd_read', 0);
      if (call % 10 === 9) recorder.flush();
    }
    recorder.ended({ kind: 'exited', code: 0 });
  });
  const header: RecordingHeader = {
    ...HEADER,
    parts: [
      { kind: 'module', bytes: 8 },
      { kind: 'source', path: '/a.c', bytes: 15 },
    ],
  };
  return [recordingStart(header), ...partBlocks(parts), ...log];
}

/** What a replay makes of the header and the parts. */
function described(recording: Recording): void {
  const { memory, env } = recordedConfig(recording.header);
  assert.ok(memory >= 0 && env.length === 0);
  const entry = recordedEntry(recording.header);
  assert.ok(entry === undefined || entry.kind === 'command' || typeof entry.function === 'string');
  assert.ok((recordedArtifact(recording)?.wasm.length ?? 0) < 100_000);
  for (const { path, content } of recordedSources(recording))
    assert.equal(typeof path + typeof content, 'stringstring');
}

function check(bytes: Uint8Array): void {
  let entries = 0;
  try {
    const recording = openRecording(bytes);
    described(recording);
    for (const entry of recording.entries()) {
      assert.equal(typeof entry.kind, 'string');
      assert.ok(++entries < MOST_ENTRIES, `${entries} entries`);
    }
  } catch (error) {
    assert.ok(error instanceof RecordingError, error instanceof Error ? error.stack : String(error));
    assert.ok(error.message.length < 1000, `a message of ${error.message.length} characters`);
  }
}
