/** Entries of types become the debugger's types, each once; what a type refers to is built when it is asked for. */
import type { AliasType, ArrayType, BaseType, EnumType, FunctionType, PointerType, Type } from '../model.ts';
import { CompositeBuilder } from './compositeBuilder.ts';
import { Attribute, Encoding, Tag } from './constants.ts';
import type { Entry } from './entry.ts';
import type { DebugInformation } from './information.ts';
import type { NameIndex } from './nameIndex.ts';
import { dimensionCount, dimensionsOf, typeName } from './typeNames.ts';

export const VOID: BaseType = { kind: 'base', name: 'void', size: 0, encoding: 'void' };

const POINTER_SIZE = 4;
/** Aliases and arrays of arrays nest less deep than this; rings are cut here. */
const DEEPEST_CHAIN = 100;
/** Bytes: enough for `__int128`. */
const LARGEST_ENUMERATION = 16;
/** No object is larger than the memory. */
const LARGEST_SIZE = 2 ** 32;

export class TypeBuilder {
  readonly information: DebugInformation;
  readonly names: NameIndex;
  readonly #composites: CompositeBuilder;
  readonly #types = new Map<number, Type>();

  constructor(information: DebugInformation, names: NameIndex) {
    this.information = information;
    this.names = names;
    this.#composites = new CompositeBuilder(this);
  }

  /** The type of an entry; broken information gives a type that says so. */
  typeOf(entry: Entry | undefined): Type {
    if (entry === undefined) return VOID;
    let type = this.#types.get(entry.offset);
    if (type === undefined) {
      type = this.information.attempt(() => this.#build(entry), BROKEN);
      this.#types.set(entry.offset, type);
    }
    return type;
  }

  /** The type that `entry` (a variable, a member, a pointer) has. */
  typeOfHolder(entry: Entry): Type {
    return this.information.attempt(() => this.typeOf(entry.type), BROKEN);
  }

  /** Bytes; 0 when unknown. */
  sizeOf(entry: Entry | undefined, depth = DEEPEST_CHAIN): number {
    if (entry === undefined || depth === 0) return 0;
    const size = this.#completed(entry).number(Attribute.byteSize);
    if (size !== undefined) return size <= LARGEST_SIZE ? size : 0;
    if (ALIASES.has(entry.tag)) return this.sizeOf(entry.type, depth - 1);
    if (entry.tag === Tag.arrayType) return this.#arraySize(entry, depth);
    if (POINTER_FLAVOURS.has(entry.tag)) return POINTER_SIZE;
    if (entry.tag === Tag.enumerationType) return this.sizeOf(entry.type, depth - 1);
    return 0;
  }

  #build(entry: Entry): Type {
    if (isRing(entry)) entry.unit.cursorAt(entry.offset).fail('a type is made of itself');
    const flavour = POINTER_FLAVOURS.get(entry.tag);
    if (flavour !== undefined) return this.pointerType(typeName(entry), flavour, () => this.typeOfHolder(entry));
    if (ALIASES.has(entry.tag)) return this.#aliasType(entry);
    switch (entry.tag) {
      case Tag.baseType:
        return this.#baseType(entry);
      case Tag.structureType:
      case Tag.classType:
      case Tag.unionType:
        return this.#composites.build(entry, this.#completed(entry));
      case Tag.enumerationType:
        return this.#enumType(this.#completed(entry));
      case Tag.arrayType:
        return this.arrayType(entry, dimensionsOf(entry).map(dimensionCount));
      case Tag.subroutineType: {
        const type: FunctionType = { kind: 'function', name: typeName(entry), size: 0 };
        return type;
      }
      case Tag.pointerToMember:
        return {
          kind: 'base',
          name: 'pointer to member',
          size: this.sizeOf(entry) || POINTER_SIZE,
          encoding: 'unsigned',
        };
      case Tag.unspecifiedType:
        return { kind: 'base', name: entry.name, size: this.sizeOf(entry), encoding: 'void' };
      default:
        return entry.unit.cursorAt(entry.offset).fail(`tag 0x${entry.tag.toString(16)} is no type`);
    }
  }

  pointerType(name: string, flavour: 'pointer' | 'reference', target: () => Type): PointerType {
    return {
      kind: 'pointer',
      name,
      size: POINTER_SIZE,
      flavour,
      get target() {
        return target();
      },
    };
  }

