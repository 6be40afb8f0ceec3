/**
 * From text to a tree, by precedence climbing. Whether `(name)` is a cast depends on what the name is, so the parser
 * asks. Everything that would change the guest is refused here, in a sentence.
 */
import type { Syntax } from '../model.ts';
import { EvaluationError } from './error.ts';
import type { Token } from './lexer.ts';
import { tokenize } from './lexer.ts';
import type { BinaryOperator, Expression, TypeName, UnaryOperator } from './syntaxTree.ts';
import { typeWords } from './typeNames.ts';

export interface ParserContext {
  readonly syntax: Syntax;
  /** Names of variables, for text-format identifiers. */
  names(): Iterable<string>;
  /** Whether a name means a type rather than a variable. */
  isType(name: string): boolean;
}

export function parse(expression: string, context: ParserContext): Expression {
  const tokens = tokenize(expression, context.syntax, () => context.names());
  return new Parser(tokens, context).whole();
}

/** `A < B < C`: all binary operators group to the left; a higher number binds tighter. */
const precedence: Readonly<Record<BinaryOperator, number>> = {
  '||': 1,
  '&&': 2,
  '|': 3,
  '^': 4,
  '&': 5,
  '==': 6,
  '!=': 6,
  '<': 7,
  '>': 7,
  '<=': 7,
  '>=': 7,
  '<<': 8,
  '>>': 8,
  '>>>': 8,
  '+': 9,
  '-': 9,
  '*': 10,
  '/': 10,
  '%': 10,
  '@': 11,
};

const unaryOperators: ReadonlySet<string> = new Set<UnaryOperator>(['-', '+', '!', '~', '*', '&']);
const assignments: ReadonlySet<string> = new Set('= += -= *= /= %= &= |= ^= <<= >>= >>>= ++ --'.split(' '));
const tags: ReadonlySet<string> = new Set(['struct', 'union', 'enum', 'class']);
const noAssignment = 'Assignment is not available yet: an expression can only look.';
const noCalls = 'Calls are not available yet: an expression can only look.';
/** Each level takes a handful of stack frames. */
const deepestNesting = 200;

class Parser {
  readonly #tokens: readonly Token[];
  readonly #context: ParserContext;
  #next = 0;
  #depth = 0;

  constructor(tokens: readonly Token[], context: ParserContext) {
    this.#tokens = tokens;
    this.#context = context;
  }

  whole(): Expression {
    if (this.#peek().kind === 'end') throw new EvaluationError('The expression is empty.', 0);
    const expression = this.#expression();
    if (this.#peek().kind !== 'end') this.#unexpected();
    return expression;
  }

  #peek(): Token {
    const token = this.#tokens[this.#next] ?? this.#tokens.at(-1);
    return token ?? { kind: 'end', position: 0, text: '' };
  }

  #take(): Token {
    const token = this.#peek();
    this.#next++;
    return token;
  }

