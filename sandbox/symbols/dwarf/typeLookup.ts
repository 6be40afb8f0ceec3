/** Types by the names that casts and `sizeof` use: `struct node *`, `unsigned`, `uint8_t`. */
import type { BaseType, Type } from '../model.ts';
import { Tag } from './constants.ts';
import { type TypeBuilder, VOID } from './typeBuilder.ts';

export function lookUpType(name: string, types: TypeBuilder): Type | undefined {
  let plain = name.trim();
  let depth = 0;
  for (let last = LAST_WORD.exec(plain); last !== null; last = LAST_WORD.exec(plain)) {
    // A qualifier at the end is one of a pointer or, in the older order, of the type itself.
    if (last[0] === '*') depth++;
    plain = plain.slice(0, last.index).trimEnd();
  }
  const target = lookUpPlain(plain, types);
  return target === undefined ? undefined : pointerTo(target, depth, types);
}

/** The enumeration that declares an enumerator in the scope around itself. */
export function lookUpEnumeration(enumerator: string, types: TypeBuilder): Type | undefined {
  const [entry] = types.information.attempt(() => types.names.enumerationsOf(enumerator), []);
  return entry === undefined ? undefined : types.typeOf(entry);
}

const LAST_WORD = /(\*|\b(const|volatile|restrict))$/;

function pointerTo(target: Type, depth: number, types: TypeBuilder): Type {
  let type = target;
  for (let level = 1; level <= depth; level++) {
    const inner = type;
    const name = inner.name.endsWith('*') ? `${inner.name}*` : `${inner.name} *`;
    type = types.pointerType(name, 'pointer', () => inner);
  }
  return type;
}

const KEYWORD_TAGS: ReadonlyMap<string, readonly number[]> = new Map([
  ['struct', [Tag.structureType, Tag.classType]],
  ['class', [Tag.structureType, Tag.classType]],
  ['union', [Tag.unionType]],
  ['enum', [Tag.enumerationType]],
]);

function lookUpPlain(text: string, types: TypeBuilder): Type | undefined {
  const words = text.split(/\s+/).filter((word) => word !== '' && word !== 'const' && word !== 'volatile');
  const [first, second] = words;
  if (first === undefined) return undefined;
  if (first === 'void' && second === undefined) return VOID;
  const tags = KEYWORD_TAGS.get(first);
  if (tags !== undefined) return find(words.slice(1).join(' '), types, tags);
  return arithmeticType(words) ?? find(words.join(' '), types);
}

function find(name: string, types: TypeBuilder, tags?: readonly number[]): Type | undefined {
  const { names, information } = types;
  const entries = information.attempt(() => names.find(name), []);
  // In C a struct's name alone is no type, but people write it: it serves when no typedef has that name.
  const entry =
    tags === undefined
      ? (entries.find(({ tag }) => tag === Tag.typedef || tag === Tag.baseType) ?? entries[0])
      : entries.find(({ tag }) => tags.includes(tag));
  return entry === undefined ? undefined : types.typeOf(entry);
}

/** C's arithmetic types in any order of their words, as clang lays them out for wasm32. */
function arithmeticType(words: readonly string[]): BaseType | undefined {
  if (!words.every((word) => ARITHMETIC_WORDS.has(word))) return undefined;
  const has = (word: string): boolean => words.includes(word);
  if (has('float')) return { kind: 'base', name: 'float', size: 4, encoding: 'float' };
  if (has('double')) {
    const long = has('long');
    return { kind: 'base', name: long ? 'long double' : 'double', size: long ? 16 : 8, encoding: 'float' };
  }
  if (has('_Bool') || has('bool')) return { kind: 'base', name: words.join(' '), size: 1, encoding: 'boolean' };
  if (has('char')) return characterType(words);
  const longs = words.filter((word) => word === 'long').length;
  const [name, size] = has('short')
    ? ['short', 2]
    : longs >= 2
      ? ['long long', 8]
      : longs === 1
        ? ['long', 4]
        : ['int', 4];
  const unsigned = has('unsigned');
  return { kind: 'base', name: unsigned ? `unsigned ${name}` : name, size, encoding: unsigned ? 'unsigned' : 'signed' };
}

function characterType(words: readonly string[]): BaseType {
  const sign = words.find((word) => word === 'signed' || word === 'unsigned');
  return { kind: 'base', name: sign === undefined ? 'char' : `${sign} char`, size: 1, encoding: 'character' };
}

const ARITHMETIC_WORDS: ReadonlySet<string> = new Set([
  '_Bool',
  'bool',
  'char',
  'double',
  'float',
  'int',
  'long',
  'short',
  'signed',
  'unsigned',
]);
