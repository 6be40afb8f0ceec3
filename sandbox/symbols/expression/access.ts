/** From a value to what is inside it: members, elements, what it points at. */
import { contentsOf, elementValue, membersOf, referenced } from '../children.ts';
import type { Child, Contents } from '../contents.ts';
import { formatterOf } from '../formatters.ts';
import type { CompositeType, Value } from '../model.ts';
import { concrete, dereference, scalarValue, Unreadable } from '../values.ts';
import { EvaluationError } from './error.ts';
import type { OperatorContext } from './operators.ts';
import { advanced, applyBinary, isTrue, operandOf, valueOfOperand } from './operators.ts';
import { charactersOf } from './strings.ts';
import { closestName } from './suggestion.ts';
import { arithmeticType } from './typeNames.ts';

/** Pointers to pointers that a member access goes through. */
const mostPointers = 32;
/** Entries of a map that are compared with a key, at most and in one go. */
const mostEntries = 1_000_000;
const entriesPage = 256;
/** Elements of an array made with @. */
const mostElements = 1_000_000;

/** `x.name`, `x->name`; both go through pointers. */
export function memberOf(value: Value, name: string, context: OperatorContext): Value {
  const object = objectOf(value, context);
  const type = concrete(object.type);
  if (type.kind !== 'composite') {
    throw new EvaluationError(`A value of type ${type.name} has no members.`, context.position);
  }
  const formatter = formatterOf(type);
  const found = findMember(type, object, name) ?? findMember(type, object, `__${name}`);
  if (found && (!formatter || name !== 'length')) return found;
  if (formatter?.length && (name === 'length' || name === 'size')) {
    const length = formatter.length(object, context.memory);
    return scalarValue(arithmeticType(context.syntax, 'signed', 4), BigInt(length));
  }
  const close = closestName(name, namesIn(type));
  const hint = close ? ` Did you mean ${close}?` : '';
  throw new EvaluationError(`${type.name} has no member ${name}.${hint}`, context.position);
}

/** `x[index]`: elements by number, entries of a map by key. */
export function elementOf(indexed: Value, index: Value, context: OperatorContext): Value {
  const value = dereferenced(indexed, context);
  const type = concrete(value.type);
  if (type.kind === 'array') {
    const count = integerIn(index, context);
    // Past the end is an address like any other, as in C; computed arrays have nothing there.
    return elementValue(type, value, Number(count));
  }
  if (type.kind === 'pointer' && type.flavour === 'pointer') {
    const pointer = operandOf(value, context);
    if (pointer.kind !== 'pointer') throw new Unreadable('not a pointer');
    return pointee(valueOfOperand(advanced(pointer, integerIn(index, context)), context.syntax), context);
  }
  const object = objectOf(value, context);
  const target = concrete(object.type);
  if (target.kind !== 'composite' || !formatterOf(target)) {
    throw new EvaluationError(`A value of type ${type.name} has no elements.`, context.position);
  }
  return elementOfContainer(contentsOf(object, context.memory), target, index, context);
}

/** `x@count`: what lies at `x` and after it, as an array. */
export function arrayAt(value: Value, count: Value, context: OperatorContext): Value {
  const length = integerIn(count, context);
  if (value.place.kind !== 'memory' || value.place.bits) {
    throw new EvaluationError('What is left of @ must be in memory: write *pointer@count.', context.position);
  }
  if (length < 1n || length > mostElements) {
    throw new EvaluationError(`The number after @ must be from 1 to ${mostElements}.`, context.position);
  }
  const { type, place } = value;
  const name = `${type.name}[${length}]`;
  const size = type.size * Number(length);
  return { type: { kind: 'array', name, size, element: type, count: Number(length) }, place };
}

/** A C++ reference stands for what it refers to. */
export function dereferenced(value: Value, context: OperatorContext): Value {
  const type = concrete(value.type);
  if (type.kind !== 'pointer' || type.flavour !== 'reference') return value;
  const object = referenced(type, value, context.memory);
  if (!object) throw new EvaluationError('It is null.', context.position);
  return object;
}

/** `*x` */
export function pointee(reference: Value, context: OperatorContext): Value {
  const value = dereferenced(reference, context);
  const type = concrete(value.type);
  if (type.kind === 'array') return elementValue(type, value, 0);
  if (type.kind !== 'pointer') {
    throw new EvaluationError(`A value of type ${type.name} is not a pointer.`, context.position);
  }
  if (type.flavour !== 'pointer') return objectOf(value, context);
  const target = concrete(type.target);
  if (target.kind === 'function' || (target.kind === 'base' && target.encoding === 'void')) {
    throw new EvaluationError(`A ${type.name} points at nothing that has a value. Cast it first.`, context.position);
  }
  return dereference(type, value, context.memory);
}

/** The object behind references and pointers. */
function objectOf(value: Value, context: OperatorContext): Value {
  let current = value;
  for (let step = 0; step < mostPointers; step++) {
    const type = concrete(current.type);
    if (type.kind !== 'pointer') return current;
    const object = referenced(type, current, context.memory);
    if (!object) throw new EvaluationError('It is null.', context.position);
    current = object;
  }
  return current;
}

function findMember(
  type: CompositeType,
  value: Value,
  name: string,
  seen: Set<CompositeType> = new Set(),
): Value | undefined {
  seen.add(type);
  const members = membersOf(type, value);
  const own = members.find((member) => member.name === name);
  if (own) return own.value;
  const bases = new Set(type.members.filter((member) => member.base).map((member) => member.type.name));
  for (const member of members) {
    const base = concrete(member.value.type);
    if (!bases.has(member.name) || base.kind !== 'composite' || seen.has(base)) continue;
    const inherited = findMember(base, member.value, name, seen);
    if (inherited) return inherited;
  }
  return undefined;
}

function namesIn(type: CompositeType): readonly string[] {
  return type.members.map((member) => member.name);
}

function elementOfContainer(contents: Contents, type: CompositeType, index: Value, context: OperatorContext): Value {
  const [first] = contents.slice(0, 1);
  if (first?.key) return entryByKey(contents, type, index, context);
  const number = integerIn(index, context);
  if (number < 0n || number >= BigInt(contents.indexed)) {
    throw new EvaluationError(`${number} is outside: the length is ${contents.indexed}.`, context.position);
  }
  const [found] = contents.slice(Number(number), 1);
  if (!found) throw new Unreadable('not there');
  return found.value;
}

function entryByKey(contents: Contents, type: CompositeType, wanted: Value, context: OperatorContext): Value {
  const last = Math.min(contents.indexed, mostEntries);
  for (let start = 0; start < last; start += entriesPage) {
    const found = contents.slice(start, entriesPage).find((entry) => isKey(entry, wanted, context));
    if (found) return found.value;
  }
  throw new EvaluationError(`The ${type.name} has no such key.`, context.position);
}

function isKey({ key }: Child, wanted: Value, context: OperatorContext): boolean {
  if (!key) return false;
  const text = charactersOf(wanted, context.memory);
  if (text !== undefined) return charactersOf(key, context.memory) === text;
  return isTrue(operandOf(applyBinary('==', operandOf(key, context), operandOf(wanted, context), context), context));
}

function integerIn(value: Value, context: OperatorContext): bigint {
  const operand = operandOf(dereferenced(value, context), context);
  if (operand.kind !== 'integer') throw new EvaluationError('An index must be a whole number.', context.position);
  return operand.value;
}
