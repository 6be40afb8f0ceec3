/** Why a growth of a memory or a table was refused: by our limit, by the module's own maximum, or by the machine. */
import { type Bound, type Growth, type Instrumented, PROBE_EXPORTS } from '../../instrument/instrumented.ts';
import type { Limits, Module } from '../../wasm/module.ts';
import type { Exhausted } from '../protocol.ts';
import { memoryOf } from './inspection.ts';

export interface Refusal {
  readonly growth: Growth;
  /** Pages, or entries. */
  readonly asked: number;
  /** undefined: the module's own maximum, which is no limit of ours. */
  readonly exhausted: Exhausted | undefined;
  /** For what is said of a trap soon after: what it wanted and could not have. */
  readonly because: string;
}

/** What the engine needs for an entry, at most: tables are paid for out of `memory`. In bytes. */
export const TABLE_ENTRY = 32;
const PAGE = 65536;

/** How many entries all tables of a module may have. */
export function maxTableEntries(memory: number): number {
  return Math.floor(memory / TABLE_ENTRY);
}

/** Whether a module has more from its start than the limit (bytes) allows, of memories or of tables. */
export function lacksMemory(
  { memories, tables }: Pick<Module, 'memories' | 'tables'>,
  limit: number,
): { readonly needed: number; readonly what: string } | undefined {
  const minimum = (all: readonly Limits[]) => all.reduce((sum, each) => sum + each.minimum, 0);
  const bytes = minimum(memories) * PAGE;
  if (bytes > limit) return { needed: bytes, what: 'to start' };
  const entries = minimum(tables);
  if (entries <= maxTableEntries(limit)) return undefined;
  return { needed: entries * TABLE_ENTRY, what: `for the ${count(entries)} entries of its tables` };
}

/** `number`: of the growth that the hook was called for just now. `limit`: of memory, in bytes. */
export function refusal(
  exports: Readonly<Record<string, unknown>>,
  instrumented: Instrumented,
  { number, limit }: { readonly number: number; readonly limit: number },
): Refusal | undefined {
  const growth = instrumented.growths[number];
  if (growth === undefined) return undefined;
  const bounds = growth.of === 'memory' ? instrumented.memoryBounds : instrumented.tableBounds;
  const bound = bounds[growth.index];
  if (bound === undefined) return undefined;
  const asked = askedFor(exports);
  const wanted = sizeOf(exports, growth) + asked;
  return { growth, asked, ...explain(growth.of, { wanted, bound, limit, alone: bounds.length === 1 }) };
}

/** All in pages or entries, `limit` in bytes. `alone`: no other memory or table has a share in the limit. */
interface Wanted {
  readonly wanted: number;
  readonly bound: Bound;
  readonly limit: number;
  readonly alone: boolean;
}

export function explain(of: Growth['of'], { wanted, bound, limit, alone }: Wanted): Omit<Refusal, 'growth' | 'asked'> {
  const unit = of === 'memory' ? PAGE : TABLE_ENTRY;
  const asked = of === 'memory' ? `${count(wanted * PAGE)} bytes of memory` : `a table of ${count(wanted)} entries`;
  if (wanted > bound.allowed && bound.own === bound.allowed) {
    const own = of === 'memory' ? `${count(bound.own * PAGE)} bytes` : `${count(bound.own)} entries`;
    return { exhausted: undefined, because: `it had asked for ${asked}, and its own maximum is ${own}` };
  }
  const bytes = { used: wanted * unit, limit: alone ? limit : bound.allowed * unit };
  const exhausted: Exhausted = { kind: 'memory', ...bytes, ...(of === 'table' ? { of } : {}) };
  if (wanted <= bound.allowed) {
    return {
      exhausted: { ...exhausted, by: 'machine' },
      because: `it had asked for ${asked}, and this machine could not give it`,
    };
  }
  const allowed = of === 'memory' ? `${count(bytes.limit)} bytes` : `${count(Math.floor(bytes.limit / unit))} entries`;
  return { exhausted, because: `it had asked for ${asked}, and "memory" in sandbox.json allows ${allowed}` };
}

/** In pages or entries. */
function sizeOf(exports: Readonly<Record<string, unknown>>, { of, index }: Growth): number {
  if (of === 'memory') return (memoryOf(exports, index)?.buffer.byteLength ?? 0) / PAGE;
  const table = exports[`${PROBE_EXPORTS.table}${index}`];
  return table instanceof WebAssembly.Table ? Number(table.length) : 0;
}

function askedFor(exports: Readonly<Record<string, unknown>>): number {
  const asked = exports[PROBE_EXPORTS.asked];
  const value = asked instanceof WebAssembly.Global ? asked.value : 0n;
  return typeof value === 'bigint' ? Number(BigInt.asUintN(64, value)) : 0;
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
