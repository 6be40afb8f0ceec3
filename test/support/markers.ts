/** Places in sources by their markers: a comment `@bp name` marks its line, so that tests hold when lines move. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');

/** Absolute path of a file of the repository. */
export function repositoryFile(path: string): string {
  return join(root, path);
}

/** 1-based line of the marker `@bp name` in a file. */
export function markedLine(file: string, name: string): number {
  const lines = readFileSync(file, 'utf8').split('\n');
  const index = lines.findIndex((line) => new RegExp(`@bp ${name}\\b`).test(line));
  if (index < 0) throw new Error(`${file} has no marker "@bp ${name}"`);
  return index + 1;
}
