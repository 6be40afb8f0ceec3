/**
 * Decides whether a host call may do what it asks, default deny, reports each refusal, and tells what was allowed to whoever
 * wants to know. Decisions are about the resolved guest path: the walk has already followed links and `..`.
 */
import type { Decisions, Use } from './decisions.ts';
import { type ErrnoName, fail } from './errno.ts';
import type { Mount } from './fileSystem.ts';
import type { NetworkRefusal } from './networkPolicy.ts';
import type { HostViolation } from './violation.ts';

export type Access = 'read' | 'write';

/** A quota of the file system that a call would exceed. */
export interface Excess {
  readonly errno: 'MFILE' | 'FBIG' | 'DQUOT';
  readonly quota: 'maxOpenFiles' | 'maxFileSize' | 'maxTotalWritten';
  readonly limit: number;
  readonly needed: number;
}

export class Policy {
  /** The WASI function that is running: set by the wrapper of each call. */
  operation = '';
  /** The other path of a call with two, while it runs. */
  other: string | undefined;
  /** Who wants to know what was allowed. */
  readonly decisions: Decisions | undefined;
  readonly #granted: Readonly<Record<Access, readonly string[]>>;
  readonly #report: (violation: HostViolation) => void;

  constructor(mounts: readonly Mount[], report: (violation: HostViolation) => void, decisions?: Decisions) {
    const names = (access: Access) => mounts.filter((mount) => mount[access]).map((mount) => mount.guest);
    this.#granted = { read: names('read'), write: names('write') };
    this.#report = report;
    this.decisions = decisions;
  }

  /** `use`: what for, in the words of those who learn from it. */
  require(access: Access, mount: Pick<Mount, Access> | undefined, target: string, use: Use = access): void {
    if (mount?.[access] !== true) this.refuse('ACCES', access, target);
    this.allow(access, target, use);
  }

  /** Nothing had to be granted for it but that it can be seen. */
  allow(access: Access, target: string, use: Use): void {
    this.decisions?.file(this.operation, access, { target, use, other: this.other });
  }

  /**
   * ACCES: nobody granted it. NOTCAPABLE: it leads out of the folders that the guest can see. A guest that was granted no
   * file at all gets NOTCAPABLE for both, as from hosts that pre-open nothing for it (the official suite asks for that).
   */
  refuse(errno: 'ACCES' | 'NOTCAPABLE', access: Access, target: string, way?: HostViolation['way']): never {
    const available = this.#granted[access];
    this.#tell({ target, required: `filesystem.${access}`, available, errno, ...(way && { way }) });
    fail(this.#granted.read.length + this.#granted.write.length > 0 ? errno : 'NOTCAPABLE');
  }

  exceed({ errno, quota, limit, needed }: Excess, target: string): never {
    this.#tell({ target, required: `filesystem.${quota}`, available: [String(limit)], errno, needed });
    fail(errno);
  }

  refuseNetwork(errno: 'ACCES' | 'FBIG' | 'MFILE', refusal: NetworkRefusal): never {
    this.#tell({ ...refusal, errno });
    fail(errno);
  }

  #tell(what: Omit<HostViolation, 'operation' | 'decision' | 'errno' | 'other'> & { readonly errno: ErrnoName }): void {
    const other = this.other === undefined ? {} : { other: this.other };
    this.#report({ operation: this.operation, decision: 'denied', ...what, ...other });
  }
}
