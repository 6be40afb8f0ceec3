/**
 * Between places in sources and sites in the instrumented module: which site a line's breakpoint arms, which
 * line a site stands for, and the line keys by which the guest decides that a step has ended.
 */
import type { Instrumented } from '../instrument/instrumented.ts';
import { resolveLine } from '../symbols/breakpoints.ts';
import type { Statement, Symbols } from '../symbols/model.ts';
import type { CodeOffset } from '../wasm/offsets.ts';

/** A line breakpoint bound to code. Lines and columns are 0-based. */
export interface BoundLine {
  readonly line: number;
  readonly column: number;
  readonly sites: readonly number[];
}

export class SiteTable {
  /** As `GuestOptions.lineOfSite` wants it. */
  readonly lineOfSite: Int32Array;
  /** As `GuestOptions.opensCall` wants it. */
  readonly opensCall: Uint8Array;
  readonly #symbols: Symbols;
  readonly #siteAt = new Map<CodeOffset, number>();
  readonly #statementOf = new Map<number, Statement>();
  readonly #firstOf = new Map<number, number>();

  /**
   * `steppable(source)`: whether a step may end in that source (index into `symbols.sources`). `openings`: where calls of
   * the functions with such statements are noticed.
   */
  constructor(
    symbols: Symbols,
    instrumented: Instrumented,
    steppable: (source: number) => boolean,
    openings: readonly CodeOffset[],
  ) {
    this.#symbols = symbols;
    this.lineOfSite = new Int32Array(instrumented.sites.length).fill(-1);
    for (const [site, { offset }] of instrumented.sites.entries()) this.#siteAt.set(offset, site);
    const opening = new Set(openings);
    this.opensCall = Uint8Array.from(instrumented.sites, ({ offset }) => (opening.has(offset) ? 1 : 0));
    const keys = new Map<string, number>();
    for (const statement of symbols.statements()) {
      const site = this.#siteAt.get(statement.offset);
      if (site === undefined) continue;
      this.#statementOf.set(site, statement);
      const first = this.#firstOf.get(statement.functionIndex);
      if (first === undefined || statement.offset < (instrumented.sites[first]?.offset ?? 0)) {
        this.#firstOf.set(statement.functionIndex, site);
      }
      if (steppable(statement.source)) this.lineOfSite[site] = keyOf(keys, `${statement.source}:${statement.line}`);
    }
    for (const [site, { entry, functionIndex }] of instrumented.sites.entries()) {
      if (entry && !this.#firstOf.has(functionIndex)) this.#firstOf.set(functionIndex, site);
    }
  }

  statementOf(site: number): Statement | undefined {
    return this.#statementOf.get(site);
  }

  /** Where a breakpoint on a line stops; undefined when no code follows that line in its source. */
  bindLine(source: number, line: number, column?: number): BoundLine | undefined {
    const place = resolveLine(this.#symbols, source, line, column);
    if (place === undefined) return undefined;
    const sites = place.offsets.map((offset) => this.#siteAt.get(offset)).filter((site) => site !== undefined);
    return sites.length === 0 ? undefined : { line: place.line, column: place.column, sites };
  }

  /** Where a breakpoint on a function stops: its first statement, else its first instruction. */
  bindFunction(functionIndex: number): number | undefined {
    return this.#firstOf.get(functionIndex);
  }
}

function keyOf(keys: Map<string, number>, place: string): number {
  const known = keys.get(place);
  if (known !== undefined) return known;
  keys.set(place, keys.size);
  return keys.size - 1;
}
