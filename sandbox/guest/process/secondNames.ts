/**
 * Second names of granted folders. Node's permission model (seen in 24.21) forgets a folder itself, though not what is in it,
 * when the name of another granted path goes on where its own ends: `data` beside `data2`. Under `/proc/self/root`, which is
 * the root again, the folder has a name that no other one continues.
 */

/** For the folders among these paths that would be forgotten: what to grant beside them. */
export function secondNames(paths: readonly string[]): readonly string[] {
  if (process.platform !== 'linux') return [];
  const names: string[] = [];
  for (const path of paths) {
    if (path.endsWith('*') || !paths.some((other) => continues(other, path))) continue;
    const free = namesOf(path).find((name) => !names.some((other) => continues(other, name) || continues(name, other)));
    if (free !== undefined) names.push(free);
  }
  return names;
}

/** The name under which a granted folder can be opened in this process. */
export function reachable(path: string): string {
  const { permission } = process;
  if (permission === undefined || permission.has('fs.read', path) || process.platform !== 'linux') return path;
  return namesOf(path).find((name) => permission.has('fs.read', name)) ?? path;
}

/** Each is two links longer, and a system follows forty of them. */
const MOST_NAMES = 15;

function namesOf(path: string): readonly string[] {
  return Array.from({ length: MOST_NAMES }, (_, index) => '/proc/self/root'.repeat(index + 1) + path);
}

function continues(longer: string, name: string): boolean {
  return longer.length > name.length && longer.startsWith(name) && longer[name.length] !== '/';
}
