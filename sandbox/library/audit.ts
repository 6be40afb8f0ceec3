/** What a stricter `sandbox.json` would have refused of a run, and which of its limits the run would have met. */
import type { SandboxConfig } from '../config/config.ts';
import { formatDuration, formatSize } from '../config/units.ts';
import { mountRights } from '../guest/files/mounts.ts';
import type { Usage } from '../guest/protocol.ts';
import { Rehearsal } from '../wasi/rehearsal.ts';
import { type HostViolation, refusalText } from '../wasi/violation.ts';
import { refusalPlace } from './messages.ts';
import type { ReportedDecision } from './report.ts';
import type { StackLocation } from './stack.ts';

export type AuditFinding = RefusedAccess | ExceededLimit;

/** The fields of a violation, as it would have been. */
export interface RefusedAccess extends HostViolation {
  readonly kind: 'access';
  readonly instant: number;
  readonly time: number;
  readonly function: string;
  readonly location: StackLocation | null;
  /** A sentence for people. */
  readonly message: string;
}

export interface ExceededLimit {
  readonly kind: 'limit';
  /** By its name in `sandbox.json`. */
  readonly limit: string;
  /** Both in the unit of the limit. */
  readonly used: number;
  readonly allowed: number;
  readonly message: string;
}

export class Audit {
  readonly #config: SandboxConfig;
  readonly #name: string;
  readonly #rehearsal: Rehearsal;
  readonly #refused: RefusedAccess[] = [];
  /** One call may be several uses of a path, and of a quota the first excess has the place. */
  readonly #told = new Set<string>();

  /** `name`: of its file, for people. */
  constructor(config: SandboxConfig, name: string) {
    this.#config = config;
    this.#name = name;
    this.#rehearsal = new Rehearsal({
      mounts: mountRights(config.filesystem),
      quotas: config.filesystem,
      network: config.network.allow,
      env: config.env,
    });
  }

  /** What is to be told of as soon as it is passed. */
  get quotas(): SandboxConfig['filesystem'] {
    return this.#config.filesystem;
  }

  add(decision: ReportedDecision): void {
    const refused = this.#rehearsal.refusal(decision);
    if (refused === undefined) return;
    const { operation, target, required } = refused;
    const key = decision.needed === undefined ? [operation, required, target].join('\0') : required;
    if (this.#told.has(key)) return;
    this.#told.add(key);
    const { instant, time, function: name, location } = decision;
    const message = refusalText(refused, { place: refusalPlace(decision), wouldBeBy: this.#name });
    this.#refused.push({ kind: 'access', ...refused, instant, time, function: name, location, message });
  }

  /** In the order of the run, limits last. */
  findings(usage: Usage): readonly AuditFinding[] {
    const { memory, timeout, fuel, maxOutput } = this.#config;
    const limits = [
      this.#limit('memory', { used: usage.memory, allowed: memory, shown: formatSize }),
      this.#limit('timeout', { used: usage.time, allowed: timeout, shown: duration }),
      this.#limit('fuel', { used: usage.instant, allowed: fuel, shown: instructions }),
      this.#limit('maxOutput', { used: usage.outputBytes, allowed: maxOutput, shown: formatSize }),
    ];
    return [...this.#refused, ...limits.flatMap((finding) => finding ?? [])];
  }

  #limit(
    limit: string,
    { used, allowed, shown }: { used: number; allowed: number; shown: (value: number) => string },
  ): ExceededLimit | undefined {
    if (used <= allowed) return undefined;
    const message = `The run would have met "${limit}" in ${this.#name}: it used ${shown(used)}, ${shown(allowed)} are allowed.`;
    return { kind: 'limit', limit, used, allowed, message };
  }
}

function duration(milliseconds: number): string {
  return formatDuration(Math.round(milliseconds));
}

function instructions(count: number): string {
  return `${count.toLocaleString('en-US')} instructions`;
}
