/**
 * What the sandbox refused to a program and which limits it met, as problems: one for each line, capability and target.
 * Knows no VS Code. Lines are 1-based and follow what is typed into the source; what the configuration grants by now is
 * no problem any more.
 */
import type { LimitEventBody, ViolationEventBody, ViolationFrame, ViolationLocation } from '../debug-adapter/events.ts';
import { type ConfigChange, editsFor } from '../sandbox/config/configEdits.ts';
import { MOST_VIOLATIONS } from '../sandbox/wasi/violation.ts';
import { limitMessage, violationMessage } from './refusalText.ts';

/** A change of a configuration that answers a refusal. */
export interface Fix {
  readonly change: ConfigChange;
  /** Absolute path; undefined: launch.json holds the configuration. */
  readonly configFile: string | undefined;
}

export interface Refusal {
  readonly location: ViolationLocation;
  /** The capability or the limit: `filesystem.read`, `memory`. */
  readonly code: string;
  readonly message: string;
  readonly stack: readonly ViolationFrame[];
  readonly fix: Fix | undefined;
}

/** Lines from `first` to `last` (1-based, both included) became `lines` lines. */
export interface LinesChanged {
  readonly first: number;
  readonly last: number;
  readonly lines: number;
}

export class Refusals {
  readonly #exists: (path: string) => boolean;
  readonly #all = new Map<string, Refusal>();
  /** Of each configuration that was written since, by its file. */
  readonly #texts = new Map<string | undefined, string>();

  constructor(exists: (path: string) => boolean) {
    this.#exists = exists;
  }

  /** Those that still hold. */
  get current(): readonly Refusal[] {
    return [...this.#all.values()].filter(({ fix }) => fix === undefined || !this.#isGranted(fix));
  }

  /** Each fix once. */
  get fixes(): readonly Fix[] {
    const fixes = this.current.flatMap(({ fix }) => fix ?? []);
    return [...new Map(fixes.map((fix) => [JSON.stringify([fix.configFile, fix.change.changes]), fix])).values()];
  }

  /** False: nothing new. */
  addViolation(violation: ViolationEventBody): boolean {
    if (violation.unlisted === true) return false;
    const { required, target } = violation;
    return this.#add(target, violation, { code: required, message: violationMessage(violation) });
  }

  addLimit(limit: LimitEventBody): boolean {
    return this.#add('', limit, { code: limit.limit, message: limitMessage(limit) });
  }

  /** False: none is there. */
  edited(source: string, changes: readonly LinesChanged[]): boolean {
    let any = false;
    for (const [key, refusal] of this.#all) {
      if (refusal.location.source !== source) continue;
      any = true;
      const line = changes.reduce<number | undefined>(moved, refusal.location.line);
      if (line === undefined) this.#all.delete(key);
      else this.#all.set(key, { ...refusal, location: { ...refusal.location, line } });
    }
    return any;
  }

  /** A configuration was written. False: it is not the one of any of these. */
  configured(configFile: string | undefined, text: string): boolean {
    if (![...this.#all.values()].some(({ fix }) => fix !== undefined && fix.configFile === configFile)) return false;
    this.#texts.set(configFile, text);
    return true;
  }

  #add(
    target: string,
    found: ViolationEventBody | LimitEventBody,
    { code, message }: Pick<Refusal, 'code' | 'message'>,
  ): boolean {
    const { stack, remedy, configFile } = found;
    const location = found.location ?? this.#placeWithoutSource(configFile);
    if (location === undefined) return false;
    const key = JSON.stringify([location.source, location.line, code, target]);
    if (this.#all.has(key) || this.#all.size >= MOST_VIOLATIONS) return false;
    const fix = remedy && { change: remedy, configFile };
    this.#all.set(key, { location, code, message, stack, fix });
    return true;
  }

  /** A plain module has no source to show a problem in: it is shown at the top of the configuration that could grant it. */
  #placeWithoutSource(configFile: string | undefined): ViolationLocation | undefined {
    if (configFile === undefined || !this.#exists(configFile)) return undefined;
    return { source: configFile, line: 1, column: 1 };
  }

  #isGranted({ change, configFile }: Fix): boolean {
    const text = this.#texts.get(configFile);
    if (text === undefined) return false;
    const plan = editsFor(text, change);
    return plan.ok && plan.edits.length === 0;
  }
}

/** The line after a change; undefined: it was changed itself. */
function moved(line: number | undefined, { first, last, lines }: LinesChanged): number | undefined {
  if (line === undefined || line < first) return line;
  return line > last ? line + lines - (last - first + 1) : undefined;
}
