/**
 * Sites as steps see them: those that begin a line, by line, and those that every call passes first. What a step backwards
 * asks the past for is made of these sets.
 */
import type { Instrumented } from '../instrument/instrumented.ts';
import type { SiteTable } from './siteTable.ts';

export class LineSites {
  /** Where a step may end. */
  readonly steppable: readonly number[];
  /** Those, and where calls of their functions are noticed. */
  readonly all: readonly number[];
  readonly #lineOfSite: Int32Array;
  readonly #opensCall: Uint8Array;
  readonly #sites: Instrumented['sites'];
  readonly #functions: ReadonlySet<number>;

  constructor({ lineOfSite, opensCall }: Pick<SiteTable, 'lineOfSite' | 'opensCall'>, sites: Instrumented['sites']) {
    this.#lineOfSite = lineOfSite;
    this.#opensCall = opensCall;
    this.#sites = sites;
    const numbers = [...sites.keys()];
    this.steppable = numbers.filter((site) => this.isSteppable(site));
    this.all = numbers.filter((site) => this.isSteppable(site) || this.opens(site));
    this.#functions = new Set(this.steppable.map((site) => this.functionOf(site)));
  }

  isSteppable(site: number): boolean {
    return this.line(site) >= 0;
  }

  /** Whether each call of its function passes it once, before any other of `all`. */
  opens(site: number): boolean {
    return this.#opensCall[site] === 1;
  }

  /** Its line key; negative: no step ends there. */
  line(site: number): number {
    return this.#lineOfSite[site] ?? -1;
  }

  functionOf(site: number): number {
    return this.#sites[site]?.functionIndex ?? -1;
  }

  /** Whether steps can end in a function. */
  hasLines(functionIndex: number): boolean {
    return this.#functions.has(functionIndex);
  }

  ofLine(line: number): readonly number[] {
    return this.steppable.filter((site) => this.line(site) === line);
  }

  /** All but those in the middle of a line. */
  notOfLine(line: number): readonly number[] {
    return this.all.filter((site) => this.line(site) !== line || this.opens(site));
  }
}
