/** Types of an AssemblyScript program by their names, made when they are first asked for. */
import type { AssemblyScriptClass, AssemblyScriptProgram } from '../../compile/artifact.ts';
import { builtinType } from '../expression/typeNames.ts';
import type { CompositeType, EnumType, Member, Memory, PointerType, Type } from '../model.ts';
import { typeOfWasm } from '../wasmTypes.ts';
import { runtimeId } from './objects.ts';

/** Classes of the standard library that have a formatter, by what their internal names start with. */
const formatters: readonly (readonly [prefix: string, formatter: string, element?: string])[] = [
  ['~lib/string/String', 'assemblyscript/string'],
  ['~lib/array/Array<', 'assemblyscript/array'],
  ['~lib/staticarray/StaticArray<', 'assemblyscript/staticArray'],
  ['~lib/arraybuffer/ArrayBufferView', 'assemblyscript/view', 'u8'],
  ['~lib/arraybuffer/ArrayBuffer', 'assemblyscript/staticArray', 'u8'],
  ['~lib/dataview/DataView', 'assemblyscript/view', 'u8'],
  ['~lib/typedarray/Int8Array', 'assemblyscript/view', 'i8'],
  ['~lib/typedarray/Uint8Array', 'assemblyscript/view', 'u8'],
  ['~lib/typedarray/Uint8ClampedArray', 'assemblyscript/view', 'u8'],
  ['~lib/typedarray/Int16Array', 'assemblyscript/view', 'i16'],
  ['~lib/typedarray/Uint16Array', 'assemblyscript/view', 'u16'],
  ['~lib/typedarray/Int32Array', 'assemblyscript/view', 'i32'],
  ['~lib/typedarray/Uint32Array', 'assemblyscript/view', 'u32'],
  ['~lib/typedarray/Int64Array', 'assemblyscript/view', 'i64'],
  ['~lib/typedarray/Uint64Array', 'assemblyscript/view', 'u64'],
  ['~lib/typedarray/Float32Array', 'assemblyscript/view', 'f32'],
  ['~lib/typedarray/Float64Array', 'assemblyscript/view', 'f64'],
  ['~lib/map/Map<', 'assemblyscript/map'],
  ['~lib/set/Set<', 'assemblyscript/set'],
  ['~lib/function/Function<', 'assemblyscript/function'],
];

/** Bases of bases: deeper is a broken description. */
const deepestInheritance = 100;
/** References are addresses: wasm32. */
const referenceSize = 4;

export class AssemblyScriptTypes {
  readonly #byName = new Map<string, AssemblyScriptClass>();
  readonly #byRuntimeId = new Map<number, AssemblyScriptClass>();
  readonly #enums = new Map<string, EnumType>();
  readonly #made = new Map<string, CompositeType>();

  constructor(program: AssemblyScriptProgram) {
    for (const each of program.classes) {
      this.#byName.set(each.internalName, each);
      if (each.managed) this.#byRuntimeId.set(each.id, each);
    }
    for (const { name, values } of program.enums) this.#enums.set(name, enumType(name, values));
  }

  /** A type by the compiler's name for it: `i32`, `~lib/array/Array<i32>`, `sample/Point | null`. */
  named(name: string): Type {
    const bare = name.replace(/ \| null$/, '');
    const found = this.#class(bare);
    if (found) return this.#reference(shortName(name), () => this.composite(found));
    if (/=>/.test(bare)) return this.#reference(shortName(name), () => functionObject(shortName(bare)));
    const wasm = bare === 'v128' || bare.startsWith('ref_') ? typeOfWasm('v128') : undefined;
    return this.#enums.get(bare) ?? wasm ?? builtinType(bare, 'assemblyscript') ?? unknownType(name);
  }

