/**
 * Holds what one policy allowed against another one, by the very code that would decide if the program ran under that:
 * the tree of mounts says what covers a path, `Policy` says what it may be used for.
 */
import type { HostDecision } from './decisions.ts';
import { errnoOf } from './errno.ts';
import type { Mount } from './fileSystem.ts';
import { createMemoryFileSystem } from './memoryFileSystem.ts';
import { NetworkPolicy } from './networkPolicy.ts';
import { guestComponents, type OverlayNode, rootPlace } from './overlay.ts';
import { type Access, type Excess, Policy } from './policy.ts';
import type { HostViolation } from './violation.ts';

/** The other policy, as far as host calls know it. */
export interface Rehearsed {
  readonly mounts: readonly Pick<Mount, 'guest' | 'read' | 'write'>[];
  readonly quotas: Readonly<Record<Excess['quota'], number>>;
  readonly network: readonly string[];
  readonly env: readonly string[];
}

export class Rehearsal {
  readonly #policy: Policy;
  readonly #network: NetworkPolicy;
  readonly #root: OverlayNode | undefined;
  readonly #rehearsed: Rehearsed;
  #refused: HostViolation | undefined;

  constructor(rehearsed: Rehearsed) {
    const folder = createMemoryFileSystem({});
    const mounts = rehearsed.mounts.map((mount): Mount => ({ ...mount, source: { kind: 'folder', folder } }));
    this.#rehearsed = rehearsed;
    this.#root = rootPlace(mounts).node;
    this.#network = new NetworkPolicy(rehearsed.network);
    this.#policy = new Policy(mounts, (violation) => {
      this.#refused = violation;
    });
  }

  /** The violation that it would have been; undefined: it would have been allowed too. */
  refusal(decision: HostDecision): HostViolation | undefined {
    this.#refused = undefined;
    this.#policy.operation = decision.operation;
    this.#policy.other = decision.other;
    try {
      this.#decide(decision);
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
    }
    return this.#refused;
  }

  #decide(decision: HostDecision): void {
    const { required, target, needed } = decision;
    if (required === 'filesystem.read') this.#file(decision, 'read');
    else if (required === 'filesystem.write') this.#file(decision, 'write');
    else if (required === 'network.allow') this.#address(target);
    else if (required === 'env') this.#variable(decision);
    else if (needed !== undefined) this.#quota(required, needed, target);
  }

  #file({ target, asked, use }: HostDecision, access: Access): void {
    // A grant of a link itself grants what it leads to; otherwise both the link and its end must be granted.
    const link = asked === undefined ? undefined : this.#find(asked);
    if (link?.kind === 'mount' && link.exact) {
      this.#policy.require(access, link.mount, asked ?? target);
      return;
    }
    if (link?.kind === 'nothing') this.#policy.refuse('ACCES', access, asked ?? target);
    const found = this.#find(target);
    if (found.kind === 'nothing') this.#policy.refuse('ACCES', access, target);
    const looking = use === 'see' || (use === 'open' && found.kind === 'virtual');
    if (!looking) this.#policy.require(access, found.kind === 'mount' ? found.mount : undefined, target);
  }

  #find(path: string): Found {
    let node = this.#root;
    let mount = node?.mount;
    const names = guestComponents(path.replace(/^\/+/, ''));
    for (const name of names) {
      node = node?.children.get(name);
      mount = node?.mount ?? (name === '..' ? undefined : mount);
    }
    if (mount !== undefined) return { kind: 'mount', mount, exact: node?.mount !== undefined };
    return node === undefined ? { kind: 'nothing' } : { kind: 'virtual' };
  }

  #address(target: string): void {
    const verdict = this.#network.check(`http://${target}/`);
    if (verdict.kind === 'refused') this.#policy.refuseNetwork('ACCES', verdict.refusal);
  }

  #variable({ operation, target, required }: HostDecision): void {
    const { env } = this.#rehearsed;
    if (env.includes(target)) return;
    this.#refused = { operation, target, required, available: env, decision: 'denied', errno: 'ACCES' };
  }

  #quota(required: string, needed: number, target: string): void {
    for (const [quota, errno] of QUOTAS) {
      const limit = this.#rehearsed.quotas[quota];
      if (required === `filesystem.${quota}` && needed > limit) {
        this.#policy.exceed({ errno, quota, limit, needed }, target);
      }
    }
  }
}

type Found =
  | { readonly kind: 'mount'; readonly mount: Mount /** The path is the mount's own. */; readonly exact: boolean }
  /** On the way to a mount. */
  | { readonly kind: 'virtual' }
  | { readonly kind: 'nothing' };

const QUOTAS = [
  ['maxOpenFiles', 'MFILE'],
  ['maxFileSize', 'FBIG'],
  ['maxTotalWritten', 'DQUOT'],
] as const;
