/**
 * Expressions over a stopped guest: they look and never change. Values stay where they are until an operator needs
 * their bytes.
 */

import { arrayAt, dereferenced, elementOf, memberOf, pointee } from './expression/access.ts';
import { castTo, namedType } from './expression/casts.ts';
import { EvaluationError } from './expression/error.ts';
import { applyBinary, applyUnary, booleanValue, isTrue, type Operand, operandOf } from './expression/operators.ts';
import { parse } from './expression/parser.ts';
import { charactersOf, stringValue } from './expression/strings.ts';
import { closestName } from './expression/suggestion.ts';
import type { BinaryExpression, Expression } from './expression/syntaxTree.ts';
import { arithmeticType, bareName, baseType, builtinType } from './expression/typeNames.ts';
import type { Memory, Syntax, Type, Value } from './model.ts';
import { concrete, pointerTo, scalarValue, Unreadable } from './values.ts';

export { EvaluationError } from './expression/error.ts';

export interface EvaluationScope {
  readonly syntax: Syntax;
  readonly memory: Memory;
  lookup(name: string): Value | undefined;
  /** Everything `lookup` knows, for "did you mean". */
  names(): Iterable<string>;
  typeNamed(name: string): Type | undefined;
  enumerationOf?(enumerator: string): Type | undefined;
}

/**
 * @throws {EvaluationError} what is wrong, in plain words
 * @throws {MissingMemory}
 */
export function evaluate(expression: string, scope: EvaluationScope): Value {
  const tree = parse(expression, {
    syntax: scope.syntax,
    names: () => scope.names(),
    isType: (name) => scope.lookup(name) === undefined && isTypeName(name, scope),
  });
  return new Evaluator(scope).value(tree);
}

/**
 * Whether a condition holds: not zero, not null, not an empty text.
 * @throws {EvaluationError} when it is neither a number nor a pointer nor text
 * @throws {MissingMemory}
 */
export function truth(value: Value, memory: Memory): boolean {
  const context = { syntax: 'c', memory, position: 0 } as const;
  try {
    const object = dereferenced(value, context);
    const type = concrete(object.type);
    // A C string is a pointer; other texts are values of their own.
    const text = type.kind === 'pointer' && type.flavour === 'pointer' ? undefined : charactersOf(object, memory);
    return text === undefined ? isTrue(operandOf(object, context)) : text !== '';
  } catch (error) {
    if (error instanceof Unreadable) throw new EvaluationError(`The condition is unknown: ${error.message}.`, 0);
    throw error;
  }
}

const constants: Readonly<Record<Syntax, Readonly<Record<string, () => Value>>>> = {
  c: { true: yes, false: no, nullptr: nothing, NULL: nothing },
  assemblyscript: {
    true: yes,
    false: no,
    null: noObject,
    NaN: () => scalarValue(arithmeticType('assemblyscript', 'float', 8), Number.NaN),
    Infinity: () => scalarValue(arithmeticType('assemblyscript', 'float', 8), Number.POSITIVE_INFINITY),
  },
  wat: { true: yes, false: no },
};

class Evaluator {
  readonly #scope: EvaluationScope;

  constructor(scope: EvaluationScope) {
    this.#scope = scope;
  }

  value(tree: Expression): Value {
    return this.#readable(tree, () => this.#value(tree));
  }

