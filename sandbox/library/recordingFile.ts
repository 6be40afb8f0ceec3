/** The file that a run is recorded into. It may hold whatever the program has read, so it is for its owner only. */
import { createHash } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { GuestOptions } from '../guest/protocol.ts';
import type { RecordingHeader } from '../recording/format.ts';
import { recordingStart } from '../recording/recordingWriter.ts';
import { ConfigurationError } from './errors.ts';

const OWNER_ONLY = 0o600;

export class RecordingFile {
  readonly #path: string;
  readonly #fd: number;

  /** @throws {ConfigurationError} it cannot be written */
  constructor(file: string, header: RecordingHeader) {
    this.#path = path.resolve(file);
    this.#fd = this.#guarded(() => openSync(this.#path, 'w', OWNER_ONLY));
    this.add(recordingStart(header));
  }

  /** Waits for the disk, so that blocks do not pile up in memory. */
  add(block: Uint8Array): void {
    this.#guarded(() => {
      for (let at = 0; at < block.length; ) at += writeSync(this.#fd, block, at);
    });
  }

  close(): void {
    closeSync(this.#fd);
  }

  #guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new ConfigurationError(`The recording ${this.#path} cannot be written: ${reason}`);
    }
  }
}

/** `file`: the program's; `wasm`: as it was compiled. */
export function recordingHeader(file: string, wasm: Uint8Array, guest: GuestOptions): RecordingHeader {
  const sha256 = createHash('sha256').update(wasm).digest('hex');
  return {
    module: { name: path.basename(file), sha256, bytes: wasm.length },
    engine: { node: process.version, v8: process.versions.v8, architecture: process.arch },
    config: guest.config,
    entry: guest.entry,
    args: guest.args,
    env: Object.keys(guest.env),
    recordedAt: Date.now(),
  };
}
