/** Recordings: entries up to the first damage, and then a `RecordingError`; checksums are made right again after a change. */
import assert from 'node:assert/strict';
import { BLOCK_HEADER, PREAMBLE } from '../../../sandbox/recording/format.ts';
import { openRecording } from '../../../sandbox/recording/reader.ts';
import { RecordingError } from '../../../sandbox/recording/recordingError.ts';
import { xxHash32 } from '../../../sandbox/recording/xxHash32.ts';
import { record } from '../../recording/recorded.ts';
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
    header.setUint32(4, xxHash32(payload, number), true);
    header.setUint32(8, number, true);
    return [new Uint8Array(header.buffer), payload];
  });
  return concatenated(preamble, ...pieces);
}

function sample(): Uint8Array[] {
  const memory = new Uint8Array(65_536);
  return record((recorder) => {
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
}

function check(bytes: Uint8Array): void {
  let entries = 0;
  try {
    for (const entry of openRecording(bytes).entries()) {
      assert.equal(typeof entry.kind, 'string');
      assert.ok(++entries < MOST_ENTRIES, `${entries} entries`);
    }
  } catch (error) {
    assert.ok(error instanceof RecordingError, error instanceof Error ? error.stack : String(error));
    assert.ok(error.message.length < 1000, `a message of ${error.message.length} characters`);
  }
}
