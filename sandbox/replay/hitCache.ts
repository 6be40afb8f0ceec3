/** Hits that a scan has found: what is asked about the same stretch again needs no replay. */
import type { SiteHits } from '../guest/protocol.ts';
import type { Hit, HitQuery } from './timeline.ts';

export class HitCache {
  readonly #sites: ReadonlySet<number> | 'all';
  readonly #maxDepth: number;
  readonly #hits: SiteHits;
  /** All hits from here on, before `to`. */
  readonly from: number;
  readonly to: number;

  /** `from` and `to`: of the scan. */
  constructor(query: HitQuery | 'all', hits: SiteHits, from: number, to: number) {
    this.#sites = query === 'all' ? 'all' : new Set(query.sites);
    this.#maxDepth = query === 'all' ? Number.POSITIVE_INFINITY : (query.maxDepth ?? Number.POSITIVE_INFINITY);
    this.#hits = hits;
    this.from = hits.count > hits.instants.length ? (hits.instants[0] ?? to) : from;
    this.to = to;
  }

  /** Whether the answer to this is here, for instants from `from` to `to`. */
  covers({ sites, maxDepth = Number.POSITIVE_INFINITY }: HitQuery): boolean {
    const { maxDepth: deepest } = { maxDepth: this.#maxDepth };
    const own = this.#sites;
    return maxDepth <= deepest && (own === 'all' || sites.every((site) => own.has(site)));
  }

  last(query: HitQuery, before: number): Hit | undefined {
    const { instants } = this.#hits;
    for (let at = instants.length - 1; at >= 0; at--) {
      const hit = this.#at(at);
      if (hit.instant < before && isMeant(query, hit)) return hit;
    }
    return undefined;
  }

  next(query: HitQuery, after: number): Hit | undefined {
    for (let at = 0; at < this.#hits.instants.length; at++) {
      const hit = this.#at(at);
      if (hit.instant > after && isMeant(query, hit)) return hit;
    }
    return undefined;
  }

  #at(index: number): Hit {
    const { instants, sites, depths } = this.#hits;
    return { instant: instants[index] ?? 0, site: sites[index] ?? 0, depth: depths[index] ?? 0 };
  }
}

function isMeant({ sites, maxDepth = Number.POSITIVE_INFINITY }: HitQuery, { site, depth }: Hit): boolean {
  return depth <= maxDepth && sites.includes(site);
}
