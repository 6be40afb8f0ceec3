/**
 * Expressions as tokens. The three syntaxes share operators and numbers; they differ in what a name is: C names may
 * hold `::`, text-format names start with `$` and may hold nearly anything.
 */
import type { Syntax } from '../model.ts';
import { EvaluationError } from './error.ts';

export type Token =
  | { readonly kind: 'name'; readonly position: number; readonly text: string }
  | {
      readonly kind: 'integer';
      readonly position: number;
      readonly text: string;
      readonly value: bigint;
      readonly suffix: string;
    }
  | {
      readonly kind: 'float';
      readonly position: number;
      readonly text: string;
      readonly value: number;
      readonly single: boolean;
    }
  | { readonly kind: 'character'; readonly position: number; readonly text: string; readonly value: number }
  | { readonly kind: 'string'; readonly position: number; readonly text: string; readonly value: string }
  | { readonly kind: 'operator'; readonly position: number; readonly text: string }
  | { readonly kind: 'end'; readonly position: number; readonly text: '' };

/** Longer than anybody types; a parser is recursive. */
const longestExpression = 4000;

export function tokenize(expression: string, syntax: Syntax, names: () => Iterable<string>): readonly Token[] {
  if (expression.length > longestExpression) {
    throw new EvaluationError(`The expression is longer than ${longestExpression} characters.`, longestExpression);
  }
  const tokens: Token[] = [];
  let position = skipSpace(expression, 0);
  while (position < expression.length) {
    const token =
      tupleMember(expression, position, tokens.at(-1)) ?? nextToken(expression, position, { syntax, names });
    tokens.push(token);
    position = skipSpace(expression, position + token.text.length);
  }
  return [...tokens, { kind: 'end', position: expression.length, text: '' }];
}

interface Names {
  readonly syntax: Syntax;
  readonly names: () => Iterable<string>;
}

const float = /(?:\d+\.\d*|\.\d+)(?:[eE][-+]?\d+)?([fFlL]?)|\d+[eE][-+]?\d+([fFlL]?)|\d+(f)\b/y;
const integer = /(0[xX][\da-fA-F][\da-fA-F'_]*|0[bB][01][01'_]*|0[oO][0-7][0-7'_]*|\d[\d'_]*)([uUlL]*)/y;
const quotedText = /"(?:\\[\s\S]|[^"\\])*"|'(?:\\[\s\S]|[^'\\])*'|`(?:\\[\s\S]|[^`\\])*`/y;
const cName =
  /[\p{ID_Start}_$][\p{ID_Continue}$]*(?:::~?[\p{ID_Start}_][\p{ID_Continue}]*)*|::[\p{ID_Start}_][\p{ID_Continue}]*/uy;
const scriptName = /[\p{ID_Start}_$][\p{ID_Continue}$]*/uy;
const textName = /[A-Za-z_$][\w$.]*/y;
/** Every character the text format allows in an identifier. */
const wholeTextName = /\$[\w!#$%&'*+./:<=>?@\\^`|~-]+/y;
const operator =
  /@|===|!==|>>>=?|<<=|>>=|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||\?\?|[-+*/%&|^]=|[-+*/%&|^~!<>()[\]{}.?:,=;]/y;

function nextToken(text: string, position: number, context: Names): Token {
  return (
    nameAt(text, position, context) ??
    floatAt(text, position) ??
    integerAt(text, position) ??
    quotedAt(text, position, context.syntax) ??
    operatorAt(text, position) ??
    fail(text, position)
  );
}

/** In `pair.0.1` the points are no decimal points. */
function tupleMember(text: string, position: number, previous: Token | undefined): Token | undefined {
  const digits = /\d+/y;
  if (previous?.text === '.' || previous?.text === '->') {
    const found = match(digits, text, position);
    return found && { kind: 'integer', position, text: found[0], value: BigInt(found[0]), suffix: '' };
  }
  const isObject = previous?.kind === 'name' || previous?.kind === 'integer' || /^[)\]]$/.test(previous?.text ?? '');
  return isObject && text[position] === '.' ? { kind: 'operator', position, text: '.' } : undefined;
}

