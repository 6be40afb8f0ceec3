/**
 * Where the programs of our child processes and the packages of the compilers are on disk. Run from source, a
 * child is the `.ts` file beside this one; built, it is an `.mjs` beside the bundle this file ended up in.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export type EntryName = 'clangChild' | 'assemblyscriptChild';

/** Absolute path of the file to start as a child process. */
export function entryFile(name: EntryName): string {
  const here = fileURLToPath(import.meta.url);
  return path.join(path.dirname(here), here.endsWith('.ts') ? `${name}.ts` : `${name}.mjs`);
}

/** Folder of an installed package, looked for in `node_modules` upwards; undefined when it is not installed. */
export function packageFolder(name: string): string | undefined {
  let folder = path.dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const candidate = path.join(folder, 'node_modules', name);
    if (existsSync(path.join(candidate, 'package.json'))) return candidate;
    const parent = path.dirname(folder);
    if (parent === folder) return undefined;
    folder = parent;
  }
}

/** Version of an installed package; undefined when it is missing or unreadable. */
export function packageVersion(name: string): string | undefined {
  const folder = packageFolder(name);
  if (folder === undefined) return undefined;
  try {
    const manifest: unknown = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
    if (typeof manifest !== 'object' || manifest === null || !('version' in manifest)) return undefined;
    return String(manifest.version);
  } catch {
    return undefined;
  }
}
