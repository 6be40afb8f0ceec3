/**
 * Decides whether a host call may do what it asks, default deny, and reports each refusal. Decisions are about the
 * resolved guest path: the walk has already followed links and `..`.
 */
import { type ErrnoName, fail } from './errno.ts';
import type { Mount } from './fileSystem.ts';
import type { NetworkRefusal } from './networkPolicy.ts';
import type { HostViolation } from './violation.ts';

export type Access = 'read' | 'write';

export class Policy {
  /** The WASI function that is running: set by the wrapper of each call. */
  operation = '';
  readonly #granted: Readonly<Record<Access, readonly string[]>>;
  readonly #report: (violation: HostViolation) => void;

  constructor(mounts: readonly Mount[], report: (violation: HostViolation) => void) {
    const names = (access: Access) => mounts.filter((mount) => mount[access]).map((mount) => mount.guest);
    this.#granted = { read: names('read'), write: names('write') };
    this.#report = report;
  }

  require(access: Access, mount: Mount | undefined, target: string): void {
    if (mount?.[access] !== true) this.refuse('ACCES', access, target);
  }

  /**
   * ACCES: nobody granted it. NOTCAPABLE: it leads out of the folders that the guest can see. A guest that was granted no
   * file at all gets NOTCAPABLE for both, as from hosts that pre-open nothing for it (the official suite asks for that).
   */
  refuse(errno: 'ACCES' | 'NOTCAPABLE', access: Access, target: string): never {
    const available = this.#granted[access];
    this.#tell({ target, required: `filesystem.${access}`, available, errno });
    fail(this.#granted.read.length + this.#granted.write.length > 0 ? errno : 'NOTCAPABLE');
  }

  exceed(errno: 'MFILE' | 'FBIG' | 'DQUOT', quota: string, limit: number, target: string): never {
    this.#tell({ target, required: `filesystem.${quota}`, available: [String(limit)], errno });
    fail(errno);
  }

  refuseNetwork(errno: 'ACCES' | 'FBIG' | 'MFILE', refusal: NetworkRefusal): never {
    this.#tell({ ...refusal, errno });
    fail(errno);
  }

  #tell(what: Omit<HostViolation, 'operation' | 'decision' | 'errno'> & { readonly errno: ErrnoName }): void {
    this.#report({ operation: this.operation, decision: 'denied', ...what });
  }
}