function nameAt(text: string, position: number, { syntax, names }: Names): Token | undefined {
  if (syntax === 'wat') {
    const whole = match(wholeTextName, text, position)?.[0];
    if (whole) {
      let longest = '';
      for (const name of names()) if (name.length > longest.length && whole.startsWith(name)) longest = name;
      if (longest) return { kind: 'name', position, text: longest };
    }
  }
  const found = match(syntax === 'c' ? cName : syntax === 'wat' ? textName : scriptName, text, position);
  return found && { kind: 'name', position, text: found[0] };
}

function floatAt(text: string, position: number): Token | undefined {
  const found = match(float, text, position);
  if (!found || /^0[xX]/.test(text.slice(position, position + 2))) return undefined;
  const suffix = (found[1] ?? found[2] ?? found[3] ?? '').toLowerCase();
  return { kind: 'float', position, text: found[0], value: Number.parseFloat(found[0]), single: suffix === 'f' };
}

function integerAt(text: string, position: number): Token | undefined {
  const found = match(integer, text, position);
  if (!found) return undefined;
  const digits = (found[1] ?? '').replaceAll(/['_]/g, '');
  const octal = /^0\d+$/.test(digits);
  if (octal && /[89]/.test(digits)) throw new EvaluationError(`${digits} is not an octal number.`, position);
  const value = BigInt(octal ? `0o${digits.slice(1)}` : digits);
  const suffix = (found[2] ?? '').toLowerCase();
  return { kind: 'integer', position, text: found[0], value, suffix };
}

function quotedAt(text: string, position: number, syntax: Syntax): Token | undefined {
  const found = match(quotedText, text, position);
  if (!found) {
    if (/["'`]/.test(text[position] ?? '')) throw new EvaluationError('The text has no closing quote.', position);
    return undefined;
  }
  const [quoted] = found;
  const value = unescapeText(quoted.slice(1, -1), position);
  if (!quoted.startsWith("'") || syntax === 'assemblyscript') return { kind: 'string', position, text: quoted, value };
  const codePoint = value.codePointAt(0);
  if (codePoint === undefined || [...value].length !== 1) {
    throw new EvaluationError(`${quoted} is not a single character. Write text between double quotes.`, position);
  }
  return { kind: 'character', position, text: quoted, value: codePoint };
}

function operatorAt(text: string, position: number): Token | undefined {
  const found = match(operator, text, position);
  return found && { kind: 'operator', position, text: found[0] };
}

function fail(text: string, position: number): never {
  const character = String.fromCodePoint(text.codePointAt(position) ?? 0);
  throw new EvaluationError(`${character} cannot stand in an expression.`, position);
}

const simpleEscapes: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
};

function unescapeText(text: string, position: number): string {
  return text.replace(
    /\\(?:x([\da-fA-F]{1,2})|u\{([\da-fA-F]{1,6})\}|u([\da-fA-F]{4})|([0-7]{1,3})|([\s\S]))/g,
    (_, byte?: string, braced?: string, unit?: string, octal?: string, simple?: string) => {
      if (simple !== undefined) return simpleEscapes[simple] ?? simple;
      const code = octal === undefined ? Number.parseInt(byte ?? braced ?? unit ?? '0', 16) : Number.parseInt(octal, 8);
      if (code > 0x10ffff) throw new EvaluationError('There is no such character.', position);
      return String.fromCodePoint(code);
    },
  );
}

function match(pattern: RegExp, text: string, position: number): RegExpExecArray | undefined {
  pattern.lastIndex = position;
  return pattern.exec(text) ?? undefined;
}

function skipSpace(text: string, position: number): number {
  let at = position;
  while (/\s/.test(text[at] ?? '')) at++;
  return at;
}
