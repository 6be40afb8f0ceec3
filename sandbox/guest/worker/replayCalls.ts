/** The host calls of a replay: answered from the file of its recording, which is all that it can open. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { Answers } from '../../recording/answers.ts';
import type { ByteSource } from '../../recording/byteSource.ts';
import type { Entry } from '../../recording/format.ts';
import { openRecording } from '../../recording/reader.ts';
import type { End, StopReason } from '../protocol.ts';
import type { GuestInstance, Imports } from './guestInstance.ts';
import type { ReplayTelling } from './replayTelling.ts';
import type { ReplayWay } from './replayWay.ts';
import type { Stops } from './stops.ts';
import type { HostCalls } from './wasiImports.ts';

interface Parts {
  readonly guest: GuestInstance;
  readonly stops: Stops;
  readonly way: ReplayWay;
  /** Where it is to be told too. */
  readonly telling: ReplayTelling | undefined;
}

/** @throws {Error} the file cannot be read, or is no recording */
export function replayCalls(file: string, { guest, stops, way, telling }: Parts): HostCalls {
  const source = new RecordingOnDisk(file);
  const now = () => (guest.hasClock ? guest.instant : 0);
  const answers = new Answers(openRecording(source).follow(), {
    output: (stream, bytes) => {
      way.written[stream] += bytes.length;
      telling?.output(stream, bytes);
    },
    ended: (end) => stops.endAsRecorded(end as End),
    departed: ({ kind, message }) => stops.depart(message, kind === 'cut'),
    passed: (entry) => {
      telling?.happened(entry);
      happened(entry, guest, way);
    },
    last: (entry) => telling?.happened(entry),
    ending: ({ end }, instant) => {
      const { kind, exhausted } = end as { kind: End['kind']; exhausted?: { kind?: unknown } };
      // Without an instant it had to be ended by force: whatever it still did is not known.
      if (kind === 'killed' || kind === 'crashed' || exhausted?.kind === 'timeout')
        way.endAt(instant ?? now(), end as End, now());
    },
    wait: () => stops.stopInHostCall({ kind: 'present' }),
    answering: () => {
      way.answering();
      telling?.answering();
    },
    instant: () => (guest.hasClock ? guest.instant : undefined),
  });
  way.follow(() => answers.lookAhead());
  return {
    imports: answeredImports(guest.module, answers),
    preview1: { bind: (memory) => answers.bind(memory), finishDecisions: () => undefined, close: () => source.close() },
    network: { problem: undefined, flush: () => undefined },
    recording: undefined,
    disagrees: (end) => {
      const message = answers.disagrees(end);
      return message === undefined ? telling?.disagrees(end) : { message };
    },
  };
}

function happened(entry: Exclude<Entry, { kind: 'call' | 'end' }>, guest: GuestInstance, way: ReplayWay): void {
  const { instant = 0 } = entry.position;
  const now = guest.hasClock ? guest.instant : 0;
  if (entry.kind === 'edit') {
    const { memory: index, address, bytes } = entry;
    way.edit({ instant, apply: () => void guest.answer({ kind: 'writeMemory', index, address, bytes }) }, now);
  }
  if (entry.kind !== 'stop') return;
  const { kind, exhausted } = (entry.reason ?? {}) as Partial<Extract<StopReason, { kind: 'limit' }>>;
  if (kind === 'limit' && exhausted?.kind === 'timeout')
    way.endAt(instant, { kind: 'exhausted', exhausted, frames: [] }, now);
}

function answeredImports(module: WebAssembly.Module, answers: Answers): Imports {
  const imports: Record<string, Record<string, unknown>> = {};
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    if (kind !== 'function') continue;
    imports[from] ??= {};
    imports[from][name] = answers.function(from, name);
  }
  return imports;
}

class RecordingOnDisk implements ByteSource {
  readonly #fd: number;
  #size = 0;

  constructor(file: string) {
    this.#fd = openSync(file, 'r');
  }

  get size(): number {
    this.#size = fstatSync(this.#fd).size;
    return this.#size;
  }

  read(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; ) {
      const count = readSync(this.#fd, bytes, at, length - at, offset + at);
      if (count === 0) throw new Error('The recording has become shorter while it was read.');
      at += count;
    }
    return bytes;
  }

  close(): void {
    closeSync(this.#fd);
  }
}
