/**
 * How much memory the programs beside a `sandbox.json` need: of all `.wasm` files in its folder the one that needs
 * least, since any of them may be the one that is run. Files are read again only when they have changed.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { readModule } from '../sandbox/wasm/module.ts';

const PAGE = 65536;
/** What is looked at while somebody types: files, and bytes of one. */
const MOST_MODULES = 16;
const LARGEST_MODULE = 32 * 1024 * 1024;

const known = new Map<string, { readonly stamp: string; readonly bytes: number | undefined }>();

/** Bytes; undefined when no module that can be read is there. */
export function smallestMemory(folder: string): number | undefined {
  const sizes = modulesIn(folder).map((file) => minimumMemory(path.join(folder, file)));
  const found = sizes.filter((size) => size !== undefined);
  return found.length === 0 ? undefined : Math.min(...found);
}

function modulesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.wasm'))
      .slice(0, MOST_MODULES);
  } catch {
    return [];
  }
}

function minimumMemory(file: string): number | undefined {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (!stats?.isFile() || stats.size > LARGEST_MODULE) return undefined;
  const stamp = `${stats.size} ${stats.mtimeMs}`;
  const before = known.get(file);
  if (before?.stamp === stamp) return before.bytes;
  const bytes = readMinimum(file);
  known.set(file, { stamp, bytes });
  return bytes;
}

function readMinimum(file: string): number | undefined {
  try {
    const { memories } = readModule(readFileSync(file));
    return memories.reduce((total, memory) => total + memory.minimum * PAGE, 0);
  } catch {
    return undefined; // no module, or half-written: the compiler's business
  }
}
