/**
 * The text of a `sandbox.json` as a tree that knows where everything stands. Comments and trailing commas are
 * allowed; a broken text gives as much of the tree as can be had. Values have no prototype, so that a key such as
 * `__proto__` is just an unknown key.
 */
import { createScanner, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import type { TextEdit, TextRange } from './problem.ts';

export type JsonPath = readonly (string | number)[];

/** A key that is written again further on in the same object. */
export interface RepeatedKey {
  readonly path: JsonPath;
  readonly range: TextRange;
  /** The property with its comma, to be taken out. */
  readonly property: TextRange;
}

export interface SyntaxFault extends TextRange {
  readonly code: 'syntax' | 'too-large';
  readonly message: string;
}

export class ConfigDocument {
  readonly text: string;
  readonly root: Node | undefined;
  readonly faults: readonly SyntaxFault[];

  constructor(text: string) {
    this.text = text;
    const tooLarge = findExcess(text);
    const errors: ParseError[] = [];
    this.root = tooLarge ? undefined : parseTree(text, errors, { allowTrailingComma: true });
    this.faults = tooLarge ? [tooLarge] : errors.map((error) => syntaxFault(error, text));
  }

  /** The tree at a path. Of keys written twice the last one holds. */
  node(path: JsonPath): Node | undefined {
    let node = this.root;
    for (const segment of path) node = node && child(node, segment);
    return node;
  }

  /** The value at a path; undefined when the document does not have it. */
  value(path: JsonPath): unknown {
    const node = this.node(path);
    return node && toValue(node);
  }

  /** How many items the list at a path has; 0 when there is none. */
  count(path: JsonPath): number {
    const node = this.node(path);
    return node?.type === 'array' ? (node.children?.length ?? 0) : 0;
  }

  /** The values of the list at a path; none when there is no list. */
  items(path: JsonPath): readonly unknown[] {
    const value = this.value(path);
    return Array.isArray(value) ? value : [];
  }

  /** Where to point for a path: the value; for a missing one the nearest thing around it. */
  range(path: JsonPath): TextRange {
    for (let length = path.length; length > 0; length--) {
      const node = this.node(path.slice(0, length));
      if (node) return length === path.length ? rangeOf(node) : { offset: node.offset, length: 1 };
    }
    if (path.length === 0 && this.root) return rangeOf(this.root);
    return { offset: this.root?.offset ?? 0, length: Math.min(1, this.text.length) };
  }

  /** Where the key itself stands, or the value when it has none. */
  keyRange(path: JsonPath): TextRange {
    const key = this.node(path)?.parent?.children?.[0];
    return key && typeof path.at(-1) === 'string' ? rangeOf(key) : this.range(path);
  }

  /** Every object's keys that are written again further on. */
  repeatedKeys(): readonly RepeatedKey[] {
    const found: RepeatedKey[] = [];
    if (this.root) collectRepeatedKeys(this.root, [], found);
    return found;
  }

  /** The edit that replaces a value, or adds it to its object where it is missing. */
  editTo(path: JsonPath, value: unknown): TextEdit | undefined {
    const text = JSON.stringify(value);
    const node = this.node(path);
    if (node) return { ...rangeOf(node), text };
    const parent = this.node(path.slice(0, -1));
    if (parent?.type !== 'object') return undefined;
    const indent = '  '.repeat(path.length);
    const after = parent.children?.length ? ',' : `\n${indent.slice(2)}`;
    return { offset: parent.offset + 1, length: 0, text: `\n${indent}${JSON.stringify(path.at(-1))}: ${text}${after}` };
  }

  /** The edit that takes out an item of a list, with its comma. */
  editWithout(path: JsonPath): TextEdit | undefined {
    const node = this.node(path);
    const items = node?.parent?.children;
    const index = path.at(-1);
    if (!node || !items || typeof index !== 'number') return undefined;
    const [previous, next] = [items[index - 1], items[index + 1]];
    const start = next || !previous ? node.offset : previous.offset + previous.length;
    return { offset: start, length: (next ? next.offset : node.offset + node.length) - start, text: '' };
  }
}

/** JSON pointer (RFC 6901) of a path. */
export function pointer(path: JsonPath): string {
  return path.map((segment) => `/${String(segment).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** Path for people: `filesystem.read[0]`. */
export function dotted(path: JsonPath): string {
  return path.map((part, index) => (typeof part === 'number' ? `[${part}]` : index > 0 ? `.${part}` : part)).join('');
}

export function rangeOf(node: Node): TextRange {
  return { offset: node.offset, length: node.length };
}

/** Limits that no honest file meets, so that a hostile one costs nothing: characters, and brackets inside brackets. */
const LONGEST_TEXT = 1024 * 1024;
const DEEPEST_NESTING = 64;

function findExcess(text: string): SyntaxFault | undefined {
  if (text.length > LONGEST_TEXT) {
    const message = `This file is too large for a sandbox.json: ${text.length} characters, at most ${LONGEST_TEXT}.`;
    return { offset: 0, length: 1, code: 'too-large', message };
  }
  const scanner = createScanner(text, true);
  let depth = 0;
  for (;;) {
    const token: number = scanner.scan();
    if (token === END_OF_FILE) return undefined;
    if (token === OPEN_BRACE || token === OPEN_BRACKET) depth++;
    else if (token === CLOSE_BRACE || token === CLOSE_BRACKET) depth--;
    if (depth > DEEPEST_NESTING) {
      const message = `Brackets are nested more than ${DEEPEST_NESTING} deep here. A sandbox.json needs five.`;
      return { offset: scanner.getTokenOffset(), length: 1, code: 'too-large', message };
    }
  }
}

// jsonc-parser's SyntaxKind is a `const enum`, which type stripping cannot read.
const OPEN_BRACE = 1;
const CLOSE_BRACE = 2;
const OPEN_BRACKET = 3;
const CLOSE_BRACKET = 4;
const END_OF_FILE = 17;

function syntaxFault(error: ParseError, text: string): SyntaxFault {
  const words = printParseErrorCode(error.error)
    .replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toLowerCase();
  const found = text.slice(error.offset, error.offset + Math.min(error.length, 20));
  const message = `This is not valid JSON: ${words}${found.trim() ? ` at \`${found}\`` : ''}.`;
  return { offset: error.offset, length: error.length, code: 'syntax', message };
}

function child(node: Node, segment: string | number): Node | undefined {
  if (typeof segment === 'number') return node.type === 'array' ? node.children?.[segment] : undefined;
  if (node.type !== 'object') return undefined;
  return node.children?.findLast((property) => property.children?.[0]?.value === segment)?.children?.[1];
}

function toValue(node: Node): unknown {
  if (node.type === 'array') return (node.children ?? []).map(toValue);
  if (node.type !== 'object') return node.value;
  const object: Record<string, unknown> = Object.create(null);
  for (const { children: [key, value] = [] } of node.children ?? []) {
    if (key && value) object[String(key.value)] = toValue(value);
  }
  return object;
}

function collectRepeatedKeys(node: Node, path: JsonPath, found: RepeatedKey[]): void {
  const last = new Map<string, number>();
  const items = node.children ?? [];
  for (const [index, item] of items.entries()) {
    const [key, value] = item.type === 'property' ? (item.children ?? []) : [undefined, item];
    const name = key ? String(key.value) : index;
    if (typeof name === 'string') {
      const earlier = last.get(name);
      if (earlier !== undefined) found.push(repeated(items, earlier, [...path, name]));
      last.set(name, index);
    }
    if (value) collectRepeatedKeys(value, [...path, name], found);
  }
}

/** The same key comes again, so there is always a next property up to which to cut. */
function repeated(properties: readonly Node[], index: number, path: JsonPath): RepeatedKey {
  const start = properties[index]?.offset ?? 0;
  const end = properties[index + 1]?.offset ?? start;
  const key = properties[index]?.children?.[0];
  return {
    path,
    range: key ? rangeOf(key) : { offset: start, length: 0 },
    property: { offset: start, length: end - start },
  };
}
