/**
 * Reads files that a program names. A device or a pipe may never end, so only regular files of a sensible size
 * are read; anything else counts as missing.
 */
import { readFileSync, statSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';

const maximumBytes = 256 * 1024 * 1024;

export async function readRegularFile(file: string): Promise<Buffer | undefined> {
  try {
    const found = await stat(file);
    return found.isFile() && found.size <= maximumBytes ? await readFile(file) : undefined;
  } catch {
    return undefined;
  }
}

export function readRegularTextSync(file: string): string | undefined {
  try {
    const found = statSync(file);
    return found.isFile() && found.size <= maximumBytes ? readFileSync(file, 'utf8') : undefined;
  } catch {
    return undefined;
  }
}