  /** A type as a person writes it: `Point`, `Array<i32>`, `string`. */
  written(name: string): Type | undefined {
    const wanted = name === 'string' ? 'String' : name;
    for (const [internalName, type] of this.#enums) if (shortName(internalName) === wanted) return type;
    for (const internalName of this.#byName.keys()) {
      if (shortName(internalName) === wanted || internalName === wanted) return this.named(internalName);
    }
    return builtinType(wanted, 'assemblyscript');
  }

  /** Whether a class keeps a value of that name in its objects: then its accessor is the compiler's. */
  hasField(className: string, field: string): boolean {
    return this.#fields(this.#class(className)).some(({ name }) => name === field);
  }

  composite(description: AssemblyScriptClass): CompositeType {
    const { internalName } = description;
    const known = this.#made.get(internalName);
    if (known) return known;
    const type = this.#make(description);
    this.#made.set(internalName, type);
    return type;
  }

  #make(description: AssemblyScriptClass): CompositeType {
    const types = this;
    const ancestors = this.#ancestors(description);
    const formatted = ancestors.flatMap((each) => {
      const row = formatters.find(([prefix]) => each.internalName.startsWith(prefix));
      return row ? [{ formatter: row[1], parameters: row[2] ? [row[2]] : each.typeArguments }] : [];
    })[0];
    let members: readonly Member[] | undefined;
    let parameters: readonly Type[] | undefined;
    return {
      kind: 'composite',
      name: shortName(description.internalName),
      size: description.size,
      flavour: 'class',
      get members() {
        members ??= types
          .#fields(description)
          .map(({ name, type, offset }) => ({ name, type: types.named(type), offset }));
        return members;
      },
      ...(formatted && {
        formatter: formatted.formatter,
        get parameters() {
          parameters ??= formatted.parameters.map((name) => types.named(name));
          return parameters;
        },
      }),
      ...(description.managed && {
        runtimeType: (address: number, memory: Memory) => types.#runtimeType(description, address, memory),
      }),
    };
  }

  /** What an object says it is, when that is a kind of what it is declared as. */
  #runtimeType(declared: AssemblyScriptClass, address: number, memory: Memory): CompositeType | undefined {
    // Static data at the very start of memory has no header before it.
    if (address < 8) return undefined;
    const actual = this.#byRuntimeId.get(runtimeId(memory, address));
    if (!actual || actual === declared || !this.#ancestors(actual).includes(declared)) return undefined;
    return this.composite(actual);
  }

  #reference(name: string, target: () => CompositeType): PointerType {
    return {
      kind: 'pointer',
      name,
      size: referenceSize,
      flavour: 'managed',
      get target() {
        return target();
      },
    };
  }

  #class(name: string): AssemblyScriptClass | undefined {
    // Wrappers such as `~lib/number/I32` only hold the methods of numbers.
    return name.startsWith('~lib/number/') ? undefined : this.#byName.get(name);
  }

  /** The class, then its bases. */
  #ancestors(description: AssemblyScriptClass): readonly AssemblyScriptClass[] {
    const chain: AssemblyScriptClass[] = [];
    let current: AssemblyScriptClass | undefined = description;
    while (current && chain.length < deepestInheritance) {
      chain.push(current);
      current = current.base === undefined ? undefined : this.#byName.get(current.base);
    }
    return chain;
  }

  /** Fields of a class and its bases, as they lie in memory. */
  #fields(description: AssemblyScriptClass | undefined): AssemblyScriptClass['fields'] {
    if (!description) return [];
    const byOffset = new Map<number, AssemblyScriptClass['fields'][number]>();
    for (const each of this.#ancestors(description).toReversed()) {
      for (const field of each.fields) if (Number.isInteger(field.offset)) byOffset.set(field.offset, field);
    }
    return [...byOffset.values()].sort((a, b) => a.offset - b.offset);
  }
}

/** `~lib/array/Array<sample/Point>` as it is written: `Array<Point>`. */
export function shortName(name: string): string {
  // Part by part: one pattern over all of it would take the square of its length.
  const parts = name.split('/');
  const last = parts.pop() ?? '';
  return parts.map(withoutFolder).join('') + last;
}

/** Without the path at the end of what stands before a slash; the slash stays where it divides no path. */
function withoutFolder(part: string): string {
  let end = part.length;
  while (end > 0 && /[~\w.%@-]/.test(part.charAt(end - 1))) end--;
  return end === part.length ? `${part}/` : part.slice(0, end);
}

function enumType(name: string, values: readonly { readonly name: string; readonly value: number }[]): EnumType {
  return {
    kind: 'enum',
    name: shortName(name),
    size: 4,
    signed: true,
    enumerators: values.map((each) => ({ name: each.name, value: BigInt(Math.trunc(each.value)) })),
  };
}

function functionObject(name: string): CompositeType {
  const formatter = 'assemblyscript/function';
  return { kind: 'composite', name, size: 8, flavour: 'class', members: [], formatter };
}

function unknownType(name: string): Type {
  return { kind: 'base', name: shortName(name), size: 4, encoding: 'reference' };
}
