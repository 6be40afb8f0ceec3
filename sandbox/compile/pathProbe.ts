/**
 * The file system as those who read a `sandbox.json` ask it (`PathProbe` in the config room, which may not touch
 * the file system itself). Here because the adapter, the language server and the command line all may import this room.
 */
import { readdirSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';

/** Answers from the real file system, at the moment of asking. */
export const hostPaths = {
  kind(file: string): 'file' | 'directory' | undefined {
    try {
      const stats = statSync(file, { throwIfNoEntry: false });
      return stats === undefined ? undefined : stats.isDirectory() ? 'directory' : 'file';
    } catch {
      return undefined;
    }
  },

  resolve(folder: string, file: string): string {
    return path.resolve(folder, file);
  },

  parent(file: string): string | undefined {
    const folder = path.dirname(file);
    return folder === file ? undefined : folder;
  },

  entries(folder: string): readonly string[] {
    try {
      const entries = readdirSync(folder, { withFileTypes: true }).slice(0, MOST_ENTRIES);
      return entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name));
    } catch {
      return [];
    }
  },

  real(file: string): string | undefined {
    try {
      return realpathSync.native(file);
    } catch {
      return undefined;
    }
  },
} as const;

/** Names are for suggestions: a folder with more is not worth searching through. */
const MOST_ENTRIES = 2000;
