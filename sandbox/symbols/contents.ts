/**
 * The shape of what is inside a value: members, elements, entries. Counting reads as little memory as can be; elements are
 * made page by page, so that a garbage length costs nothing until somebody looks.
 */
import type { Value } from './model.ts';

export interface Child {
  readonly name: string;
  readonly value: Value;
  /** Of an entry of a map: what it is found by. */
  readonly key?: Value;
}

export interface Contents {
  readonly named: readonly Child[];
  /** How many children are found by number; they come after the named ones. */
  readonly indexed: number;
  slice(start: number, count: number): readonly Child[];
}

export const noContents: Contents = { named: [], indexed: 0, slice: () => [] };

/** Values that follow each other in memory. */
export function elements(count: number, at: (index: number) => Value): Contents {
  return {
    named: [],
    indexed: count,
    slice: (start, length) =>
      Array.from({ length: Math.max(0, Math.min(length, count - start)) }, (_, index) => ({
        name: `[${start + index}]`,
        value: at(start + index),
      })),
  };
}
