/**
 * What host calls were about and were allowed, each different thing once: to learn a policy from a run, or to hold the run
 * against another policy. Kept only where somebody asks for it.
 */
import type { Preview1Options } from './host.ts';
import type { Access } from './policy.ts';

/**
 * What a path was used for. `see`: its metadata; `open`: a folder, to reach what is in it; `list`: the names in a folder;
 * `make`: a new folder; `remove`: a folder, away from the one around it; `link`: to point to `other`.
 */
export type Use = 'see' | 'open' | 'list' | 'read' | 'write' | 'make' | 'remove' | 'link';

export interface HostDecision {
  /** WASI function: `path_open`. */
  readonly operation: string;
  /** A guest path, a variable's name, `host:port`. */
  readonly target: string;
  /** The setting that allowed it: `filesystem.read`, `env`, `network.allow`; or a quota, with what it would have to be. */
  readonly required: string;
  readonly decision: 'allowed';
  readonly use?: Use;
  /** The other path of a call with two. */
  readonly other?: string;
  /** The path as it was asked for, where links led to another one. */
  readonly asked?: string;
  /** Of a quota: the most so far. */
  readonly needed?: number;
}

type Quotas = Preview1Options['quotas'];

/** A guest may ask for a million different things: more than these are not told. */
const MOST_DECISIONS = 20_000;

export class Decisions {
  /** The path being worked on as it was asked for, where links led to another one. */
  asked: string | undefined;
  readonly #tell: (decision: HostDecision) => void;
  /** Quotas that are told of as soon as they are passed. */
  readonly #watched: Quotas;
  readonly #told = new Set<string>();
  readonly #most: Record<keyof Quotas, number> = { maxOpenFiles: 0, maxFileSize: 0, maxTotalWritten: 0 };

  constructor(watched: Quotas, tell: (decision: HostDecision) => void) {
    this.#watched = watched;
    this.#tell = tell;
  }

  file(
    operation: string,
    access: Access,
    { target, use, other }: { readonly target: string; readonly use: Use; readonly other: string | undefined },
  ): void {
    const asked = this.asked === target ? undefined : this.asked;
    const more = { ...(other !== undefined && { other }), ...(asked !== undefined && { asked }) };
    this.#once({ operation, target, required: `filesystem.${access}`, decision: 'allowed', use, ...more });
  }

  /** `required`: the setting that allowed it. */
  named(operation: string, required: string, target: string): void {
    this.#once({ operation, target, required, decision: 'allowed' });
  }

  quota(operation: string, quota: keyof Quotas, used: number, target: string): void {
    if (used <= this.#most[quota]) return;
    const before = this.#most[quota];
    this.#most[quota] = used;
    const watched = this.#watched[quota];
    if (used > watched && before <= watched) this.#tell(quotaDecision({ operation, quota, used, target }));
  }

  /** The most that was used of each quota: at the end. */
  finish(): void {
    for (const [quota, used] of Object.entries(this.#most)) {
      if (used > 0) this.#tell(quotaDecision({ operation: '', quota, used, target: '' }));
    }
  }

  #once(decision: HostDecision): void {
    const { required, use = '', target, other = '', asked = '' } = decision;
    const key = [required, use, target, other, asked].join('\0');
    if (this.#told.has(key) || this.#told.size >= MOST_DECISIONS) return;
    this.#told.add(key);
    this.#tell(decision);
  }
}

function quotaDecision(what: { operation: string; quota: string; used: number; target: string }): HostDecision {
  const { operation, quota, used, target } = what;
  return { operation, target, required: `filesystem.${quota}`, decision: 'allowed', needed: used };
}
