/** Makes recordings for tests, by hand or of a program, and collects what a reader gives. */
import type { Entry, RecordingHeader } from '../../sandbox/recording/format.ts';
import { Recorder } from '../../sandbox/recording/recorder.ts';
import { recordingStart } from '../../sandbox/recording/recordingWriter.ts';

export const HEADER: RecordingHeader = {
  module: { name: 'program.wasm', sha256: '00', bytes: 8 },
  engine: { node: 'v24.0.0', v8: '13.6', architecture: 'x64' },
  config: { memory: 65_536 },
  entry: { kind: 'command' },
  args: ['program'],
  env: ['HOME'],
  recordedAt: 0,
};

export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** Blocks as they are handed out, the header's first. */
export function record(run: (recorder: Recorder) => void, instant?: () => number): Uint8Array[] {
  const blocks: Uint8Array[] = [recordingStart(HEADER)];
  run(new Recorder({ sink: (block) => void blocks.push(block.slice()), equal, ...(instant && { instant }) }));
  return blocks;
}

/** With bytes of their own. */
export function collect(entries: Iterable<Entry>): Entry[] {
  return [...entries].map((entry) => {
    if (entry.kind === 'edit') return { ...entry, bytes: Uint8Array.from(entry.bytes) };
    if (entry.kind !== 'call') return entry;
    return { ...entry, writes: entry.writes.map(({ address, bytes }) => ({ address, bytes: bytes.slice() })) };
  });
}
