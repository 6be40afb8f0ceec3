/**
 * What a recording says was run: the program as it was compiled, its sources as texts, how it was called and within which
 * limits. A recording may come from anywhere: every value is looked at, and nothing in it is ever a path to open.
 */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { Artifact, DebugInformation } from '../compile/artifact.ts';
import type { SandboxConfig } from '../config/config.ts';
import type { GuestOptions } from '../guest/protocol.ts';
import type { ByteSource } from '../recording/byteSource.ts';
import type { RecordedPart, RecordingHeader } from '../recording/format.ts';
import { openRecording, type Recording } from '../recording/reader.ts';

/** A file that is read piece by piece: it may be larger than memory. */
export class RecordedFile implements ByteSource {
  readonly size: number;
  readonly #fd: number;

  /** @throws {Error} it cannot be opened, or is no file */
  constructor(path: string) {
    this.#fd = openSync(path, 'r');
    const stat = fstatSync(this.#fd);
    if (!stat.isFile()) {
      this.close();
      throw new Error('it is not a file');
    }
    this.size = stat.size;
  }

  read(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; ) {
      const read = readSync(this.#fd, bytes, at, length - at, offset + at);
      if (read === 0) throw new Error('the file has become shorter while it was read');
      at += read;
    }
    return bytes;
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** @throws {RecordingError} what is no recording */
  open(): Recording {
    return openRecording(this);
  }
}

export interface RecordedSource {
  /** Where it was, absolute. */
  readonly path: string;
  readonly content: string;
}

/** Undefined: the recording holds no module, only what it is told by (`header.module.sha256`). */
export function recordedArtifact({ header, part }: Recording): Artifact | undefined {
  const { parts = [], build, file } = header;
  const module = parts.find(({ kind }) => kind === 'module');
  if (module === undefined) return undefined;
  const sources = parts.flatMap((each) => (each.kind === 'source' ? [each.path] : []));
  const language = build?.language ?? 'wasm';
  const own = sources.length > 0 || file === undefined || language === 'wasm' ? sources : [file];
  return { language, wasm: part(module), debug: debugOf(header, part), sources: own };
}

export function recordedSources({ header, part }: Recording): readonly RecordedSource[] {
  const decoder = new TextDecoder();
  return (header.parts ?? []).flatMap((each) =>
    each.kind === 'source' ? [{ path: each.path, content: decoder.decode(part(each)) }] : [],
  );
}

/** Whether these bytes are the module that was recorded. */
export function isRecordedModule({ module }: RecordingHeader, wasm: Uint8Array): boolean {
  return createHash('sha256').update(wasm).digest('hex') === module.sha256;
}

/** Debug information is for people: what is wrong with it must not keep the program from running. */
function debugOf({ parts = [], build }: RecordingHeader, part: (part: RecordedPart) => Uint8Array): DebugInformation {
  const stored = parts.find(({ kind }) => kind === 'debug');
  if (stored === undefined) return build?.language === 'c' || build?.language === 'wasm' ? { kind: 'dwarf' } : NONE;
  try {
    const debug = JSON.parse(new TextDecoder().decode(part(stored))) as DebugInformation;
    return isDebugInformation(debug) ? debug : NONE;
  } catch {
    return NONE;
  }
}

const NONE: DebugInformation = { kind: 'none' };

function isDebugInformation(debug: DebugInformation): boolean {
  if (debug?.kind === 'wat') {
    return (
      typeof debug.source?.path === 'string' && typeof debug.source.content === 'string' && Array.isArray(debug.lines)
    );
  }
  if (debug?.kind !== 'assemblyscript' || typeof debug.sourceMap !== 'string') return false;
  const { functions, classes, globals, enums } = debug.program ?? {};
  return [functions, classes, globals, enums].every(Array.isArray);
}

/** The limits of the recorded run, and nothing granted. */
export function recordedConfig({ config }: RecordingHeader): SandboxConfig {
  const recorded = config as { readonly [name in keyof SandboxConfig]?: unknown };
  return {
    memory: limit(recorded.memory),
    timeout: limit(recorded.timeout),
    fuel: limit(recorded.fuel),
    maxCallDepth: limit(recorded.maxCallDepth),
    maxOutput: limit(recorded.maxOutput),
    filesystem: {
      read: [],
      write: [],
      temp: false,
      overlay: false,
      maxFileSize: 0,
      maxTotalWritten: 0,
      maxOpenFiles: 0,
    },
    network: { allow: [], listen: [], maxConnections: 0, maxResponseSize: 0, timeout: 0 },
    env: [],
    clock: 'frozen',
    random: 0,
    wasi: 'builtin',
    sources: [],
    toolchain: 'embedded',
  };
}

/** JSON has no Infinity. */
function limit(value: unknown): number {
  return typeof value === 'number' && value >= 0 ? value : Number.POSITIVE_INFINITY;
}

/** undefined: the header does not say how the program was called. */
export function recordedEntry({ entry }: RecordingHeader): GuestOptions['entry'] | undefined {
  const { kind, ...call } = entry as Readonly<Record<string, unknown>>;
  if (kind === 'command') return { kind };
  const { function: name, arguments: given, initialize } = call;
  if (kind !== 'call' || typeof name !== 'string' || !Array.isArray(given) || !given.every(isArgument))
    return undefined;
  if (initialize === undefined) return { kind, function: name, arguments: given };
  return typeof initialize === 'string' ? { kind, function: name, arguments: given, initialize } : undefined;
}

function isArgument(value: unknown): value is number | string {
  return typeof value === 'number' || typeof value === 'string';
}

/** How another engine differs from this one: a sentence, or undefined. */
export function engineDifference({ engine }: RecordingHeader): string | undefined {
  const { architecture, v8 } = engine;
  const here = { architecture: process.arch, v8: process.versions.v8 };
  if (architecture === here.architecture && v8 === here.v8) return undefined;
  return `It was recorded on ${architecture} with V8 ${v8}, and this is ${here.architecture} with V8 ${here.v8}: what a program computes with NaNs, and when a stack overflows that no limit bounds, may differ here.`;
}
