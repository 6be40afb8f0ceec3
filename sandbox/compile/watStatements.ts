/**
 * Finds the statements of a WebAssembly text module: every flat instruction and every folded expression that
 * stands in an instruction sequence. Operands inside a folded expression are part of its statement; the bodies
 * of blocks, loops, ifs and tries are sequences of their own, wherever they stand.
 */

/** Where a statement starts: index into the text (UTF-16 units), line and column, 0-based. */
export interface Statement {
  readonly index: number;
  readonly line: number;
  readonly column: number;
}

export function findStatements(text: string): Statement[] {
  const statements: Statement[] = [];
  const enclosing: Context[] = ['module'];
  for (const token of tokens(text)) {
    const context = enclosing.at(-1) ?? 'module';
    if (token.kind === 'open') {
      const inner = contextOf(token.head, context);
      if (context === 'sequence' && inner !== 'other') statements.push(token.at);
      enclosing.push(inner);
    } else if (token.kind === 'close') {
      if (enclosing.length > 1) enclosing.pop();
    } else if (context === 'sequence' && isInstruction(token.text)) {
      statements.push(token.at);
    }
  }
  return statements;
}

/** How deep blocks and folded instructions lie in each other, at most; `if` and its arms are one level. */
export function deepestNesting(text: string): number {
  const opened: number[] = [];
  let depth = 0;
  let deepest = 0;
  for (const token of tokens(text)) {
    if (token.kind === 'open') {
      opened.push(depth);
      if (!arms.has(token.head)) depth++;
    } else if (token.kind === 'close') depth = opened.pop() ?? 0;
    else if (blocks.has(token.text)) depth++;
    else if (token.text === 'end' || token.text === 'delegate') depth = Math.max(opened.at(-1) ?? 0, depth - 1);
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

const arms = new Set(['then', 'else', 'do', 'catch', 'catch_all']);
const blocks = new Set(['block', 'loop', 'if', 'try', 'try_table']);

/**
 * What a parenthesis holds: module fields, an instruction sequence, the arms of a folded `if` or `try`, the
 * operands of a folded instruction, or nothing of interest.
 */
type Context = 'module' | 'sequence' | 'if' | 'try' | 'operands' | 'other';

type Token =
  | { readonly kind: 'open'; readonly head: string; readonly at: Statement }
  | { readonly kind: 'close' }
  | { readonly kind: 'word'; readonly text: string; readonly at: Statement };

/** Parenthesised heads that stand among instructions without being one. */
const immediateHeads = new Set(
  'export import type param result local ref exact memory table catch catch_ref catch_all catch_all_ref on'.split(' '),
);

/** Instructions whose name has no dot. */
const plainInstructions = new Set(
  (
    'unreachable nop block loop if try try_table throw throw_ref rethrow br br_if br_table return return_call ' +
    'return_call_indirect return_call_ref call call_indirect call_ref drop select'
  ).split(' '),
);

function contextOf(head: string, context: Context): Context {
  switch (context) {
    case 'module':
      if (head === 'module') return 'module';
      return head === 'func' ? 'sequence' : 'other';
    case 'if':
      return head === 'then' || head === 'else' ? 'sequence' : foldedContext(head);
    case 'try':
      return head === 'do' || head.startsWith('catch') ? 'sequence' : 'other';
    case 'sequence':
    case 'operands':
      return foldedContext(head);
    case 'other':
      return 'other';
  }
}

function foldedContext(head: string): Context {
  if (head === 'block' || head === 'loop' || head === 'try_table') return 'sequence';
  if (head === 'if' || head === 'try') return head;
  return immediateHeads.has(head) || !isInstruction(head) ? 'other' : 'operands';
}

/** Numbers start with a digit or sign, names with `$`; `offset=` and `align=` are immediates. */
function isInstruction(word: string): boolean {
  if (!/^[a-z]/.test(word) || word.includes('=')) return false;
  return word.includes('.') || plainInstructions.has(word) || word.startsWith('br_on_');
}

/** White space and comments, strings, parentheses, words (WebAssembly specification §6.3). */
const lexeme = /[ \t]+|\r?\n|;;[^\n\r]*|\(;|"(?:[^"\\\n]|\\.)*"?|\(@|\(|\)|[^\s()";]+|./gsuy;

function* tokens(text: string): Generator<Token> {
  let line = 0;
  let lineStart = 0;
  let index = 0;
  const advanceOver = (piece: string): void => {
    for (let newline = piece.indexOf('\n'); newline >= 0; newline = piece.indexOf('\n', newline + 1)) {
      line++;
      lineStart = index + newline + 1;
    }
    index += piece.length;
  };
  while (index < text.length) {
    lexeme.lastIndex = index;
    const piece = lexeme.exec(text)?.[0] ?? text.charAt(index);
    const at = { index, line, column: index - lineStart };
    if (piece === '(;' || piece === '(@') {
      advanceOver(text.slice(index, piece === '(;' ? endOfBlockComment(text, index) : endOfAnnotation(text, index)));
      continue;
    }
    advanceOver(piece);
    if (piece === '(') {
      const head = headAt(text, index);
      advanceOver(text.slice(index, head.end));
      yield { kind: 'open', head: head.text, at };
    } else if (piece === ')') {
      yield { kind: 'close' };
    } else if (!/^[\s";]/.test(piece)) {
      yield { kind: 'word', text: piece, at };
    }
  }
}

/** The word after an opening parenthesis, and where it ends; comments may stand between. */
function headAt(text: string, from: number): { readonly text: string; readonly end: number } {
  let index = from;
  for (;;) {
    lexeme.lastIndex = index;
    const piece = lexeme.exec(text)?.[0];
    if (piece === undefined) return { text: '', end: from };
    if (piece === '(;') index = endOfBlockComment(text, index);
    else if (/^\s|^;;/.test(piece)) index += piece.length;
    else if (/^[()"]/.test(piece)) return { text: '', end: from };
    else return { text: piece, end: index + piece.length };
  }
}

/** Block comments nest. */
function endOfBlockComment(text: string, start: number): number {
  const edge = /\(;|;\)/g;
  edge.lastIndex = start;
  let depth = 0;
  for (let match = edge.exec(text); match; match = edge.exec(text)) {
    depth += match[0] === '(;' ? 1 : -1;
    if (depth === 0) return edge.lastIndex;
  }
  return text.length;
}

/** An annotation holds any tokens with balanced parentheses. */
function endOfAnnotation(text: string, start: number): number {
  let depth = 0;
  let index = start;
  while (index < text.length) {
    lexeme.lastIndex = index;
    const piece = lexeme.exec(text)?.[0] ?? text.charAt(index);
    if (piece === '(;') {
      index = endOfBlockComment(text, index);
      continue;
    }
    index += piece.length;
    if (piece === '(' || piece === '(@') depth++;
    else if (piece === ')' && --depth === 0) return index;
  }
  return text.length;
}
