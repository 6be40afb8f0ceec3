/** The file that a run is recorded into. It may hold whatever the program has read, so it is for its owner only. */
import { createHash } from 'node:crypto';
import { closeSync, fchmodSync, fstatSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { End, GuestOptions, Usage } from '../guest/protocol.ts';
import { MAGIC, type RecordingHeader, type Redaction } from '../recording/format.ts';
import { endBlock, partBlocks, recordingStart } from '../recording/recordingWriter.ts';
import { ConfigurationError } from './errors.ts';
import { productVersion } from './productVersion.ts';
import type { Program } from './program.ts';
import { recordedParts } from './recordedParts.ts';

const OWNER_ONLY = 0o600;

/** What to record, and where. */
export interface RecordRequest {
  readonly file: string;
  readonly redact: readonly Redaction[];
  readonly program: Program;
  readonly buildArgs: readonly string[];
  /** Absolute path of the folder with the `sandbox.json`: sources below it are the user's own. */
  readonly folder: string;
}

export class RecordingFile {
  readonly #path: string;
  readonly #fd: number;
  /** Of the log. */
  #nextBlock = 1;

  /** @throws {ConfigurationError} it cannot be written */
  static async create(request: RecordRequest, guest: GuestOptions): Promise<RecordingFile> {
    const parts = await recordedParts(request);
    const file = new RecordingFile(request.file);
    file.#write(recordingStart({ ...header(request, guest), parts: parts.map(({ part }) => part) }));
    for (const block of partBlocks(parts.map(({ bytes }) => bytes))) file.#write(block);
    return file;
  }

  private constructor(file: string) {
    this.#path = path.resolve(file);
    this.#guarded(() => refuseOthers(this.#path));
    this.#fd = this.#guarded(() => openSync(this.#path, 'w', OWNER_ONLY));
    // It may have been there before, and open to everybody.
    this.#guarded(() => fstatSync(this.#fd).isFile() && fchmodSync(this.#fd, OWNER_ONLY));
  }

  /** A block of the log. Waits for the disk, so that blocks do not pile up in memory. */
  add(block: Uint8Array): void {
    this.#nextBlock++;
    this.#write(block);
  }

  /** What ends a run from outside may leave it no time to say so itself. */
  end(end: End, usage: Usage): void {
    if (end.kind === 'exited' || end.kind === 'trapped') return;
    this.#write(endBlock({ end, usage }, this.#nextBlock));
  }

  close(): void {
    closeSync(this.#fd);
  }

  #write(bytes: Uint8Array): void {
    this.#guarded(() => {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd, bytes, at);
    });
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

/** A slip must not cost the program its source. */
function refuseOthers(file: string): void {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (!stat?.isFile() || stat.size === 0) return;
  const fd = openSync(file, 'r');
  const start = new Uint8Array(MAGIC.length);
  readSync(fd, start);
  closeSync(fd);
  if (Buffer.compare(start, MAGIC) !== 0) throw new Error('there is another file of that name, which is no recording.');
}

function header({ program, buildArgs, redact }: RecordRequest, guest: GuestOptions): RecordingHeader {
  const { artifact, file } = program;
  const { wasm, language } = artifact;
  return {
    module: {
      name: path.basename(file),
      sha256: createHash('sha256').update(wasm).digest('hex'),
      bytes: wasm.length,
    },
    file,
    build: {
      language,
      version: productVersion(),
      toolchain: guest.config.toolchain,
      arguments: buildArgs,
      exports: guest.entry.kind === 'call' && language !== 'wasm' ? [guest.entry.function] : [],
    },
    engine: { node: process.version, v8: process.versions.v8, architecture: process.arch },
    config: guest.config,
    entry: entryOf(guest),
    args: guest.args,
    env: Object.keys(guest.env),
    redacted: redact,
    recordedAt: Date.now(),
  };
}

/** JSON has no NaN, no infinities and no negative zero; as text they are arguments too. */
function entryOf({ entry }: GuestOptions): GuestOptions['entry'] {
  if (entry.kind === 'command') return entry;
  const plain = (argument: number | string) => {
    if (typeof argument === 'string' || (Number.isFinite(argument) && !Object.is(argument, -0))) return argument;
    return Object.is(argument, -0) ? '-0' : String(argument);
  };
  return { ...entry, arguments: entry.arguments.map(plain) };
}
