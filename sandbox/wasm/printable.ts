/**
 * Text that a module or a program has chosen (names, paths), made safe to print among our own: nothing in it moves a
 * terminal's cursor, starts a line, or turns the reading direction around.
 */

/** C0 and C1 controls with the delete character; line and paragraph separators; marks, embeddings and isolates of direction. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones to find
const UNPRINTABLE = /[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** One line. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, escaped);
}

/** Characters. Whoever made a longer name did so to hide something, or to fill a screen. */
const LONGEST_NAME = 1000;

/** One line that has an end. */
export function printableName(name: string, longest = LONGEST_NAME): string {
  return printable(name.length > longest ? `${name.slice(0, longest)}…` : name);
}

/** Lines of our own, with what they tell about. */
export function printableLines(text: string): string {
  return text.replace(UNPRINTABLE, (character) =>
    character === '\n' || character === '\t' ? character : escaped(character),
  );
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
