/**
 * What a recording holds beside the log, so that it can be run and debugged elsewhere: the module, its debug information,
 * and those sources that are the user's own. A module from somewhere else may name any file of this machine in its debug
 * information: what does not look like a source below the program's folder is not taken.
 */
import { readFileSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import type { DebugInformation } from '../compile/artifact.ts';
import type { RecordedPart } from '../recording/format.ts';
import type { RecordRequest } from './recordingFile.ts';

export interface PartToRecord {
  readonly part: RecordedPart;
  readonly bytes: Uint8Array;
}

/** Bytes of one source: what somebody wrote is a thousandth of it. */
const MOST_SOURCE = 8 << 20;
const SOURCE =
  /\.(c|h|cc|cpp|cxx|hh|hpp|hxx|inc|inl|m|rs|ts|js|as|wat|wast|zig|go|swift|kt|d|nim|cs|f90|grain|mbt|s)$/i;

export async function recordedParts(request: RecordRequest): Promise<readonly PartToRecord[]> {
  const { program, redact } = request;
  const { wasm, debug } = program.artifact;
  const parts: PartToRecord[] = [];
  if (!redact.includes('module')) {
    parts.push({ part: { kind: 'module', bytes: wasm.length }, bytes: wasm });
    const stored = debugPart(redact.includes('sources') ? withoutSources(debug) : debug);
    if (stored !== undefined) parts.push(stored);
  }
  if (!redact.includes('sources')) parts.push(...(await ownSources(request)));
  return parts;
}

/** Undefined: it is in the module. */
function debugPart(debug: DebugInformation): PartToRecord | undefined {
  if (debug.kind === 'dwarf' || debug.kind === 'none') return undefined;
  const bytes = new TextEncoder().encode(JSON.stringify(debug));
  return { part: { kind: 'debug', bytes: bytes.length }, bytes };
}

function withoutSources(debug: DebugInformation): DebugInformation {
  if (debug.kind === 'wat') return { ...debug, source: { ...debug.source, content: '' } };
  if (debug.kind !== 'assemblyscript') return debug;
  const { sourcesContent: _, ...map } = JSON.parse(debug.sourceMap) as Readonly<Record<string, unknown>>;
  return { ...debug, sourceMap: JSON.stringify(map) };
}

async function ownSources({ program, folder }: RecordRequest): Promise<readonly PartToRecord[]> {
  const roots = [path.dirname(program.file), folder].flatMap((root) => realPath(root) ?? []);
  const named = [...program.artifact.sources, ...(await program.stacks.ownSources())];
  return [...new Set(named.map((file) => path.resolve(file)))].flatMap((file) => {
    const bytes = ownSource(file, roots);
    return bytes === undefined ? [] : [{ part: { kind: 'source', path: file, bytes: bytes.length }, bytes }];
  });
}

/** Undefined: it is not there, or not to be taken. */
function ownSource(file: string, roots: readonly string[]): Uint8Array | undefined {
  const real = realPath(file);
  if (real === undefined || !SOURCE.test(real) || !roots.some((root) => isBelow(real, root))) return undefined;
  try {
    const stat = statSync(real);
    return stat.isFile() && stat.size <= MOST_SOURCE ? readFileSync(real) : undefined;
  } catch {
    return undefined;
  }
}

function realPath(file: string): string | undefined {
  try {
    return realpathSync(file);
  } catch {
    return undefined;
  }
}

function isBelow(file: string, folder: string): boolean {
  const relative = path.relative(folder, file);
  return relative !== '' && !relative.startsWith('..') && !path.isAbsolute(relative);
}
