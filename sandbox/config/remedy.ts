/**
 * Which change of `sandbox.json` answers a refused call or a limit that was reached: the narrowest one that lets the same
 * call pass the next time. undefined: none does.
 */
import type { SandboxConfig } from './config.ts';
import type { ConfigChange } from './configEdits.ts';
import { fileRemedy } from './fileRemedy.ts';
import { limitRemedy } from './limitRemedy.ts';
import type { PathProbe } from './pathProbe.ts';

/** What is known of a call that was refused: a violation has all of it. */
export interface RefusalFacts {
  /** WASI function: `path_open`. */
  readonly operation: string;
  /** A guest path, a variable's name, `host:port`. */
  readonly target: string;
  /** Name of the setting that would allow it: `filesystem.read`, `network.allow`, `env`. */
  readonly required: string;
  /** `ACCES`, `NOTCAPABLE`, or that of a quota. */
  readonly errno: string;
  /** The other path of a call with two: where a file was to be moved to, what a link was to point to. */
  readonly other?: string;
  /** How a NOTCAPABLE path leads out of the view. */
  readonly way?: 'absolute' | 'parent' | 'link';
  /** What a quota would have to be, in its unit. */
  readonly needed?: number;
}

/** A limit that ended the program, by its name in `sandbox.json`. */
export interface LimitFacts {
  readonly kind: string;
  readonly used: number;
  readonly limit: number;
}

export interface RemedyContext {
  /** What the program ran with. */
  readonly config: SandboxConfig;
  /** Absolute path of the folder with the `sandbox.json`, whether it exists or not. */
  readonly folder: string;
  readonly probe: PathProbe;
}

export function remedyFor(facts: RefusalFacts, context: RemedyContext): ConfigChange | undefined {
  const { required, target, needed } = facts;
  switch (required) {
    case 'filesystem.read':
      return fileRemedy(facts, 'read', context);
    case 'filesystem.write':
      return fileRemedy(facts, 'write', context);
    case 'network.allow':
      return appended(['network', 'allow'], target, `Grant connections to "${target}" in sandbox.json`);
    case 'network.listen':
      return appended(['network', 'listen'], target, `Grant listening on "${target}" in sandbox.json`);
    case 'env':
      return appended(['env'], target, `Pass on the variable "${target}" in sandbox.json`);
    default:
      return limitRemedy(required, needed, context.config);
  }
}

export function remedyForLimit({ kind, used }: LimitFacts, { config }: RemedyContext): ConfigChange | undefined {
  return limitRemedy(kind, used, config);
}

function appended(path: readonly string[], value: string, title: string): ConfigChange {
  return { title, changes: [{ path, kind: 'append', value }] };
}