  /** What a declaration stands for: a type unit, or a definition of that name in another unit. */
  #completed(entry: Entry): Entry {
    if (!entry.has(Attribute.declaration)) return entry;
    return entry.reference(Attribute.signature) ?? this.names.completionOf(entry) ?? entry;
  }

  #baseType(entry: Entry): Type {
    const size = this.sizeOf(entry);
    const encoding = entry.number(Attribute.encoding) ?? 0;
    if (encoding === Encoding.complexFloat) return this.#composites.complex(size);
    return { kind: 'base', name: entry.name, size, encoding: ENCODINGS.get(encoding) ?? 'unsigned' };
  }

  #aliasType(entry: Entry): AliasType {
    const builder = this;
    return {
      kind: 'alias',
      name: typeName(entry),
      size: this.sizeOf(entry),
      get target() {
        return builder.typeOfHolder(entry);
      },
    };
  }

  #enumType(entry: Entry): EnumType {
    const size = Math.min(this.sizeOf(entry) || POINTER_SIZE, LARGEST_ENUMERATION);
    const values: { name: string; value: bigint }[] = [];
    for (const child of entry.children()) {
      if (child.tag !== Tag.enumerator) continue;
      values.push({ name: child.name, value: child.integer(Attribute.constValue) ?? 0n });
    }
    const encoding = underlyingEncoding(entry);
    const signed = encoding === undefined ? values.some(({ value }) => value < 0n) : encoding === 'signed';
    const read = (value: bigint): bigint => (signed ? BigInt.asIntN(size * 8, value) : BigInt.asUintN(size * 8, value));
    const enumerators = values.map(({ name, value }) => ({ name, value: read(value) }));
    return { kind: 'enum', name: typeName(entry), size, signed, enumerators };
  }

  /** `dimensions`: counts, outermost first, undefined for those not known; an array of several is an array of arrays. */
  arrayType(entry: Entry, dimensions: readonly (number | undefined)[]): ArrayType {
    const [count, ...inner] = dimensions;
    const element = inner.length > 0 ? this.arrayType(entry, inner) : undefined;
    const elementSize = element?.size ?? this.sizeOf(entry.type);
    const size = elementSize * (count ?? 0);
    const fits = size <= LARGEST_SIZE;
    const builder = this;
    return {
      kind: 'array',
      name: arrayName(typeName(entry.type), dimensions),
      size: fits ? size : 0,
      count: fits ? count : undefined,
      get element() {
        return element ?? builder.typeOfHolder(entry);
      },
    };
  }

  #arraySize(entry: Entry, depth: number): number {
    const count = dimensionsOf(entry).reduce((product, dimension) => product * (dimensionCount(dimension) ?? 0), 1);
    const size = count * this.sizeOf(entry.type, depth - 1);
    return size <= LARGEST_SIZE ? size : 0;
  }
}

const BROKEN: BaseType = { kind: 'base', name: '(broken debug information)', size: 0, encoding: 'void' };

const POINTER_FLAVOURS: ReadonlyMap<number, 'pointer' | 'reference'> = new Map([
  [Tag.pointerType, 'pointer'],
  [Tag.referenceType, 'reference'],
  [Tag.rvalueReferenceType, 'reference'],
]);

const ALIASES: ReadonlySet<number> = new Set([
  Tag.typedef,
  Tag.constType,
  Tag.volatileType,
  Tag.restrictType,
  Tag.atomicType,
  Tag.templateAlias,
]);

const ENCODINGS: ReadonlyMap<number, BaseType['encoding']> = new Map([
  [Encoding.boolean, 'boolean'],
  [Encoding.float, 'float'],
  [Encoding.signed, 'signed'],
  [Encoding.signedChar, 'character'],
  [Encoding.unsigned, 'unsigned'],
  [Encoding.unsignedChar, 'character'],
  [Encoding.utf, 'character'],
  [Encoding.ascii, 'character'],
]);

/** Whether aliases and arrays lead back to where they began. */
function isRing(entry: Entry): boolean {
  let next: Entry | undefined = entry;
  for (let links = 0; links < DEEPEST_CHAIN; links++) {
    if (next === undefined || !(ALIASES.has(next.tag) || next.tag === Tag.arrayType)) return false;
    next = next.type;
  }
  return true;
}

function underlyingEncoding(enumeration: Entry): 'signed' | 'unsigned' | undefined {
  let type = enumeration.type;
  for (let links = 0; type !== undefined && ALIASES.has(type.tag) && links < DEEPEST_CHAIN; links++) type = type.type;
  const encoding = type?.number(Attribute.encoding);
  if (encoding === undefined) return undefined;
  return encoding === Encoding.signed || encoding === Encoding.signedChar ? 'signed' : 'unsigned';
}

/** The dimensions go behind those of an element that is a pointer to an array: `int (*[4])[3]`. */
function arrayName(element: string, dimensions: readonly (number | undefined)[]): string {
  const text = dimensions.map((count) => `[${count ?? ''}]`).join('');
  const star = /\(\*+/.exec(element);
  if (star === null) return element + text;
  const place = star.index + star[0].length;
  return element.slice(0, place) + text + element.slice(place);
}
