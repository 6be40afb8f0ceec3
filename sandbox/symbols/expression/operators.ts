/**
 * C's arithmetic on wasm32: integer promotion, the usual arithmetic conversions, wrapping at 32, 64 or 128 bits, pointer
 * arithmetic (C17 §6.3.1, §6.5). AssemblyScript and the text format go by the same rules here. What C leaves undefined
 * does what wasm does: shift counts are taken modulo the width.
 */
import type { Memory, PointerType, Syntax, Value } from '../model.ts';
import { addressIn, concrete, isSigned, pointerTo, scalarOf, scalarValue } from '../values.ts';
import { EvaluationError } from './error.ts';
import type { BinaryOperator } from './syntaxTree.ts';
import { arithmeticType, baseType } from './typeNames.ts';

export type Operand =
  | { readonly kind: 'integer'; readonly value: bigint; readonly size: number; readonly signed: boolean }
  | { readonly kind: 'float'; readonly value: number; readonly size: number }
  | { readonly kind: 'pointer'; readonly address: bigint; readonly type: PointerType };

type Integer = Extract<Operand, { kind: 'integer' }>;
type Pointer = Extract<Operand, { kind: 'pointer' }>;

/** What is known at an operator, for its messages and the names of its results. */
export interface OperatorContext {
  readonly syntax: Syntax;
  readonly memory: Memory;
  readonly position: number;
}

const booleanType = baseType('bool', 1, 'boolean');
/** Bits of an address: wasm32. */
const addressBits = 32;

/** A value as an operand: small integers promoted, arrays become pointers to their first element. */
export function operandOf(value: Value, { memory, position }: OperatorContext): Operand {
  const type = concrete(value.type);
  if (type.kind === 'array') {
    if (value.place.kind !== 'memory') {
      throw new EvaluationError(`${type.name} is not in memory, so it has no address.`, position);
    }
    return { kind: 'pointer', address: BigInt(value.place.address), type: pointerTo(type.element) };
  }
  const scalar = scalarOf(value, memory);
  if (scalar === undefined) throw new EvaluationError(`A value of type ${type.name} is not a number.`, position);
  if (typeof scalar === 'number') return { kind: 'float', value: scalar, size: type.size };
  if (type.kind === 'pointer') return { kind: 'pointer', address: BigInt(addressIn(value, memory)), type };
  return promoted({ kind: 'integer', value: scalar, size: type.size, signed: isSigned(type) });
}

export function valueOfOperand(operand: Operand, syntax: Syntax): Value {
  switch (operand.kind) {
    case 'integer':
      return scalarValue(arithmeticType(syntax, operand.signed ? 'signed' : 'unsigned', operand.size), operand.value);
    case 'float':
      return scalarValue(arithmeticType(syntax, 'float', operand.size), operand.value);
    case 'pointer':
      return scalarValue(operand.type, operand.address);
  }
}

export function booleanValue(truth: boolean): Value {
  return scalarValue(booleanType, truth ? 1n : 0n);
}

export function isTrue(operand: Operand): boolean {
  if (operand.kind === 'pointer') return operand.address !== 0n;
  return operand.kind === 'integer' ? operand.value !== 0n : operand.value !== 0;
}

export function applyUnary(operator: '-' | '+' | '~', operand: Operand, context: OperatorContext): Value {
  if (operand.kind === 'pointer' || (operand.kind === 'float' && operator === '~')) {
    throw new EvaluationError(`${operator} does not work on ${describe(operand)}.`, context.position);
  }
  if (operand.kind === 'float') {
    return valueOfOperand({ ...operand, value: operator === '-' ? -operand.value : operand.value }, context.syntax);
  }
  const value = operator === '-' ? -operand.value : operator === '~' ? ~operand.value : operand.value;
  return valueOfOperand(wrapped(value, operand), context.syntax);
}

export function applyBinary(
  operator: Exclude<BinaryOperator, '&&' | '||' | '@'>,
  left: Operand,
  right: Operand,
  context: OperatorContext,
): Value {
  const comparison = comparisons[operator];
  if (comparison) return booleanValue(comparison(compare(left, right)));
  if (left.kind === 'pointer' || right.kind === 'pointer') return pointerArithmetic(operator, left, right, context);
  if (left.kind === 'float' || right.kind === 'float') {
    return valueOfOperand(floatArithmetic(operator, left, right, context), context.syntax);
  }
  return valueOfOperand(integerArithmetic(operator, left, right, context), context.syntax);
}

/** Moves a pointer by whole elements. `void *` and functions count as one byte, as GNU C has it. */
export function advanced(pointer: Pointer, count: bigint): Pointer {
  const size = BigInt(Math.max(1, pointer.type.target.size));
  return { ...pointer, address: BigInt.asUintN(addressBits, pointer.address + count * size) };
}

/** `undefined` when NaN takes part: then only `!=` holds. */
type Order = -1 | 0 | 1 | undefined;

const comparisons: Readonly<Partial<Record<BinaryOperator, (order: Order) => boolean>>> = {
  '==': (order) => order === 0,
  '!=': (order) => order !== 0,
  '<': (order) => order === -1,
  '>': (order) => order === 1,
  '<=': (order) => order === -1 || order === 0,
  '>=': (order) => order === 1 || order === 0,
};

