/** Entries of types, and enumerators, by name over all units, built when a name is first looked up. */
import { Attribute, Tag } from './constants.ts';
import { Entry } from './entry.ts';
import type { DebugInformation } from './information.ts';
import { qualifiedName } from './typeNames.ts';
import type { Unit } from './unit.ts';

const NAMED_TYPES: ReadonlySet<number> = new Set([
  Tag.baseType,
  Tag.classType,
  Tag.enumerationType,
  Tag.structureType,
  Tag.typedef,
  Tag.unionType,
  Tag.unspecifiedType,
]);

export class NameIndex {
  readonly #information: DebugInformation;
  #byName: ReadonlyMap<string, readonly Entry[]> | undefined;
  #enumerations: ReadonlyMap<string, readonly Entry[]> | undefined;

  constructor(information: DebugInformation) {
    this.#information = information;
  }

  /** Complete types of that qualified name, in the order of the file. */
  find(name: string): readonly Entry[] {
    this.#byName ??= this.#build(addTypes);
    return (this.#byName.get(lastPart(name)) ?? []).filter((entry) => qualifiedName(entry) === name);
  }

  /** Enumerations that have an enumerator of that name, in the order of the file; not those whose enumerators need `Color::`. */
  enumerationsOf(enumerator: string): readonly Entry[] {
    this.#enumerations ??= this.#build(addEnumerators);
    return this.#enumerations.get(enumerator) ?? [];
  }

  /** The complete type that a forward declaration stands for. */
  completionOf(declaration: Entry): Entry | undefined {
    return this.find(qualifiedName(declaration)).find(({ tag }) => sameKind(tag, declaration.tag));
  }

  #build(add: (unit: Unit, byName: Map<string, Entry[]>) => void): ReadonlyMap<string, readonly Entry[]> {
    const byName = new Map<string, Entry[]>();
    for (const unit of this.#information.units) {
      this.#information.attempt(() => add(unit, byName), undefined);
    }
    return byName;
  }
}

/** The name without the namespaces and classes around it; `::` inside template arguments does not count. */
function lastPart(name: string): string {
  let depth = 0;
  for (let place = name.length - 1; place > 0; place--) {
    const character = name[place];
    if (character === '>') depth++;
    else if (character === '<') depth--;
    else if (depth === 0 && character === ':' && name[place - 1] === ':') return name.slice(place + 1);
  }
  return name;
}

/** `struct` and `class` are the same thing to C++. */
function sameKind(tag: number, other: number): boolean {
  const plain = (kind: number): number => (kind === Tag.classType ? Tag.structureType : kind);
  return plain(tag) === plain(other);
}

function addTypes(unit: Unit, byName: Map<string, Entry[]>): void {
  const { offsets, tags } = unit.tree;
  for (let index = 0; index < tags.length; index++) {
    if (!NAMED_TYPES.has(tags[index] ?? 0)) continue;
    const entry = new Entry(unit, offsets[index] ?? 0);
    const name = entry.has(Attribute.declaration) ? undefined : entry.text(Attribute.name);
    if (name === undefined) continue;
    addEntry(byName, name, entry);
  }
}

function addEnumerators(unit: Unit, byName: Map<string, Entry[]>): void {
  const { tree } = unit;
  for (let index = 0; index < tree.tags.length; index++) {
    if (tree.tags[index] !== Tag.enumerator) continue;
    const enumeration = new Entry(unit, tree.offsets[tree.parentIndex(index)] ?? 0);
    if (enumeration.flag(Attribute.enumClass)) continue;
    addEntry(byName, new Entry(unit, tree.offsets[index] ?? 0).name, enumeration);
  }
}

function addEntry(byName: Map<string, Entry[]>, name: string, entry: Entry): void {
  const known = byName.get(name);
  if (known === undefined) byName.set(name, [entry]);
  else known.push(entry);
}
