/**
 * The recording of the run that is being debugged: a file of the session's own, which holds whatever the program has read,
 * so it is for its owner only and gone when the session is.
 */
import { createHash } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { GuestOptions } from '../guest/protocol.ts';
import type { RecordingHeader } from '../recording/format.ts';
import { recordingStart } from '../recording/recordingWriter.ts';
import type { Program } from './program.ts';

const OWNER_ONLY = 0o600;
/** Bytes. A program that reads without end must not fill the disk. */
const MOST = 8 * 2 ** 30;

export class LiveRecording {
  readonly file: string;
  readonly #folder: string;
  readonly #remove = () => rmSync(this.#folder, { recursive: true, force: true });
  #fd: number | undefined;
  #size = 0;

  /** @throws {Error} there is no room for it */
  constructor(program: Program, guest: GuestOptions) {
    this.#folder = mkdtempSync(path.join(tmpdir(), 'wasm-sandbox-run-'));
    process.once('exit', this.#remove);
    this.file = path.join(this.#folder, 'run.wsrec');
    this.#fd = openSync(this.file, 'wx', OWNER_ONLY);
    this.add(recordingStart(headerOf(program, guest)));
  }

  /** @throws {Error} a sentence: it cannot be kept any longer */
  add(block: Uint8Array): void {
    if (this.#fd === undefined) return;
    this.#size += block.length;
    if (this.#size > MOST) throw new Error(`it is larger than ${MOST / 2 ** 30} GB`);
    for (let at = 0; at < block.length; ) at += writeSync(this.#fd, block, at);
  }

  /** Safe at any time, and more than once. */
  remove(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
    process.off('exit', this.#remove);
    this.#remove();
  }
}

function headerOf({ artifact }: Program, guest: GuestOptions): RecordingHeader {
  return {
    module: {
      name: path.basename(artifact.sources[0] ?? 'program.wasm'),
      sha256: createHash('sha256').update(artifact.wasm).digest('hex'),
      bytes: artifact.wasm.length,
    },
    engine: { node: process.version, v8: process.versions.v8, architecture: process.arch },
    config: guest.config,
    entry: guest.entry,
    args: guest.args,
    env: Object.keys(guest.env),
    recordedAt: Date.now(),
  };
}
