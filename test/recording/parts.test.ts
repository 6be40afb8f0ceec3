/** What stands in front of the log: module, debug information, sources; and what was left out of it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PART_BLOCK, type RecordedPart, type RecordingHeader, type Redaction } from '../../sandbox/recording/format.ts';
import { openRecording } from '../../sandbox/recording/reader.ts';
import { Recorder } from '../../sandbox/recording/recorder.ts';
import { RecordingError } from '../../sandbox/recording/recordingError.ts';
import { endBlock, partBlocks, recordingStart } from '../../sandbox/recording/recordingWriter.ts';
import { collect, equal, HEADER } from './recorded.ts';

const contents = [
  new Uint8Array(2 * PART_BLOCK + 5).map((_, index) => index % 249),
  new Uint8Array(0),
  new Uint8Array(PART_BLOCK).fill(7),
  Buffer.from('int main(void) {}\n'),
];
const parts: readonly RecordedPart[] = [
  { kind: 'module', bytes: contents[0]!.length },
  { kind: 'debug', bytes: 0 },
  { kind: 'source', path: '/a/../../b.c', bytes: PART_BLOCK },
  { kind: 'source', path: '/ü.c', bytes: contents[3]!.length },
];

function file(header: RecordingHeader, bytes: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat([recordingStart(header), ...partBlocks(bytes), endBlock({ end: { kind: 'killed' } }, 1)]);
}

test('parts come back as they were, and the log behind them', () => {
  const recording = openRecording(file({ ...HEADER, parts }, contents));
  const given = recording.header.parts ?? [];
  assert.deepEqual(given, parts);
  for (const [index, part] of given.entries()) assert.ok(equal(recording.part(part), contents[index]!));
  const [end] = collect(recording.entries());
  assert.ok(end?.kind === 'end');
  assert.deepEqual([end.end, end.usage], [{ kind: 'killed' }, undefined]);
});

test('a recording without parts has its log at once', () => {
  assert.equal([...openRecording(file(HEADER, [])).entries()].length, 1);
});

test('cut off in a part, it cannot be used, and says so', () => {
  const bytes = file({ ...HEADER, parts }, contents);
  const { length } = recordingStart({ ...HEADER, parts });
  for (const at of [length, length + 5, length + PART_BLOCK + 12, length + PART_BLOCK + 13]) {
    assert.throws(() => openRecording(bytes.subarray(0, at)), /(cut off|ends before its log).*\(at byte \d+\)/);
  }
});

describe('headers that say what cannot be', () => {
  const wrong: readonly (readonly [what: string, header: object])[] = [
    ['more bytes than there are', { parts: [{ kind: 'module', bytes: 2 ** 52 }] }],
    ['fewer bytes than there are', { parts: [{ kind: 'module', bytes: 5 }] }],
    ['a length below zero', { parts: [{ kind: 'module', bytes: -1 }] }],
    ['no length', { parts: [{ kind: 'source', path: 'a' }] }],
    ['a source without a name', { parts: [{ kind: 'source', bytes: 1 }] }],
    ['an unknown part', { parts: [{ kind: 'virus', bytes: 1 }] }],
    ['parts that are no list', { parts: { length: 1 } }],
    ['an unknown redaction', { redacted: ['everything'] }],
    ['no engine', { engine: null }],
    ['no configuration', { config: [] }],
    ['no entry', { entry: 'command' }],
    ['arguments that are none', { args: [1] }],
    ['a module without a hash', { module: { name: 'a', bytes: 1 } }],
    ['a build of another kind', { build: { language: 'cobol' } }],
  ];
  for (const [what, fields] of wrong) {
    test(what, () => {
      const bytes = file({ ...HEADER, ...fields } as RecordingHeader, [Buffer.from('0123456789')]);
      assert.throws(() => openRecording(bytes), RecordingError);
    });
  }
});

describe('what is not to be written down', () => {
  const memory = new Uint8Array(65_536);
  const at = Buffer.from('A=secret\0B=\0C==\0');

  function writes(redact: readonly Redaction[], name: string, content: Uint8Array): string {
    const blocks: Uint8Array[] = [recordingStart(HEADER)];
    const recorder = new Recorder({ sink: (block) => void blocks.push(block.slice()), equal, redact });
    recorder.bind({ buffer: memory.buffer });
    memory.set([1, 2, 3, 4], 96);
    memory.set(content, 100);
    recorder.before(name);
    if (name === 'environ_get') {
      for (let start = 0; start < content.length; ) {
        const end = content.indexOf(0, start) + 1;
        recorder.wrote(100 + start, end - start, true);
        start = end;
      }
    } else recorder.wrote(100, content.length, true);
    // Right before the contents, and a number: it stays.
    recorder.wrote(96, 4, false);
    recorder.after(name, 0);
    recorder.flush();
    assert.ok(equal(memory.subarray(100, 100 + content.length), content), 'the program keeps what it has read');
    const [entry] = collect(openRecording(Buffer.concat(blocks)).entries());
    assert.ok(entry?.kind === 'call');
    assert.deepEqual([...(entry.writes.at(-1)?.bytes ?? [])], [1, 2, 3, 4]);
    return Buffer.concat(entry.writes.slice(0, -1).map(({ bytes }) => bytes)).toString();
  }

  test('values of variables; their names stay', () => {
    assert.equal(writes(['env'], 'environ_get', at), 'A=xxxxxx\0B=\0C=x\0');
    assert.equal(writes(['files'], 'environ_get', at), at.toString());
  });

  test('what was read, however long', () => {
    assert.equal(writes(['files'], 'fd_read', Buffer.from('secret')), 'xxxxxx');
    assert.equal(writes(['env', 'files'], 'sandbox_http.read', Buffer.alloc(20_000, 's')), 'x'.repeat(20_000));
    assert.equal(writes(['env'], 'fd_read', Buffer.from('secret')), 'secret');
    assert.equal(writes(['files'], 'random_get', Buffer.from('secret')), 'secret');
  });
});
