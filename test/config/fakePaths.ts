/** A file system made of a list of paths, for tests of the configuration: folders end in `/`. */
import path from 'node:path/posix';
import type { PathProbe } from '../../sandbox/config/pathProbe.ts';

export function fakePaths(...present: readonly string[]): PathProbe {
  const all = new Set<string>(['/']);
  for (const entry of present) {
    let folder = path.dirname(entry);
    all.add(entry);
    while (folder !== '/') {
      all.add(`${folder}/`);
      folder = path.dirname(folder);
    }
  }
  return {
    kind: (file) =>
      all.has(file) && file !== '/' ? 'file' : all.has(`${file}/`) || file === '/' ? 'directory' : undefined,
    resolve: (folder, file) => path.resolve(folder, file),
    parent: (file) => (file === '/' ? undefined : path.dirname(file)),
    entries: (folder) =>
      [...all]
        .filter((entry) => path.dirname(entry) === folder && entry !== '/')
        .map((entry) => entry.slice(folder.length).replace(/^\//, '')),
  };
}
