/** One debugging information entry (DWARF 5 §2.1): its tag, its attributes on demand, its relatives. */
import type { Abbreviation } from './abbreviations.ts';
import { Attribute } from './constants.ts';
import { type AttributeValue, readForm, skipForm } from './forms.ts';
import type { Unit } from './unit.ts';

/** Abstract origins and specifications are followed this far: real chains have two links, broken ones may be rings. */
const LONGEST_ORIGIN = 8;

export class Entry {
  readonly unit: Unit;
  /** In `.debug_info`. */
  readonly offset: number;
  readonly #abbreviation: Abbreviation;
  readonly #attributes: number;

  constructor(unit: Unit, offset: number) {
    this.unit = unit;
    this.offset = offset;
    const cursor = unit.cursorAt(offset);
    this.#abbreviation = unit.abbreviation(cursor);
    this.#attributes = cursor.position;
  }

  get tag(): number {
    return this.#abbreviation.tag;
  }

  has(attribute: number): boolean {
    return this.#abbreviation.attributes.includes(attribute);
  }

  /** @throws {DwarfError} */
  get(attribute: number): AttributeValue | undefined {
    const { attributes, forms, implicit } = this.#abbreviation;
    const place = attributes.indexOf(attribute);
    const form = forms[place];
    if (form === undefined) return undefined;
    const cursor = this.unit.cursorAt(this.#attributes);
    for (let before = 0; before < place; before++) skipForm(cursor, forms[before] ?? 0, this.unit);
    return readForm(cursor, form, this.unit, implicit[place]);
  }

  text(attribute: number): string | undefined {
    const value = this.get(attribute);
    return value?.kind === 'string' ? value.value : undefined;
  }

  flag(attribute: number): boolean {
    const value = this.get(attribute);
    return value?.kind === 'flag' && value.value;
  }

  integer(attribute: number): bigint | undefined {
    const value = this.get(attribute);
    return value?.kind === 'constant' ? value.value : undefined;
  }

  /** A constant, address or section offset as a number. */
  number(attribute: number): number | undefined {
    const value = this.get(attribute);
    if (value?.kind === 'constant') return Number(value.value);
    return value?.kind === 'address' || value?.kind === 'offset' ? value.value : undefined;
  }

  /** @throws {DwarfError} when it leads to nothing we have */
  reference(attribute: number): Entry | undefined {
    const value = this.get(attribute);
    switch (value?.kind) {
      case 'reference':
        return this.unit.information.entryAt(value.offset);
      case 'signature':
        return this.unit.information.typeBySignature(value.value) ?? this.#fail('its type unit is missing');
      case 'elsewhere':
        return this.#fail('refers to another file');
      default:
        return undefined;
    }
  }

  #fail(problem: string): never {
    return this.unit.cursorAt(this.offset).fail(problem);
  }

  /** This entry, then the ones that complete it: abstract origin, specification, type unit. */
  *origins(): Iterable<Entry> {
    let entry: Entry | undefined = this;
    for (let links = 0; entry !== undefined && links < LONGEST_ORIGIN; links++) {
      yield entry;
      entry =
        entry.reference(Attribute.abstractOrigin) ??
        entry.reference(Attribute.specification) ??
        entry.reference(Attribute.signature);
    }
  }

  /** The nearest of `origins` that has the attribute. */
  holderOf(attribute: number): Entry | undefined {
    for (const entry of this.origins()) if (entry.has(attribute)) return entry;
    return undefined;
  }

  get name(): string {
    return this.holderOf(Attribute.name)?.text(Attribute.name) ?? '';
  }

  /** The entry of its type, its own or inherited; undefined is `void`. */
  get type(): Entry | undefined {
    return this.holderOf(Attribute.type)?.reference(Attribute.type);
  }

  get parent(): Entry | undefined {
    return this.unit.parentOf(this);
  }

  children(): Iterable<Entry> {
    return this.unit.childrenOf(this);
  }
}