  #at(text: string): boolean {
    const token = this.#peek();
    return token.kind === 'operator' && token.text === text;
  }

  #accept(text: string): boolean {
    if (!this.#at(text)) return false;
    this.#next++;
    return true;
  }

  #expect(text: string): void {
    if (!this.#accept(text)) this.#unexpected(text);
  }

  #unexpected(wanted?: string): never {
    const { kind, text, position } = this.#peek();
    if (kind === 'operator' && assignments.has(text)) throw new EvaluationError(noAssignment, position);
    const found = kind === 'end' ? 'The expression ends' : `There is ${text}`;
    throw new EvaluationError(
      wanted ? `${found} where ${wanted} should be.` : `${found} where it makes no sense.`,
      position,
    );
  }

  #expression(): Expression {
    if (++this.#depth > deepestNesting) {
      throw new EvaluationError('The expression is nested too deeply.', this.#peek().position);
    }
    const expression = this.#conditional();
    this.#depth--;
    return expression;
  }

  #conditional(): Expression {
    const condition = this.#binary(1);
    const { position } = this.#peek();
    if (!this.#accept('?')) return condition;
    const yes = this.#expression();
    this.#expect(':');
    return { kind: 'conditional', position, condition, yes, no: this.#expression() };
  }

  #binary(tightest: number): Expression {
    let left = this.#unary();
    for (;;) {
      const { position } = this.#peek();
      const operator = this.#binaryOperator();
      if (operator === undefined || precedence[operator] < tightest) return left;
      this.#next++;
      left = { kind: 'binary', position, operator, left, right: this.#binary(precedence[operator] + 1) };
    }
  }

  #binaryOperator(): BinaryOperator | undefined {
    const { kind, text } = this.#peek();
    if (kind !== 'operator') return undefined;
    const plain = text === '===' ? '==' : text === '!==' ? '!=' : text;
    return isBinary(plain) ? plain : undefined;
  }

  #unary(): Expression {
    if (++this.#depth > deepestNesting) {
      throw new EvaluationError('The expression is nested too deeply.', this.#peek().position);
    }
    const expression = this.#castSuffix(this.#prefixed());
    this.#depth--;
    return expression;
  }

  #prefixed(): Expression {
    const { kind, text, position } = this.#peek();
    if (kind === 'operator' && isUnary(text)) {
      this.#next++;
      return { kind: 'unary', position, operator: text, operand: this.#unary() };
    }
    if (kind === 'name' && text === 'sizeof') return this.#sizeof();
    const type = this.#castPrefix();
    return type ? { kind: 'cast', position, type, operand: this.#unary() } : this.#postfix(this.#primary());
  }

  /** `(type)x`, in AssemblyScript `<type>x` too. */
  #castPrefix(): TypeName | undefined {
    const [open, close] = this.#at('<') && this.#context.syntax === 'assemblyscript' ? ['<', '>'] : ['(', ')'];
    const start = this.#next;
    if (!this.#accept(open ?? '')) return undefined;
    const type = this.#typeName();
    if (type && this.#accept(close ?? '')) return type;
    this.#next = start;
    return undefined;
  }

  /** `x as type`, in AssemblyScript and Rust. */
  #castSuffix(operand: Expression): Expression {
    const { kind, text, position } = this.#peek();
    if (kind !== 'name' || text !== 'as') return operand;
    this.#next++;
    const type = this.#typeName();
    return type ? { kind: 'cast', position, type, operand } : this.#unexpected('a type');
  }

  #sizeof(): Expression {
    const { position } = this.#take();
    const type = this.#castPrefix();
    if (type) return { kind: 'sizeofType', position, type };
    return { kind: 'sizeof', position, operand: this.#unary() };
  }

  #typeName(): TypeName | undefined {
    const { position } = this.#peek();
    const words: string[] = [];
    while (this.#peek().kind === 'name') {
      const { text } = this.#peek();
      if (!this.#isTypeWord(text) && !this.#isLastTypeName(text, words)) break;
      words.push(text);
      this.#next++;
    }
    if (words.length === 0) return undefined;
    let pointers = 0;
    for (;;) {
      if (this.#accept('*')) pointers++;
      else if (this.#peek().kind === 'name' && this.#peek().text === 'const') this.#next++;
      else break;
    }
    return { position, name: words.join(' '), pointers };
  }

  #isTypeWord(text: string): boolean {
    return this.#context.syntax === 'c' && typeWords.has(text);
  }

  /** A name ends a type; `struct` before it says that no variable is meant. */
  #isLastTypeName(text: string, words: readonly string[]): boolean {
    if (words.some((word) => !this.#isTypeWord(word))) return false;
    return words.some((word) => tags.has(word)) || this.#context.isType(text);
  }

  #primary(): Expression {
    const token = this.#take();
    switch (token.kind) {
      case 'integer':
        return { ...token, decimal: /^[1-9]/.test(token.text) };
      case 'float':
      case 'character':
      case 'string':
        return token;
      case 'name':
        return { kind: 'name', position: token.position, name: token.text };
      case 'operator':
        if (token.text === '(') {
          const inner = this.#expression();
          this.#expect(')');
          return inner;
        }
    }
    this.#next--;
    return this.#unexpected('a value');
  }

  #postfix(start: Expression): Expression {
    let object = start;
    for (;;) {
      const { position } = this.#peek();
      if (this.#accept('.') || this.#accept('->'))
        object = { kind: 'member', position, object, name: this.#memberName() };
      else if (this.#accept('[')) {
        object = { kind: 'index', position, object, index: this.#expression() };
        this.#expect(']');
      } else if (this.#at('(')) object = this.#call(object, position);
      else return object;
    }
  }

  /** `i32(x)` is a cast; other calls would run the guest. */
  #call(callee: Expression, position: number): Expression {
    if (callee.kind !== 'name' || !this.#context.isType(callee.name)) throw new EvaluationError(noCalls, position);
    this.#expect('(');
    const operand = this.#expression();
    this.#expect(')');
    return { kind: 'cast', position, type: { position: callee.position, name: callee.name, pointers: 0 }, operand };
  }

  #memberName(): string {
    const token = this.#peek();
    // `tuple.0` has a number for a name; `1.0` after it never is one.
    if (token.kind !== 'name' && token.kind !== 'integer') return this.#unexpected('the name of a member');
    this.#next++;
    return token.text;
  }
}

function isBinary(text: string): text is BinaryOperator {
  return Object.hasOwn(precedence, text);
}

function isUnary(text: string): text is UnaryOperator {
  return unaryOperators.has(text);
}
