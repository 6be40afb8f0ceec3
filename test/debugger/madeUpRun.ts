/** Runs that never were: functions with lines that call each other by chance, and every site that they pass, with the frames around it. */

import { LineSites } from '../../sandbox/debugger/lineSites.ts';
import type { Place, Trace } from '../../sandbox/debugger/trace.ts';
import type { Hit, HitQuery } from '../../sandbox/replay/timeline.ts';

export interface MadeUpHit extends Hit {
  /** Innermost first; no two calls have the same. */
  readonly frames: readonly (Place['frames'][number] & { readonly id: number })[];
}

export interface MadeUpRun {
  readonly hits: readonly MadeUpHit[];
  readonly lines: LineSites;
  readonly trace: Trace;
}

type Random = () => number;

interface MadeUpFunction {
  readonly index: number;
  /** Undefined: a library's, with no sites. */
  readonly opening: number | undefined;
  readonly statements: readonly number[];
}

/** Sites and hits by chance; the same for the same seed. */
export function madeUpRun(seed: number, most = 400): MadeUpRun {
  const random = mulberry(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const sites: { functionIndex: number; line: number; opens: boolean }[] = [];
  const add = (functionIndex: number, line: number, opens: boolean) => sites.push({ functionIndex, line, opens }) - 1;
  const functions = Array.from({ length: 2 + below(5) }, (_, index): MadeUpFunction => {
    if (index > 0 && below(4) === 0) return { index, opening: undefined, statements: [] };
    const own = below(2) === 0 ? add(index, -1, true) : undefined;
    const statements: number[] = [];
    // Functions may share a line, as those that one macro makes do.
    const firstLine = below(6) === 0 ? 0 : index * 10;
    for (let line = 0; line < 1 + below(4); line++)
      for (let count = 1 + below(3); count > 0; count--)
        statements.push(add(index, firstLine + line, own === undefined && statements.length === 0));
    return { index, opening: own ?? statements[0], statements };
  });

  const hits: MadeUpHit[] = [];
  let [calls, instant] = [0, 0];
  const run = ({ index, opening, statements }: MadeUpFunction, outer: MadeUpHit['frames']): void => {
    const frames = [{ functionIndex: index, depth: outer.length + 1, id: calls++ }, ...outer];
    const pass = (site: number) => {
      instant += 1 + below(3);
      hits.push({ instant, site, depth: frames.length, frames });
    };
    const call = () => {
      if (frames.length < 6) run(functions[below(functions.length)] as MadeUpFunction, frames);
    };
    if (opening === undefined) {
      for (let count = below(3); count > 0 && hits.length < most; count--) call();
      return;
    }
    if (opening !== statements[0]) pass(opening);
    for (let at = 0; at < statements.length && hits.length < most; at++) {
      pass(statements[at] ?? 0);
      if (below(3) === 0) call();
      // The opening is passed once.
      if (at > 0 && below(4) === 0) at = below(at);
    }
  };
  while (hits.length < most) run(functions[0] as MadeUpFunction, []);

  const table = {
    lineOfSite: Int32Array.from(sites, ({ line }) => line),
    opensCall: Uint8Array.from(sites, ({ opens }) => (opens ? 1 : 0)),
  };
  const instrumented = sites.map(({ functionIndex }) => ({ offset: 0, functionIndex, entry: false, statement: true }));
  return { hits, lines: new LineSites(table, instrumented), trace: new MadeUpTrace(hits) };
}

class MadeUpTrace implements Trace {
  readonly #hits: readonly Hit[];

  constructor(hits: readonly Hit[]) {
    this.#hits = hits;
  }

  lastHit(query: HitQuery, before: number): Promise<Hit | undefined> {
    return Promise.resolve(this.#hits.findLast((hit) => hit.instant < before && fits(hit, query)));
  }

  nextHit(query: HitQuery, after: number): Promise<Hit | undefined> {
    return Promise.resolve(this.#hits.find((hit) => hit.instant > after && fits(hit, query)));
  }
}

function fits({ site, depth }: Hit, { sites, maxDepth = Number.POSITIVE_INFINITY }: HitQuery): boolean {
  return depth <= maxDepth && sites.includes(site);
}

function mulberry(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