  #readable<T>(tree: Expression, read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      throw new EvaluationError(`${written(tree)} cannot be evaluated: ${error.message}.`, tree.position);
    }
  }

  #value(tree: Expression): Value {
    const { syntax, memory } = this.#scope;
    const at = { syntax, memory, position: tree.position };
    switch (tree.kind) {
      case 'integer':
        return scalarValue(integerType(tree, syntax), tree.value);
      case 'float':
        return scalarValue(arithmeticType(syntax, 'float', tree.single ? 4 : 8), tree.value);
      case 'character':
        return scalarValue(characterType(tree.value), BigInt(tree.value));
      case 'string':
        return stringValue(tree.value, syntax);
      case 'name':
        return this.#name(tree.name, tree.position);
      case 'member':
        return this.#qualified(tree) ?? memberOf(this.value(tree.object), tree.name, at);
      case 'index':
        return elementOf(this.value(tree.object), this.value(tree.index), at);
      case 'unary':
        return this.#unary(tree);
      case 'binary':
        return this.#binary(tree);
      case 'conditional':
        return this.value(this.#truth(tree.condition) ? tree.yes : tree.no);
      case 'cast':
        return castTo(namedType(tree.type, this.#scope), dereferenced(this.value(tree.operand), at), at);
      case 'sizeofType':
        return sizeValue(namedType(tree.type, this.#scope).size, syntax);
      case 'sizeof':
        return sizeValue(dereferenced(this.value(tree.operand), at).type.size, syntax);
    }
  }

  #name(name: string, position: number): Value {
    const { syntax } = this.#scope;
    const found =
      this.#scope.lookup(name) ??
      this.#memberOfThis(name, position) ??
      this.#qualifiedEnumerator(name) ??
      this.#bareEnumerator(name) ??
      (Object.hasOwn(constants[syntax], name) ? constants[syntax][name]?.() : undefined);
    if (found) return found;
    const close = closestName(name, this.#scope.names());
    const hint = close ? ` Did you mean ${close}?` : '';
    throw new EvaluationError(`There is no ${name} here.${hint}`, position);
  }

  /** C++ lets methods leave `this->` out. */
  #memberOfThis(name: string, position: number): Value | undefined {
    const self = this.#scope.lookup('this');
    if (!self) return undefined;
    try {
      return memberOf(self, name, { syntax: this.#scope.syntax, memory: this.#scope.memory, position });
    } catch (error) {
      if (error instanceof EvaluationError || error instanceof Unreadable) return undefined;
      throw error;
    }
  }

  /** `Color::Red` */
  #qualifiedEnumerator(name: string): Value | undefined {
    const cut = name.lastIndexOf('::');
    return cut > 0 ? this.#enumeratorOf(name.slice(0, cut), name.slice(cut + 2)) : undefined;
  }

  /** `Color.Red`, and `Circle.count` of a class that is no value itself. */
  #qualified(tree: Extract<Expression, { kind: 'member' }>): Value | undefined {
    const { object, name } = tree;
    if (object.kind !== 'name' || this.#scope.lookup(object.name)) return undefined;
    return this.#enumeratorOf(object.name, name) ?? this.#scope.lookup(`${object.name}.${name}`);
  }

  #enumeratorOf(typeName: string, name: string): Value | undefined {
    return this.#enumerator(this.#scope.typeNamed(typeName), name);
  }

  #bareEnumerator(name: string): Value | undefined {
    return this.#enumerator(this.#scope.enumerationOf?.(name), name);
  }

  #enumerator(type: Type | undefined, name: string): Value | undefined {
    const target = type && concrete(type);
    if (!type || target?.kind !== 'enum') return undefined;
    const found = target.enumerators.find((enumerator) => enumerator.name === name);
    return found && scalarValue(type, found.value);
  }

  /** `colour == RED`: an enumerator by its bare name, when the other side says which enumeration is meant. */
  #enumeratorBeside(other: Expression, tree: Expression): Value | undefined {
    if (!this.#isUnknownName(tree) || this.#isUnknownName(other)) return undefined;
    const { type } = this.value(other);
    const target = concrete(type);
    const found = target.kind === 'enum' && target.enumerators.find(({ name }) => name === tree.name);
    return found ? scalarValue(type, found.value) : undefined;
  }

  #isUnknownName(tree: Expression): tree is Extract<Expression, { kind: 'name' }> {
    return tree.kind === 'name' && this.#scope.lookup(tree.name) === undefined;
  }

  #unary({ operator, operand, position }: Extract<Expression, { kind: 'unary' }>): Value {
    const at = { syntax: this.#scope.syntax, memory: this.#scope.memory, position };
    if (operator === '!') return booleanValue(!this.#truth(operand));
    const value = dereferenced(this.value(operand), at);
    if (operator === '*') return pointee(value, at);
    if (operator !== '&') return applyUnary(operator, this.#operand(operand, value, position), at);
    const { place, type } = value;
    if (place.kind === 'unavailable') throw new Unreadable(place.reason);
    if (place.kind === 'bytes' || place.bits) {
      const reason = place.bits ? 'a bit-field' : 'not in memory';
      throw new EvaluationError(`${written(operand)} is ${reason}, so it has no address.`, position);
    }
    return scalarValue(pointerTo(type), BigInt(place.address));
  }

  #binary({ operator, left, right, position }: BinaryExpression): Value {
    if (operator === '&&') return booleanValue(this.#truth(left) && this.#truth(right));
    if (operator === '||') return booleanValue(this.#truth(left) || this.#truth(right));
    const at = { syntax: this.#scope.syntax, memory: this.#scope.memory, position };
    const a = this.#enumeratorBeside(right, left) ?? this.value(left);
    const b = this.#enumeratorBeside(left, right) ?? this.value(right);
    if (operator === '@') return arrayAt(dereferenced(a, at), dereferenced(b, at), at);
    // C compares pointers; with a literal on one side that can only be meant as a comparison of texts.
    const textual = at.syntax === 'assemblyscript' || left.kind === 'string' || right.kind === 'string';
    const same = textual && (operator === '==' || operator === '!=') ? sameText(a, b, at.memory) : undefined;
    if (same !== undefined) return booleanValue(operator === '==' ? same : !same);
    return applyBinary(operator, this.#operand(left, a, position), this.#operand(right, b, position), at);
  }

  /** What `value`, which `tree` came to, is to an operator at `position`. */
  #operand(tree: Expression, value: Value, position: number): Operand {
    const at = { syntax: this.#scope.syntax, memory: this.#scope.memory, position };
    return this.#readable(tree, () => operandOf(dereferenced(value, at), at));
  }

  #truth(tree: Expression): boolean {
    return truth(this.value(tree), this.#scope.memory);
  }
}

/** undefined: not two texts. */
function sameText(left: Value, right: Value, memory: Memory): boolean | undefined {
  const [a, b] = [charactersOf(left, memory), charactersOf(right, memory)];
  return a === undefined || b === undefined ? undefined : a === b;
}

/** C17 §6.4.4.1: the first type that holds it; only hexadecimal and octal literals may turn unsigned by themselves. */
function integerType(literal: Extract<Expression, { kind: 'integer' }>, syntax: Syntax): Type {
  const { value, suffix, decimal, position } = literal;
  const unsigned = suffix.includes('u');
  const fits = (bits: number) => value < 1n << BigInt(bits);
  if (!fits(64)) throw new EvaluationError(`${value} does not fit 64 bits.`, position);
  const size = suffix.includes('ll') || !fits(32) || (!fits(31) && decimal && !unsigned) ? 8 : 4;
  const mustBeUnsigned = unsigned || !fits(size * 8 - 1);
  return arithmeticType(syntax, mustBeUnsigned ? 'unsigned' : 'signed', size);
}

function characterType(codePoint: number): Type {
  return codePoint < 0x80 ? baseType('char', 1, 'character') : baseType('char32_t', 4, 'character');
}

function sizeValue(size: number, syntax: Syntax): Value {
  const type = syntax === 'c' ? baseType('size_t', 4, 'unsigned') : arithmeticType(syntax, 'unsigned', 4);
  return scalarValue(type, BigInt(size));
}

function isTypeName(name: string, scope: EvaluationScope): boolean {
  const bare = bareName(name);
  return (scope.typeNamed(bare) ?? builtinType(bare, scope.syntax)) !== undefined;
}

/** An expression in words, for messages. */
function written(tree: Expression): string {
  if (tree.kind === 'name') return tree.name;
  if (tree.kind === 'member') return `${written(tree.object)}.${tree.name}`;
  return tree.kind === 'index' ? `${written(tree.object)}[…]` : 'This';
}

function yes(): Value {
  return booleanValue(true);
}

function no(): Value {
  return booleanValue(false);
}

function nothing(): Value {
  return scalarValue(pointerTo(baseType('void', 0, 'void')), 0n);
}

function noObject(): Value {
  const target = baseType('void', 0, 'void');
  return scalarValue({ kind: 'pointer', name: 'null', size: 4, flavour: 'managed', target }, 0n);
}
