/**
 * What is inside a value of any type: members of structs, elements of arrays, what a pointer points at, and whatever the
 * formatter of its type makes of it.
 */
import type { Child, Contents } from './contents.ts';
import { elements, noContents } from './contents.ts';
import { formatterOf } from './formatters.ts';
import type { ArrayType, CompositeType, Memory, PointerType, Value } from './model.ts';
import { addressIn, concrete, dereference, memberValue, Unreadable, unavailable, valueAt } from './values.ts';

/** Children made in one go, whatever is asked for. */
const largestPage = 10_000;
const defaultPage = 1000;
/** No type has more members. */
const mostMembers = 5000;
/** References to references nest; types that contain themselves are broken debug information. */
const deepestNesting = 32;

/**
 * Children of a value, named ones first. `range` counts over both; without it, the first thousand.
 * @throws {MissingMemory}
 */
export function children(
  value: Value,
  memory: Memory,
  range: { readonly start: number; readonly count: number } = { start: 0, count: defaultPage },
): readonly Child[] {
  const contents = readableContents(value, memory);
  const count = Math.min(range.count, largestPage);
  const named = contents.named.slice(range.start, range.start + count);
  const start = Math.max(0, range.start - contents.named.length);
  const left = Math.min(count - named.length, contents.indexed - start);
  return left > 0 ? [...named, ...contents.slice(start, left)] : named;
}

/** As `contentsOf`, but empty where they cannot be read. */
export function readableContents(value: Value, memory: Memory): Contents {
  try {
    return contentsOf(value, memory);
  } catch (error) {
    if (error instanceof Unreadable) return noContents;
    throw error;
  }
}

/**
 * @throws {Unreadable}
 * @throws {MissingMemory}
 */
export function contentsOf(value: Value, memory: Memory, depth = 0): Contents {
  const type = concrete(value.type);
  if (value.place.kind === 'unavailable' || depth > deepestNesting) return noContents;
  if (type.kind === 'array') return arrayContents(type, value);
  if (type.kind === 'composite') {
    const formatter = formatterOf(type);
    return formatter ? formatter.contents(value, memory) : { ...noContents, named: membersOf(type, value) };
  }
  return type.kind === 'pointer' ? pointerContents(type, value, memory, depth) : noContents;
}

/** The object a reference stands for, as its own class where the runtime knows; undefined for null. */
export function referenced(type: PointerType, value: Value, memory: Memory, depth = 0): Value | undefined {
  const address = addressIn(value, memory);
  if (address === 0) return undefined;
  const target = concrete(type.target);
  if (target.kind === 'pointer' && target.flavour !== 'pointer') {
    if (depth > deepestNesting) throw new Unreadable('a reference to itself');
    return referenced(target, valueAt(target, address), memory, depth + 1);
  }
  const runtimeType = target.kind === 'composite' ? target.runtimeType?.(address, memory) : undefined;
  return valueAt(runtimeType ?? type.target, address);
}

/** Members of a struct, those of anonymous ones taken in. */
export function membersOf(type: CompositeType, value: Value): readonly Child[] {
  const members: Child[] = [];
  collectMembers(type, value, members, { left: mostMembers, depth: 0 });
  return members;
}

/** Element of an array; its bounds are not checked, as C does not. */
export function elementValue(type: ArrayType, value: Value, index: number): Value {
  const offset = index * type.element.size;
  if (value.place.kind === 'bytes' && (offset < 0 || offset + type.element.size > value.place.bytes.length)) {
    return unavailable(type.element, 'outside the array');
  }
  return memberValue(value, { type: type.element, offset });
}

interface Budget {
  /** Members that may still be looked at. */
  left: number;
  /** Anonymous structs around. */
  depth: number;
}

/** Broken debug information can nest anonymous structs in themselves. */
function collectMembers(type: CompositeType, value: Value, into: Child[], budget: Budget): void {
  if (budget.depth > deepestNesting) return;
  budget.depth++;
  for (const member of type.members) {
    if (budget.left-- <= 0) break;
    const inner = memberValue(value, member);
    const target = concrete(member.type);
    if (member.base) into.push({ name: member.type.name, value: inner });
    else if (member.name !== '' || target.kind !== 'composite') {
      into.push({ name: member.name || '(anonymous)', value: inner });
    } else collectMembers(target, inner, into, budget);
  }
  budget.depth--;
}

function arrayContents(type: ArrayType, value: Value): Contents {
  return elements(type.count ?? 0, (index) => elementValue(type, value, index));
}

function pointerContents(type: PointerType, value: Value, memory: Memory, depth: number): Contents {
  if (type.flavour !== 'pointer') {
    const object = referenced(type, value, memory);
    return object ? contentsOf(object, memory, depth + 1) : noContents;
  }
  const target = concrete(type.target);
  if (target.kind === 'function' || (target.kind === 'base' && target.encoding === 'void')) return noContents;
  if (addressIn(value, memory) === 0) return noContents;
  const pointed = dereference(type, value, memory);
  if (target.kind === 'composite' && target.members.length > 0) return contentsOf(pointed, memory, depth + 1);
  return { ...noContents, named: [{ name: '*', value: pointed }] };
}
