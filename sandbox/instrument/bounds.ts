/**
 * How far the module's memories and tables may grow: what the host allows them together, shared out among them. Each
 * gets what it has from its start; of the rest all get equal parts, but none more than its own maximum takes.
 */
import type { Limits, Module } from '../wasm/module.ts';
import { InstrumentError } from './instrumentError.ts';
import type { Bound, InstrumentOptions } from './instrumented.ts';

export interface Bounds {
  /** In pages of 64 KiB, by memory index. Imported memories are bounded by whoever supplies them. */
  readonly memories: readonly Bound[];
  /** In entries, by table index. */
  readonly tables: readonly Bound[];
}

const PAGE = 65536;

/** @throws {InstrumentError} the module has more from its start than it may have */
export function bounds({ memories, tables }: Module, { maxMemory, maxTableEntries }: InstrumentOptions): Bounds {
  const pages = Math.floor((maxMemory ?? Number.POSITIVE_INFINITY) / PAGE);
  const entries = maxTableEntries ?? Number.POSITIVE_INFINITY;
  return {
    memories: shared(memories, pages, (needed) => {
      return `the module needs ${needed * PAGE} bytes of memory to start with, more than the ${pages * PAGE} it may have`;
    }),
    tables: shared(tables, entries, (needed) => {
      return `the module needs tables of ${needed} entries to start with, more than the ${entries} they may have`;
    }),
  };
}

type Growing = Limits & { readonly imported: boolean };

function shared(all: readonly Growing[], total: number, refusal: (needed: number) => string): readonly Bound[] {
  const defined = all.filter(({ imported }) => !imported);
  const needed = defined.reduce((sum, { minimum }) => sum + minimum, 0);
  if (needed > total) throw new InstrumentError(refusal(needed));
  const allowed = new Map(defined.map((each) => [each, each.minimum]));
  // Whoever wants least is served first, so that what it leaves goes to the others.
  const waiting = [...defined].sort((a, b) => room(a) - room(b));
  let rest = total - needed;
  waiting.forEach((each, served) => {
    const part = Math.min(room(each), Math.floor(rest / (waiting.length - served)));
    allowed.set(each, each.minimum + part);
    rest -= part;
  });
  return all.map((each) => ({ own: each.maximum, allowed: allowed.get(each) ?? Number.POSITIVE_INFINITY }));
}

function room({ minimum, maximum }: Growing): number {
  return Math.max(0, (maximum ?? Number.POSITIVE_INFINITY) - minimum);
}
