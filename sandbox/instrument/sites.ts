/**
 * Chooses and numbers the places where execution can stop: asked-for instructions and function entries, in the order
 * of the code.
 */
import type { FunctionCode } from './functionCode.ts';
import type { InstrumentOptions, Site } from './instrumented.ts';

export interface SitePlan {
  readonly sites: readonly Site[];
  /** Number of each function's first site, by position in `codes`, and the total after the last. */
  readonly first: Int32Array;
}

/** Functions without loops up to this length are likely accessors and guards. */
const ACCESSOR_LENGTH = 16;

/**
 * Offsets that are not the start of an instruction are passed over, but those before a function's first instruction
 * mean its entry.
 */
export function planSites(codes: readonly FunctionCode[], options: InstrumentOptions): SitePlan {
  const sites: Site[] = [];
  const first = new Int32Array(codes.length + 1);
  const asked = options.sites === 'all' ? 'all' : Uint32Array.from(options.sites ?? []).sort();
  const entries = options.entries ?? options.sites !== undefined;
  let next = 0;
  codes.forEach((code, position) => {
    first[position] = sites.length;
    const { body, fn } = code;
    let entryAsked = asked === 'all';
    while (asked !== 'all' && next < asked.length && (asked[next] as number) <= body.bodyStart) {
      if ((asked[next++] as number) >= body.start) entryAsked = true;
    }
    if (entryAsked || (entries && !isGeneratedAccessor(code, asked, next))) {
      sites.push({ offset: body.bodyStart, functionIndex: fn.index, entry: true, statement: entryAsked });
    }
    const add = (offset: number): void => {
      sites.push({ offset, functionIndex: fn.index, entry: false, statement: true });
    };
    if (asked === 'all') for (let at = 1; at < code.count; at++) add(code.offsets[at] as number);
    else next = addAsked(code, asked, next, add);
  });
  first[codes.length] = sites.length;
  return { sites, first };
}

/**
 * Those of one function, from asked-for offset `next` on; returns the first beyond the function. Offsets within
 * instructions are passed over.
 */
function addAsked(code: FunctionCode, asked: Uint32Array, next: number, add: (offset: number) => void): number {
  let at = 1;
  let position = next;
  for (; position < asked.length && (asked[position] as number) < code.body.end; position++) {
    const offset = asked[position] as number;
    while (at < code.count && (code.offsets[at] as number) < offset) at++;
    // Asked for twice: the instruction was passed at the first.
    if (code.offsets[at] === offset) {
      add(offset);
      at++;
    }
  }
  return position;
}

/**
 * When statements are given, a tiny function without any was written by a compiler. There are many of them,
 * they are called all the time, and a site would cost more than all they do.
 */
function isGeneratedAccessor(code: FunctionCode, asked: Uint32Array | 'all', next: number): boolean {
  if (asked === 'all' || asked.length === 0 || code.count > ACCESSOR_LENGTH) return false;
  const nextAsked = asked[next];
  if (nextAsked !== undefined && nextAsked < code.body.end) return false;
  return code.loopHeads === 0;
}
