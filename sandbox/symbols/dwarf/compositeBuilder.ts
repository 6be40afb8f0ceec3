/** Structs, unions and classes: members, bit-fields, base classes, and forward declarations completed elsewhere. */
import type { CompositeType, Member, Type } from '../model.ts';
import { Attribute, Op, Tag } from './constants.ts';
import { Cursor, createSection } from './cursor.ts';
import type { Entry } from './entry.ts';
import type { TypeBuilder } from './typeBuilder.ts';
import { typeName } from './typeNames.ts';

/** Anonymous members and bases nest less deep than this; rings are cut here. */
const MOST_NESTED = 200;

export class CompositeBuilder {
  readonly #types: TypeBuilder;

  constructor(types: TypeBuilder) {
    this.#types = types;
  }

  /** `complete`: the same type where its members are. */
  build(entry: Entry, complete: Entry): CompositeType {
    const builder = this;
    let members: readonly Member[] | undefined;
    return {
      kind: 'composite',
      name: typeName(entry),
      size: this.#types.sizeOf(complete),
      flavour: entry.tag === Tag.unionType ? 'union' : entry.tag === Tag.classType ? 'class' : 'struct',
      get members() {
        members ??= builder.#types.information.attempt(() => builder.#members(complete), []);
        return members;
      },
    };
  }

  /** `_Complex`: two floats in a row. clang calls all of them just `complex`. */
  complex(size: number): CompositeType {
    const part = size === 8 ? 'float' : size === 16 ? 'double' : 'long double';
    const type: Type = { kind: 'base', name: part, size: size / 2, encoding: 'float' };
    const members = [
      { name: 'real', type, offset: 0 },
      { name: 'imag', type, offset: size / 2 },
    ];
    return { kind: 'composite', name: `_Complex ${part}`, size, flavour: 'struct', members };
  }

  #members(entry: Entry): readonly Member[] {
    if (containsItself(entry)) entry.unit.cursorAt(entry.offset).fail('a struct contains itself');
    const members: Member[] = [];
    for (const child of entry.children()) {
      if (child.tag === Tag.inheritance) members.push(this.#base(child));
      // A static member is external or, since DWARF 5, a variable.
      else if (child.tag === Tag.member && !child.flag(Attribute.external)) members.push(this.#member(child));
    }
    return members;
  }

  #base(entry: Entry): Member {
    const types = this.#types;
    return {
      name: '',
      offset: memberOffset(entry),
      base: true,
      get type() {
        return types.typeOfHolder(entry);
      },
    };
  }

  #member(entry: Entry): Member {
    const types = this.#types;
    const size = entry.number(Attribute.bitSize);
    const place = size === undefined ? { offset: memberOffset(entry) } : this.#bitField(entry, size);
    return {
      name: entry.name,
      ...place,
      get type() {
        return types.typeOfHolder(entry);
      },
    };
  }

  #bitField(entry: Entry, size: number): Pick<Member, 'offset'> & Required<Pick<Member, 'bits'>> {
    const storage = entry.number(Attribute.byteSize) ?? this.#types.sizeOf(entry.type);
    const fromEnd = entry.number(Attribute.bitOffset);
    // DWARF 2 and 3 count from the most significant bit of the storage unit.
    const first =
      entry.number(Attribute.dataBitOffset) ??
      memberOffset(entry) * 8 + (fromEnd === undefined ? 0 : storage * 8 - fromEnd - size);
    const offset = storageUnit({ first, size, storage });
    return { offset, bits: { offset: first - offset * 8, size } };
  }
}

/** Start, in bytes, of the aligned storage unit that holds the whole field, or of its first byte when none does. */
function storageUnit({ first, size, storage }: { first: number; size: number; storage: number }): number {
  const aligned = storage > 0 ? Math.floor(first / (storage * 8)) * storage : 0;
  return storage > 0 && first + size <= (aligned + storage) * 8 ? aligned : Math.floor(first / 8);
}

/** Bytes from the start of the composite: a constant, or `DW_OP_plus_uconst` as DWARF 2 has it. */
function memberOffset(entry: Entry): number {
  const value = entry.get(Attribute.dataMemberLocation);
  if (value?.kind === 'constant') return Number(value.value);
  if (value?.kind !== 'block') return 0;
  const cursor = new Cursor(createSection('member location', value.bytes));
  return !cursor.done && cursor.u8() === Op.plusUconst ? cursor.uleb() : 0;
}

/** Through anonymous members and bases, which a debugger looks into by itself. */
function containsItself(entry: Entry): boolean {
  const pending: Entry[] = [entry];
  for (let looked = 0; pending.length > 0; looked++) {
    const composite = pending.pop();
    if (composite === undefined || looked > MOST_NESTED) return looked > MOST_NESTED;
    for (const child of composite.children()) {
      const implied = child.tag === Tag.inheritance || (child.tag === Tag.member && !child.has(Attribute.name));
      const type = implied ? child.type : undefined;
      if (type?.offset === entry.offset) return true;
      if (type !== undefined) pending.push(type);
    }
  }
  return false;
}
