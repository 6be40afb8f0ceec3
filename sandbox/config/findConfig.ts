/** Which `sandbox.json` holds for a program: the nearest one, looking upwards from the program's folder. */
import { MOST_LEVELS, type PathProbe } from './pathProbe.ts';

export const CONFIG_FILE_NAME = 'sandbox.json';

/** Absolute path of the nearest `sandbox.json` for an absolute path of a file, or undefined. */
export function findConfig(startFile: string, probe: PathProbe): string | undefined {
  let folder = probe.parent(startFile);
  for (let level = 0; folder !== undefined && level < MOST_LEVELS; level++) {
    const candidate = probe.resolve(folder, CONFIG_FILE_NAME);
    if (probe.kind(candidate) === 'file') return candidate;
    folder = probe.parent(folder);
  }
  return undefined;
}
