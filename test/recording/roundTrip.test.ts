/** What is recorded comes back from the reader as it was, whatever it was, and large bytes are stored once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Contents } from '../../sandbox/recording/contents.ts';
import { type Entry, LARGE, MAX_CONTENT } from '../../sandbox/recording/format.ts';
import { openRecording } from '../../sandbox/recording/reader.ts';
import type { Recorder } from '../../sandbox/recording/recorder.ts';
import { xxHash32 } from '../../sandbox/recording/xxHash32.ts';
import { collect, equal, HEADER, record } from './recorded.ts';

const MEMORY = 3 << 16;

const write = fc
  .record({ address: fc.nat(MEMORY - 1), length: fc.oneof(fc.nat(40), fc.nat(3 * LARGE)), seed: fc.nat(255) })
  .map(({ address, length, seed }) => ({ address, length: Math.min(length, MEMORY - address), seed }));
const call = fc.record({
  kind: fc.constant('call' as const),
  name: fc.constantFrom('fd_read', 'clock_time_get', 'sandbox_http.request', 'ü'),
  errno: fc.oneof(fc.constant(0), fc.nat(76)),
  writes: fc.array(write, { maxLength: 4 }),
});
const others = fc.oneof(
  fc.record({ kind: fc.constant('stop' as const), reason: fc.jsonValue() }),
  fc.record({
    kind: fc.constant('growth' as const),
    of: fc.constantFrom('memory' as const, 'table' as const),
    index: fc.nat(3),
    asked: fc.nat(65_536),
    result: fc.integer({ min: -1, max: 65_536 }),
  }),
  fc.record({ kind: fc.constant('violation' as const), target: fc.constantFrom('/a', '/b', '/ü') }),
  fc.record({
    kind: fc.constant('edit' as const),
    memory: fc.nat(200),
    address: fc.nat(2 ** 40),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 300 }),
  }),
);
type Event =
  typeof call extends fc.Arbitrary<infer C> ? (typeof others extends fc.Arbitrary<infer O> ? C | O : never) : never;

function play(events: readonly Event[], recorder: Recorder, memory: Uint8Array): Entry[] {
  const expected: Entry[] = [];
  let calls = 0;
  const refusals: string[] = [];
  for (const event of events) {
    const position = { calls, instant: undefined };
    if (event.kind === 'stop') recorder.stopped(event.reason);
    else if (event.kind === 'growth') recorder.grew(event);
    else if (event.kind === 'edit') recorder.edited(event.memory, event.address, event.bytes);
    if (event.kind === 'violation') {
      const { target } = event;
      recorder.refused({ target });
      if (!refusals.includes(target)) refusals.push(target);
      expected.push({ kind: 'violation', position, number: refusals.indexOf(target), violation: { target } });
    } else if (event.kind !== 'call') expected.push({ ...event, position });
    else {
      recorder.before(event.name);
      for (const { address, length, seed } of event.writes) {
        for (let index = 0; index < length; index++) memory[address + index] = (seed + index * index) & 0xff;
        recorder.wrote(address, length, false);
      }
      recorder.after(event.name, event.errno);
      const writes = event.writes.map(({ address, length }) => ({
        address,
        bytes: memory.slice(address, address + length),
      }));
      expected.push({ kind: 'call', position, name: event.name, errno: event.errno, writes });
      calls++;
    }
  }
  recorder.ended({ kind: 'exited', code: 0 }, { instant: calls });
  expected.push({
    kind: 'end',
    position: { calls, instant: undefined },
    inCall: undefined,
    end: { kind: 'exited', code: 0 },
    usage: { instant: calls },
  });
  return expected;
}

/** What memory holds after the writes of a call: how they are cut into pieces does not matter. */
function effect(entry: Entry): unknown {
  if (entry.kind !== 'call') return entry;
  const bytes = new Map<number, number>();
  for (const each of entry.writes)
    for (const [index, byte] of each.bytes.entries()) bytes.set(each.address + index, byte);
  return { ...entry, writes: [...bytes].sort(([a], [b]) => a - b) };
}

test('what is recorded is read again', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof({ weight: 5, arbitrary: call }, others), { maxLength: 60 }), (events) => {
      const memory = new Uint8Array(MEMORY);
      let expected: Entry[] = [];
      const blocks = record((recorder) => {
        recorder.bind({ buffer: memory.buffer });
        expected = play(events, recorder, memory);
      });
      const recording = openRecording(Buffer.concat(blocks));
      assert.deepEqual(recording.header, HEADER);
      assert.deepEqual(collect(recording.entries()).map(effect), expected.map(effect));
    }),
    { numRuns: 150 },
  );
});

test('the checksum is xxHash32', () => {
  const hash = (text: string, seed = 0) => xxHash32(Buffer.from(text), seed).toString(16);
  // Values that the project's own documentation and tests give.
  assert.equal(hash(''), '2cc5d05');
  assert.equal(hash('abc'), '32d153ff');
  assert.equal(hash('Nobody inspects the spammish repetition'), 'e2293b2f');
});

test('the same large bytes are stored once', () => {
  const memory = new Uint8Array(2 * MAX_CONTENT).map((_, index) => index % 251);
  const read = (recorder: Recorder, length: number) => {
    recorder.before('fd_read');
    recorder.wrote(0, length, false);
    recorder.after('fd_read', 0);
  };
  const once = record((recorder) => {
    recorder.bind({ buffer: memory.buffer });
    for (let round = 0; round < 10; round++) read(recorder, memory.length);
    recorder.flush();
  });
  assert.ok(Buffer.concat(once).length < memory.length + 2000);
  for (const entry of openRecording(Buffer.concat(once)).entries()) {
    assert.ok(entry.kind === 'call' && Buffer.concat(entry.writes.map(({ bytes }) => bytes)).equals(memory));
  }
});

test('contents that look alike are compared', () => {
  const contents = new Contents(equal);
  const stored: number[] = [];
  const indexOf = (second: number) => {
    const bytes = new Uint8Array(10_000);
    bytes[1] = second;
    return contents.indexOf(bytes, (given) => stored.push(given[1] ?? -1));
  };
  assert.deepEqual([indexOf(7), indexOf(7), indexOf(8), indexOf(8), indexOf(7)], [0, 0, 1, 1, 2]);
  assert.deepEqual(stored, [7, 8, 7]);
});

test('instants come with the calls now and then, with stops, and at the end', () => {
  let instant = 5;
  const blocks = record(
    (recorder) => {
      recorder.before('sched_yield');
      recorder.after('sched_yield', 0);
      instant = 2 ** 40;
      recorder.stopped({ kind: 'pause' });
      recorder.before('proc_exit');
      recorder.ended({ kind: 'exited', code: 3 });
    },
    () => instant,
  );
  const entries = collect(openRecording(Buffer.concat(blocks)).entries());
  assert.deepEqual(
    entries.map(({ kind, position }) => [kind, position.calls, position.instant]),
    [
      ['instant', 0, 5],
      ['call', 0, 5],
      ['instant', 1, 2 ** 40],
      ['stop', 1, 2 ** 40],
      ['instant', 1, 2 ** 40],
      ['end', 1, 2 ** 40],
    ],
  );
  const last = entries.at(-1);
  assert.ok(last?.kind === 'end' && last.inCall === 'proc_exit');
});
