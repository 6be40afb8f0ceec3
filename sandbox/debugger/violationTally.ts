/**
 * Which refused host calls are told one by one, and which are only counted. A guest may ask a million times a second:
 * what comes again from the same line for the same thing is told a few times and counted from then on, and so is
 * what comes after too many different ones. Counts are told with the next sample of usage and at the end.
 */
import type { Violation } from '../guest/protocol.ts';
import { MOST_VIOLATIONS } from '../wasi/violation.ts';
import type { DebugFrame } from './frames.ts';

/** Of the same violation. */
const TOLD_ONE_BY_ONE = 10;

/** Ways (stacks) to a refused call that are remembered; a deep recursion has one for each depth. */
const MOST_WAYS = 4 * MOST_VIOLATIONS;

export interface ViolationReport extends Omit<Violation, 'frames'> {
  /** Innermost first. */
  readonly frames: readonly DebugFrame[];
  /** The innermost frame in the user's own sources. */
  readonly origin: DebugFrame | undefined;
  /** Refused calls that this stands for, itself included; the facts are those of the last one. */
  readonly count: number;
  /** `first`: the same was not told before. `unlisted`: of many different ones, more than are listed. */
  readonly novelty: 'first' | 'again' | 'unlisted';
}

type Place = Pick<ViolationReport, 'frames' | 'origin'>;

interface Kind {
  readonly place: Place;
  told: number;
  /** Not told yet. */
  untold: number;
  last: Violation;
}

export class ViolationTally {
  readonly #placeOf: (violation: Violation) => Place;
  readonly #tell: (report: ViolationReport) => void;
  readonly #kinds = new Map<string, Kind>();
  /** By the stack as the guest has it, so that symbols are asked once. */
  readonly #ways = new Map<string, Kind>();
  readonly #counted = new Set<Kind>();
  #unlisted: { count: number; last: Violation } | undefined;

  constructor(placeOf: (violation: Violation) => Place, tell: (report: ViolationReport) => void) {
    this.#placeOf = placeOf;
    this.#tell = tell;
  }

  add(violation: Violation): void {
    const kind = this.#kindOf(violation);
    if (kind === undefined) {
      this.#unlisted = { count: (this.#unlisted?.count ?? 0) + 1, last: violation };
      return;
    }
    kind.last = violation;
    kind.untold++;
    if (kind.told < TOLD_ONE_BY_ONE) this.#tellOf(kind);
    else this.#counted.add(kind);
  }

  /** Tells what was only counted so far. */
  flush(): void {
    for (const kind of this.#counted) this.#tellOf(kind);
    this.#counted.clear();
    if (this.#unlisted === undefined) return;
    const { count, last } = this.#unlisted;
    this.#unlisted = undefined;
    this.#tell({ ...last, frames: [], origin: undefined, count, novelty: 'unlisted' });
  }

  #tellOf(kind: Kind): void {
    const { place, last, untold: count } = kind;
    this.#tell({ ...last, ...place, count, novelty: kind.told === 0 ? 'first' : 'again' });
    kind.told++;
    kind.untold = 0;
  }

  #kindOf(violation: Violation): Kind | undefined {
    const { operation, target, required, errno, frames } = violation;
    const what = [operation, target, required, errno];
    const way = JSON.stringify([...what, ...frames.flatMap(({ functionIndex, offset }) => [functionIndex, offset])]);
    const known = this.#ways.get(way);
    if (known !== undefined || this.#ways.size >= MOST_WAYS) return known;
    const place = this.#placeOf(violation);
    const at = place.origin?.location;
    const key = JSON.stringify([...what, at?.source.path, at?.line]);
    const kind = this.#kinds.get(key) ?? this.#begin(key, place, violation);
    if (kind !== undefined) this.#ways.set(way, kind);
    return kind;
  }

  #begin(key: string, place: Place, last: Violation): Kind | undefined {
    if (this.#kinds.size >= MOST_VIOLATIONS) return undefined;
    const kind: Kind = { place, told: 0, untold: 0, last };
    this.#kinds.set(key, kind);
    return kind;
  }
}
