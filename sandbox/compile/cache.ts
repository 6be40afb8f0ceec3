/**
 * Compiled artifacts on disk, so that unchanged sources are not compiled again. An entry is one file, found by
 * a hash of everything known before compiling, and valid while every file the compiler read still has the
 * content it had. A broken entry counts as absent.
 *
 * Layout of an entry: 8 bytes of magic, SHA-256 of all that follows, length of the JSON (u32, little-endian),
 * the JSON, the module.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Artifact, Diagnostic } from './artifact.ts';
import { readRegularFile } from './regularFile.ts';

const magic = Buffer.from('WSBUILD1');
const headerSize = magic.length + 32 + 4;
const maximumBytes = 200 * 1024 * 1024;
/** Bumped when the arguments that we give compilers, or what we make of their output, change. */
const formatVersion = 3;

/** A file that went into a compilation, or was looked for and missing (`undefined`). */
export interface Dependency {
  readonly path: string;
  readonly sha256: string | undefined;
}

export interface CacheEntry {
  readonly artifact: Artifact;
  readonly diagnostics: readonly Diagnostic[];
  readonly dependencies: readonly Dependency[];
}

/** Where the cache is when the request does not say. */
export function defaultCacheFolder(): string {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (XDG_CACHE_HOME) return path.join(XDG_CACHE_HOME, 'wasm-sandbox');
  if (process.platform === 'win32' && LOCALAPPDATA) return path.join(LOCALAPPDATA, 'wasm-sandbox', 'Cache');
  if (process.platform === 'darwin') return path.join(os.homedir(), 'Library', 'Caches', 'wasm-sandbox');
  return path.join(os.homedir(), '.cache', 'wasm-sandbox');
}

/** The name of an entry: a hash of what is known before compiling. */
export function cacheKey(parts: readonly unknown[]): string {
  return createHash('sha256')
    .update(JSON.stringify([formatVersion, ...parts]))
    .digest('hex');
}

export function contentHash(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

export async function readEntry(folder: string, key: string): Promise<CacheEntry | undefined> {
  const file = entryPath(folder, key);
  try {
    const entry = decodeEntry(await readFile(file));
    if (entry === undefined || !(await stillValid(entry.dependencies))) return undefined;
    const now = new Date();
    utimes(file, now, now).catch(() => undefined);
    return entry;
  } catch {
    return undefined;
  }
}

/** Never fails: a compilation is worth its result even where nothing can be kept. */
export async function writeEntry(folder: string, key: string, entry: CacheEntry): Promise<void> {
  const temporary = path.join(folder, `${key}.${process.pid}.${randomUUID()}.tmp`);
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(temporary, encodeEntry(entry));
    await rename(temporary, entryPath(folder, key));
    await prune(folder, maximumBytes);
  } catch {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

/** Removes the entries unused for longest until the rest fits in `limit` bytes. */
export async function prune(folder: string, limit: number): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.build') || name.endsWith('.tmp'));
  const files = await Promise.all(
    names.map(async (name) => {
      const file = path.join(folder, name);
      const found = await stat(file).catch(() => undefined);
      return { file, size: found?.size ?? 0, used: found?.mtimeMs ?? 0 };
    }),
  );
  files.sort((a, b) => b.used - a.used);
  let total = 0;
  for (const { file, size } of files) {
    total += size;
    if (total > limit) await rm(file, { force: true });
  }
}

function entryPath(folder: string, key: string): string {
  return path.join(folder, `${key}.build`);
}

function encodeEntry(entry: CacheEntry): Buffer {
  const { wasm, ...artifact } = entry.artifact;
  const json = Buffer.from(JSON.stringify({ ...entry, artifact }));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  const body = Buffer.concat([length, json, wasm]);
  return Buffer.concat([magic, createHash('sha256').update(body).digest(), body]);
}

function decodeEntry(bytes: Buffer): CacheEntry | undefined {
  if (bytes.length < headerSize || !bytes.subarray(0, magic.length).equals(magic)) return undefined;
  const body = bytes.subarray(magic.length + 32);
  const expected = bytes.subarray(magic.length, magic.length + 32);
  if (!createHash('sha256').update(body).digest().equals(expected)) return undefined;
  const jsonEnd = 4 + body.readUInt32LE(0);
  const entry = JSON.parse(body.toString('utf8', 4, jsonEnd)) as CacheEntry;
  const wasm = new Uint8Array(body.subarray(jsonEnd));
  return { ...entry, artifact: { ...entry.artifact, wasm } };
}

async function stillValid(dependencies: readonly Dependency[]): Promise<boolean> {
  const checks = await Promise.all(
    dependencies.map(async ({ path: file, sha256 }) => {
      const content = await readRegularFile(file);
      return (content === undefined ? undefined : contentHash(content)) === sha256;
    }),
  );
  return checks.every(Boolean);
}