function compare(left: Operand, right: Operand): Order {
  if (left.kind === 'float' || right.kind === 'float') {
    const [a, b] = [numberOf(left), numberOf(right)];
    return a < b ? -1 : a > b ? 1 : a === b ? 0 : undefined;
  }
  const [a, b] =
    left.kind === 'integer' && right.kind === 'integer'
      ? [wrapped(left.value, common(left, right)).value, wrapped(right.value, common(left, right)).value]
      : [addressOf(left), addressOf(right)];
  return a < b ? -1 : a > b ? 1 : 0;
}

function addressOf(operand: Exclude<Operand, { kind: 'float' }>): bigint {
  return BigInt.asUintN(addressBits, operand.kind === 'pointer' ? operand.address : operand.value);
}

function numberOf(operand: Operand): number {
  return operand.kind === 'pointer' ? Number(operand.address) : Number(operand.value);
}

function pointerArithmetic(operator: BinaryOperator, left: Operand, right: Operand, context: OperatorContext): Value {
  const managed = [left, right].some((operand) => operand.kind === 'pointer' && operand.type.flavour === 'managed');
  if (!managed && left.kind === 'pointer' && right.kind === 'integer' && (operator === '+' || operator === '-')) {
    return valueOfOperand(advanced(left, operator === '+' ? right.value : -right.value), context.syntax);
  }
  if (!managed && left.kind === 'integer' && right.kind === 'pointer' && operator === '+') {
    return valueOfOperand(advanced(right, left.value), context.syntax);
  }
  if (!managed && left.kind === 'pointer' && right.kind === 'pointer' && operator === '-') {
    const distance = BigInt.asIntN(addressBits, left.address - right.address);
    const count = distance / BigInt(Math.max(1, left.type.target.size));
    return valueOfOperand({ kind: 'integer', value: count, size: 4, signed: true }, context.syntax);
  }
  return refuse(operator, left, right, context);
}

function floatArithmetic(operator: BinaryOperator, left: Operand, right: Operand, context: OperatorContext): Operand {
  const [a, b] = [numberOf(left), numberOf(right)];
  const size = Math.max(left.kind === 'float' ? left.size : 4, right.kind === 'float' ? right.size : 4);
  const result = (value: number): Operand => ({ kind: 'float', size: size === 4 ? 4 : 8, value });
  switch (operator) {
    case '+':
      return result(a + b);
    case '-':
      return result(a - b);
    case '*':
      return result(a * b);
    case '/':
      return result(a / b);
    case '%':
      if (context.syntax === 'assemblyscript') return result(a % b);
  }
  return refuse(operator, left, right, context);
}

function integerArithmetic(operator: BinaryOperator, left: Integer, right: Integer, context: OperatorContext): Integer {
  const type = common(left, right);
  const [a, b] = [wrapped(left.value, type).value, wrapped(right.value, type).value];
  switch (operator) {
    case '+':
      return wrapped(a + b, type);
    case '-':
      return wrapped(a - b, type);
    case '*':
      return wrapped(a * b, type);
    case '/':
    case '%':
      if (b === 0n) throw new EvaluationError('Division by zero.', context.position);
      return wrapped(operator === '/' ? a / b : a % b, type);
    case '&':
      return wrapped(a & b, type);
    case '|':
      return wrapped(a | b, type);
    case '^':
      return wrapped(a ^ b, type);
    case '<<':
      return wrapped(left.value << shiftCount(left, right), left);
    case '>>':
      return wrapped(left.value >> shiftCount(left, right), left);
    case '>>>':
      return wrapped(BigInt.asUintN(left.size * 8, left.value) >> shiftCount(left, right), { ...left, signed: false });
  }
  return refuse(operator, left, right, context);
}

/** The type of a shift is its left operand's alone. */
function shiftCount(left: Integer, right: Integer): bigint {
  return BigInt.asUintN(64, right.value) % BigInt(left.size * 8);
}

/** C17 §6.3.1.1: whatever fits an `int` becomes one. */
function promoted(integer: Integer): Integer {
  return integer.size < 4 ? { ...integer, size: 4, signed: true } : integer;
}

/** C17 §6.3.1.8, integers: the wider wins; of the same width, the unsigned one. */
function common(left: Integer, right: Integer): Pick<Integer, 'size' | 'signed'> {
  if (left.size !== right.size) return left.size > right.size ? left : right;
  return { size: left.size, signed: left.signed && right.signed };
}

function wrapped(value: bigint, { size, signed }: Pick<Integer, 'size' | 'signed'>): Integer {
  const bits = size * 8;
  return { kind: 'integer', size, signed, value: signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value) };
}

function refuse(operator: BinaryOperator, left: Operand, right: Operand, { position }: OperatorContext): never {
  throw new EvaluationError(`${operator} does not work on ${describe(left)} and ${describe(right)}.`, position);
}

function describe(operand: Operand): string {
  switch (operand.kind) {
    case 'integer':
      return 'a whole number';
    case 'float':
      return 'a floating-point number';
    case 'pointer':
      return operand.type.flavour === 'managed' ? `a ${operand.type.name}` : 'a pointer';
  }
}
