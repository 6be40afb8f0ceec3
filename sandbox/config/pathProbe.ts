/**
 * What reading a configuration must ask the file system, handed in from outside so that this room runs in a browser
 * too. Paths are the host's own, absolute where they come out of `resolve`.
 */

export interface PathProbe {
  /** What is at an absolute path; undefined: nothing, or it cannot be seen. Follows symbolic links. */
  kind(path: string): 'file' | 'directory' | undefined;
  /** Absolute path of `path`, taken relative to `folder`. */
  resolve(folder: string, path: string): string;
  /** The folder that contains `path`; undefined at the root. */
  parent(path: string): string | undefined;
  /** Names in a folder, folders ending in `/`; empty when it cannot be read. May be cut short when there are very many. */
  entries(folder: string): readonly string[];
  /** Where a path leads when all links in it are followed; undefined: nowhere. Left out: not known. */
  real?(path: string): string | undefined;
}

/** Whether `path` is `folder` or lies in it. Both absolute, as `resolve` gives them. */
export function isInside(probe: PathProbe, path: string, folder: string): boolean {
  let current: string | undefined = path;
  for (let level = 0; current !== undefined && level < MOST_LEVELS; level++) {
    if (current === folder) return true;
    current = probe.parent(current);
  }
  return false;
}

/** Deeper folder trees are taken for endless ones. */
export const MOST_LEVELS = 1000;
