/** The name somebody probably meant. */

/** Of the candidates the one closest to what was typed, if it is close enough to be a slip. */
export function closestName(typed: string, candidates: Iterable<string>): string | undefined {
  const allowed = typed.length < 4 ? 1 : 2;
  let best: { readonly name: string; readonly distance: number } | undefined;
  for (const name of candidates) {
    if (name === typed || Math.abs(name.length - typed.length) > allowed) continue;
    const distance = name.toLowerCase() === typed.toLowerCase() ? 0 : editDistance(typed, name);
    if (distance <= allowed && distance < Math.min(typed.length, best?.distance ?? allowed + 1))
      best = { name, distance };
  }
  return best?.name;
}

/** Levenshtein: insertions, deletions and replacements of single characters. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let line = 1; line <= from.length; line++) {
    const next = [line];
    for (let column = 1; column <= to.length; column++) {
      const same = from[line - 1] === to[column - 1];
      const replaced = (row[column - 1] ?? 0) + (same ? 0 : 1);
      next.push(Math.min(replaced, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
