/**
 * Composite types that are not shown member by member: strings, arrays, maps. One table, keyed by
 * `CompositeType.formatter`; a language adds its own rows.
 */
import { assemblyScriptFormatters } from './assemblyscript/formatters.ts';
import type { Contents } from './contents.ts';
import type { CompositeType, Memory, Value } from './model.ts';

export interface Formatter {
  /** The value in one line. @throws {Unreadable} */
  text(value: Value, tools: FormatterTools): string;
  /** What is inside. @throws {Unreadable} */
  contents(value: Value, memory: Memory): Contents;
  /** What `.length` or `.size` gives in an expression. @throws {Unreadable} */
  length?(value: Value, memory: Memory): number;
  /** The characters, for comparisons in expressions, of strings only. @throws {Unreadable} */
  characters?(value: Value, memory: Memory): string;
}

/** What the renderer lends to a formatter. */
export interface FormatterTools {
  readonly memory: Memory;
  /** A short text of an inner value. */
  summary(value: Value): string;
  /** As many parts as fit, between brackets. */
  list(parts: Iterable<string>, brackets: '{}' | '[]'): string;
  functionName(tableIndex: number): string | undefined;
}

export function formatterOf(type: CompositeType): Formatter | undefined {
  return type.formatter === undefined ? undefined : table.get(type.formatter);
}

const table: ReadonlyMap<string, Formatter> = new Map(Object.entries(assemblyScriptFormatters));
