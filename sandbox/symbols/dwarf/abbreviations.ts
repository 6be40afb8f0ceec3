/** The shapes of entries (DWARF 5 §7.5.3): tag, children or not, attributes and their forms. */
import { Form } from './constants.ts';
import { Cursor, type Section, spend } from './cursor.ts';

export interface Abbreviation {
  readonly tag: number;
  readonly hasChildren: boolean;
  readonly attributes: readonly number[];
  readonly forms: readonly number[];
  /** Those of them that take room in an entry. */
  readonly sized: readonly number[];
  /** Values of `DW_FORM_implicit_const`, by place. */
  readonly implicit: readonly (bigint | undefined)[];
}

/** Entries have a dozen or two. */
const MOST_ATTRIBUTES = 256;
const WITHOUT_SIZE: ReadonlySet<number> = new Set([Form.flagPresent, Form.implicitConst]);

export type Abbreviations = ReadonlyMap<number, Abbreviation>;

export function readAbbreviations(section: Section, offset: number): Abbreviations {
  const cursor = new Cursor(section, offset);
  const table = new Map<number, Abbreviation>();
  for (;;) {
    const code = cursor.uleb();
    if (code === 0) return table;
    const start = cursor.position;
    table.set(code, readAbbreviation(cursor));
    spend(section, start, cursor.position - start);
  }
}

function readAbbreviation(cursor: Cursor): Abbreviation {
  const tag = cursor.uleb();
  const hasChildren = cursor.u8() !== 0;
  const attributes: number[] = [];
  const forms: number[] = [];
  const implicit: (bigint | undefined)[] = [];
  for (;;) {
    const attribute = cursor.uleb();
    const form = cursor.uleb();
    const value = form === Form.implicitConst ? cursor.slebBig() : undefined;
    if (attribute === 0 && form === 0) break;
    if (forms.length === MOST_ATTRIBUTES) cursor.fail(`more than ${MOST_ATTRIBUTES} attributes`);
    attributes.push(attribute);
    forms.push(form);
    implicit.push(value);
  }
  return { tag, hasChildren, attributes, forms, implicit, sized: forms.filter((form) => !WITHOUT_SIZE.has(form)) };
}
