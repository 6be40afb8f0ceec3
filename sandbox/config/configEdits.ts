/**
 * Puts a change of settings into the text of a `sandbox.json`: comments, trailing commas, indentation and line ends stay
 * as they are. jsonc-parser's `modify` would move a comment to the entry added behind it and lay out anew what it touches.
 */
import { createScanner, type Node } from 'jsonc-parser';
import { ConfigDocument, dotted, type JsonPath } from './configDocument.ts';
import type { TextEdit } from './problem.ts';

/** What is to be different in a `sandbox.json`. Plain data. */
export interface ConfigChange {
  /** As a menu item: `Grant reading "./data" in sandbox.json`. */
  readonly title: string;
  readonly changes: readonly SettingChange[];
}

export interface SettingChange {
  /** Keys from the root: `filesystem`, `read`. */
  readonly path: readonly string[];
  /** `append`: to the list there, unless it has the value already. */
  readonly kind: 'append' | 'set';
  /** As it stands in the file. */
  readonly value: unknown;
}

export type EditPlan =
  /** In the order of the text, not overlapping; none when everything is there already. */
  | { readonly ok: true; readonly edits: readonly TextEdit[] }
  /** A sentence that says why the text cannot be changed. */
  | { readonly ok: false; readonly message: string };

/** The edits that make a change to a text. An empty text stands for a file that does not exist yet. */
export function editsFor(text: string, change: ConfigChange): EditPlan {
  const changed = applyChange(text, change);
  return changed.ok ? { ok: true, edits: difference(text, changed.text) } : changed;
}

export type ChangedText = { readonly ok: true; readonly text: string } | Extract<EditPlan, { ok: false }>;

/** The text with a change made to it. Making it twice changes nothing more. */
export function applyChange(text: string, change: ConfigChange): ChangedText {
  let changed = text;
  for (const setting of change.changes) {
    const next = applySetting(changed, setting);
    if (!next.ok) return next;
    changed = next.text;
  }
  return { ok: true, text: changed };
}

function applySetting(text: string, { path, kind, value }: SettingChange): ChangedText {
  if (isBlank(text)) return applyNew(text, nested(path, kind === 'append' ? [value] : value));
  const document = new ConfigDocument(text);
  const obstacle = obstacleTo(document, path, kind);
  if (obstacle !== undefined) return { ok: false, message: obstacle };
  const node = document.node(path);
  if (node === undefined) {
    const [holder, rest] = deepestObject(document, path);
    const [key = '', ...inner] = rest;
    const added = nested(inner, kind === 'append' ? [value] : value);
    return { ok: true, text: insert(text, holder, (layout) => `${JSON.stringify(key)}: ${print(added, layout)}`) };
  }
  if (kind === 'set') return { ok: true, text: replace(text, node, JSON.stringify(value)) };
  if (document.items(path).some((item) => isSame(item, value))) return { ok: true, text };
  return { ok: true, text: insert(text, node, () => flat(value)) };
}

/** Why a change cannot be made where it belongs. */
function obstacleTo(document: ConfigDocument, path: JsonPath, kind: SettingChange['kind']): string | undefined {
  const [fault] = document.faults;
  if (fault) return `sandbox.json cannot be changed while it has errors. ${fault.message} Correct that first.`;
  const repeated = document.repeatedKeys().find(({ path: found }) => found.every((part, at) => part === path[at]));
  if (repeated) return `sandbox.json has "${dotted(repeated.path)}" more than once. Remove one of them first.`;
  for (let length = 0; length <= path.length; length++) {
    const type = document.node(path.slice(0, length))?.type;
    if (type === undefined) return undefined;
    if (length < path.length && type !== 'object') return notThat(path.slice(0, length), 'an object');
    if (length === path.length && kind === 'append' && type !== 'array') return notThat(path, 'a list');
  }
  return undefined;
}

function notThat(path: JsonPath, wanted: string): string {
  const what = path.length === 0 ? 'It' : `"${dotted(path)}"`;
  return `sandbox.json cannot be changed while it has errors. ${what} must be ${wanted}. Correct that first.`;
}

/** A file without any value: comments at its start stay. */
function applyNew(text: string, value: unknown): ChangedText {
  const line = lineEnd(text);
  const before = text.trim() === '' ? '' : `${text.trimEnd()}${line}`;
  return { ok: true, text: `${before}${print(value, { indent: '', unit: '  ', line })}${line}` };
}

function isBlank(text: string): boolean {
  const scanner = createScanner(text, true);
  return scanner.scan() === END_OF_FILE;
}

function deepestObject(document: ConfigDocument, path: readonly string[]): [Node, readonly string[]] {
  for (let length = path.length - 1; length >= 0; length--) {
    const node = document.node(path.slice(0, length));
    if (node) return [node, path.slice(length)];
  }
  throw new Error('A text without a value has no place for a setting.');
}

/** How an entry is to be written: over several lines, or on one. */
type Layout = Lines | 'one line';

interface Lines {
  /** White space in front of the line that something stands on. */
  readonly indent: string;
  /** One level more. */
  readonly unit: string;
  readonly line: string;
}

