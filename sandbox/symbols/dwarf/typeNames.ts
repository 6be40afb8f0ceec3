/** Names of types as a C programmer writes them, from their entries. */
import { printableName } from '../../wasm/printable.ts';
import { Attribute, Tag } from './constants.ts';
import type { Entry } from './entry.ts';

/** Types nest less deep than this; rings of references are cut here. */
const DEEPEST_NAME = 40;
/** Parameters of parameters branch at every level: a name has no more parts than this. */
const MOST_PARTS = 500;
const LONGEST_NAME = 16_384;
/** Namespaces and classes around a name. */
const DEEPEST_SCOPE = 100;

/** How deep a name may still go, and how many parts it may still have. */
interface Room {
  readonly depth: number;
  readonly parts: { left: number };
}

export function typeName(entry: Entry | undefined): string {
  return printableName(declare(entry, '', { depth: DEEPEST_NAME, parts: { left: MOST_PARTS } }), LONGEST_NAME);
}

/** Name with the namespaces and classes around it. */
export function qualifiedName(entry: Entry): string {
  let named = entry;
  for (const origin of entry.origins()) named = origin;
  const parts = [entry.name];
  for (let scope = named.parent; scope !== undefined && NAMING_TAGS.has(scope.tag); scope = scope.parent) {
    if (parts.length > DEEPEST_SCOPE) break;
    parts.unshift(scope.name || `(anonymous ${KEYWORDS.get(scope.tag) ?? 'namespace'})`);
  }
  return printableName(parts.join('::'), LONGEST_NAME);
}

const KEYWORDS: ReadonlyMap<number, string> = new Map([
  [Tag.structureType, 'struct'],
  [Tag.unionType, 'union'],
  [Tag.enumerationType, 'enum'],
  [Tag.classType, 'class'],
]);

const NAMING_TAGS: ReadonlySet<number> = new Set([...KEYWORDS.keys(), Tag.namespace]);

const QUALIFIERS: ReadonlyMap<number, string> = new Map([
  [Tag.constType, 'const'],
  [Tag.volatileType, 'volatile'],
  [Tag.restrictType, 'restrict'],
  [Tag.atomicType, '_Atomic'],
]);

const POINTERS: ReadonlyMap<number, string> = new Map([
  [Tag.pointerType, '*'],
  [Tag.referenceType, '&'],
  [Tag.rvalueReferenceType, '&&'],
]);

/** The declaration of something of this type, C's way: what is inside (`*`, `[3]`, `(int)`) grows around `inner`. */
function declare(entry: Entry | undefined, inner: string, { depth, parts }: Room): string {
  if (entry === undefined) return spaced('void', inner);
  if (depth === 0 || parts.left-- <= 0 || inner.length > LONGEST_NAME) return spaced('…', inner);
  const room = { depth: depth - 1, parts };
  const pointer = POINTERS.get(entry.tag);
  if (pointer !== undefined) return declare(entry.type, pointer + inner, room);
  const qualifier = QUALIFIERS.get(entry.tag);
  if (qualifier !== undefined) return declareQualified(entry, qualifier, { inner, room });
  switch (entry.tag) {
    case Tag.arrayType:
      return declare(entry.type, parenthesised(inner) + dimensionsText(entry), room);
    case Tag.subroutineType:
      return declare(entry.type, `${parenthesised(inner)}(${parametersText(entry, room)})`, room);
    default:
      return spaced(ownName(entry), inner);
  }
}

/** `const char *` but `char *const`: a qualifier of a pointer stands behind its star. */
function declareQualified(entry: Entry, qualifier: string, { inner, room }: { inner: string; room: Room }): string {
  const target = entry.type;
  if (target !== undefined && POINTERS.has(target.tag)) {
    return declare(target, inner === '' ? qualifier : `${qualifier} ${inner}`, room);
  }
  return `${qualifier} ${declare(target, inner, room)}`;
}

function ownName(entry: Entry): string {
  const keyword = KEYWORDS.get(entry.tag);
  if (keyword === undefined) return entry.name === '' ? '(unnamed)' : qualifiedName(entry);
  if (entry.name === '') return `${keyword} {...}`;
  return entry.unit.isC ? `${keyword} ${entry.name}` : qualifiedName(entry);
}

const spaced = (name: string, inner: string): string => {
  if (inner === '') return name;
  return inner.startsWith('[') ? name + inner : `${name} ${inner}`;
};

/** Arrays and functions bind tighter than stars: `int (*)[3]`. */
const parenthesised = (inner: string): string => (/^[*&]/.test(inner) ? `(${inner})` : inner);

function dimensionsText(array: Entry): string {
  const text = dimensionsOf(array).map((dimension) => `[${dimensionCount(dimension) ?? ''}]`);
  return text.length === 0 ? '[]' : text.join('');
}

/** More dimensions than any array has. */
const MOST_DIMENSIONS = 100;

/** The subranges of an array type, outermost first. */
export function dimensionsOf(array: Entry): readonly Entry[] {
  const dimensions: Entry[] = [];
  for (const child of array.children()) {
    if (child.tag === Tag.subrangeType) dimensions.push(child);
    if (dimensions.length === MOST_DIMENSIONS) break;
  }
  return dimensions;
}

/** Elements of one dimension; undefined when unknown or known at run time only. */
export function dimensionCount(subrange: Entry): number | undefined {
  const count = subrange.get(Attribute.count);
  const upper = subrange.get(Attribute.upperBound);
  let elements: number | undefined;
  if (count?.kind === 'constant') elements = Number(count.value);
  else if (upper?.kind === 'constant') {
    // An upper bound of -1, however wide its form, is how older compilers wrote `[0]` and `[]`.
    elements = Number(BigInt.asIntN(32, upper.value)) - (subrange.number(Attribute.lowerBound) ?? 0) + 1;
  }
  return elements !== undefined && elements >= 0 && elements <= 0xffffffff ? elements : undefined;
}

function parametersText(subroutine: Entry, room: Room): string {
  const parameters: string[] = [];
  for (const child of subroutine.children()) {
    if (room.parts.left <= 0) return [...parameters, '…'].join(', ');
    if (child.tag === Tag.formalParameter) parameters.push(declare(child.type, '', room));
    if (child.tag === Tag.unspecifiedParameters) parameters.push('...');
  }
  if (parameters.length === 0 && subroutine.unit.isC && subroutine.flag(Attribute.prototyped)) return 'void';
  return parameters.join(', ');
}
