/** The message of a logpoint: text, and expressions in braces. `\{` and `\}` are braces of the text. */

export type LogPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'expression'; readonly expression: string };

/** A brace without its partner is text. */
export function logParts(message: string): readonly LogPart[] {
  const parts: LogPart[] = [];
  let text = '';
  let end = 0;
  for (const match of message.matchAll(/\\([{}])|\{([^{}]+)\}/g)) {
    const [whole, brace, expression] = match;
    text += message.slice(end, match.index) + (brace ?? '');
    end = match.index + whole.length;
    if (expression === undefined) continue;
    parts.push({ kind: 'text', text }, { kind: 'expression', expression });
    text = '';
  }
  return [...parts, { kind: 'text' as const, text: text + message.slice(end) }].filter(
    (part) => part.kind === 'expression' || part.text !== '',
  );
}