/** Add an entry at the end of a list or an object, in the way that its other entries are written. */
function insert(text: string, holder: Node, entry: (layout: Layout) => string): string {
  const open = holder.offset;
  const close = holder.offset + holder.length - 1;
  const last = holder.children?.at(-1);
  const line = lineEnd(text);
  const unit = indentUnit(text);
  const outer = indentAt(text, open);
  if (!last) return insertFirst(text, holder, { entry, layout: { indent: `${outer}${unit}`, unit, line } });
  const lastEnd = last.offset + last.length;
  const trivia = triviaAfter(text, lastEnd, close);
  const ownLine = trivia.lineComment || text.slice(open, last.offset).includes('\n');
  const indent = text.slice(open, last.offset).includes('\n') ? indentAt(text, last.offset) : `${outer}${unit}`;
  const added = entry(ownLine ? { indent, unit, line } : 'one line');
  const comma = trivia.comma ? '' : ',';
  const trailing = trivia.comma ? ',' : '';
  const between = text.slice(lastEnd, trivia.end);
  const after = trivia.lineComment && !text.slice(trivia.end, close).includes('\n') ? `${line}${outer}` : '';
  const start = ownLine ? `${line}${indent}` : ' ';
  return `${text.slice(0, lastEnd)}${comma}${between}${start}${added}${trailing}${after}${text.slice(trivia.end)}`;
}

/** A list without entries stays on its line, an object is opened up. Comments inside stay in front. */
function insertFirst(
  text: string,
  holder: Node,
  { entry, layout }: { readonly entry: (layout: Layout) => string; readonly layout: Lines },
): string {
  const start = holder.offset + 1;
  const close = holder.offset + holder.length - 1;
  const { end, lineComment } = triviaAfter(text, start, close);
  const inside = text.slice(start, end);
  if (holder.type === 'array' && inside.trim() === '' && !lineComment) {
    return `${text.slice(0, start)}${entry(layout)}${text.slice(close)}`;
  }
  const outer = indentAt(text, holder.offset);
  const added = `${layout.line}${layout.indent}${entry(layout)}${layout.line}${outer}`;
  return `${text.slice(0, start)}${inside}${added}${text.slice(close)}`;
}

/** Comments and a comma between the last entry and the bracket. `end`: behind the last of them. */
function triviaAfter(
  text: string,
  start: number,
  close: number,
): { comma: boolean; lineComment: boolean; end: number } {
  const scanner = createScanner(text, false);
  scanner.setPosition(start);
  const found = { comma: false, lineComment: false, end: start };
  for (;;) {
    const token: number = scanner.scan();
    if (token === END_OF_FILE || scanner.getTokenOffset() >= close) return found;
    if (token === COMMA) found.comma = true;
    if (token === LINE_COMMENT) found.lineComment = true;
    if (token === COMMA || token === LINE_COMMENT || token === BLOCK_COMMENT) {
      found.end = scanner.getTokenOffset() + scanner.getTokenLength();
    }
  }
}

// jsonc-parser's SyntaxKind is a `const enum`, which type stripping cannot read.
const COMMA = 5;
const LINE_COMMENT = 12;
const BLOCK_COMMENT = 13;
const END_OF_FILE = 17;

function replace(text: string, { offset, length }: Node, value: string): string {
  return text.slice(0, offset) + value + text.slice(offset + length);
}

function nested(path: readonly string[], value: unknown): unknown {
  return path.reduceRight((inner, key) => ({ [key]: inner }), value);
}

/** Objects of settings over several lines; lists, and objects in lists, on one. */
function print(value: unknown, layout: Layout): string {
  if (layout === 'one line' || !isObject(value)) return flat(value);
  const { indent, unit, line } = layout;
  const inner = `${indent}${unit}`;
  const entries = Object.entries(value).map(
    ([key, each]) => `${inner}${JSON.stringify(key)}: ${print(each, { indent: inner, unit, line })}`,
  );
  return `{${line}${entries.join(`,${line}`)}${line}${indent}}`;
}

function flat(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flat).join(', ')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const entries = Object.entries(value).map(([key, each]) => `${JSON.stringify(key)}: ${flat(each)}`);
  return `{ ${entries.join(', ')} }`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** In whatever order the keys of a grant are written. */
function isSame(one: unknown, other: unknown): boolean {
  const sorted = (value: unknown) =>
    JSON.stringify(isObject(value) ? Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)) : value);
  return sorted(one) === sorted(other);
}

function lineEnd(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

/** White space at the start of the line on which `offset` stands. */
function indentAt(text: string, offset: number): string {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  return /^[ \t]*/.exec(text.slice(start, offset))?.[0] ?? '';
}

/** What the file indents its first indented line by. */
function indentUnit(text: string): string {
  return /^(\t|[ ]{1,8})(?=\S)/m.exec(text)?.[1] ?? '  ';
}

/** One edit: what lies between the start and the end that both texts share. */
function difference(before: string, after: string): readonly TextEdit[] {
  if (before === after) return [];
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before[start] === after[start]) start++;
  let end = 0;
  while (end < most - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  return [{ offset: start, length: before.length - start - end, text: after.slice(start, after.length - end) }];
}
