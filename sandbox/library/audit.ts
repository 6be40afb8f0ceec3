/** What a stricter `sandbox.json` would have refused of a run, and which of its limits the run would have met. */
import type { SandboxConfig } from '../config/config.ts';
import { formatDuration, formatSize } from '../config/units.ts';
import { mountRights } from '../guest/mounts.ts';
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
  readonly #rehearsal: Rehearsal;
  readonly #refused: RefusedAccess[] = [];
  /** Quotas that have been told with their place: at the end comes only how much it was. */
  readonly #quotas = new Set<string>();

  constructor(config: SandboxConfig) {
    this.#config = config;
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
    if (decision.needed !== undefined) {
      if (this.#quotas.has(decision.required)) return;
      this.#quotas.add(decision.required);
    }
    const { instant, time, function: name, location } = decision;
    const message = refusalText(refused, refusalPlace(decision));
    this.#refused.push({ kind: 'access', ...refused, instant, time, function: name, location, message });
  }

  /** In the order of the run, limits last. */
  findings(usage: Usage): readonly AuditFinding[] {
    const { memory, timeout, fuel, maxOutput } = this.#config;
    const limits = [
      limitFinding('memory', usage.memory, memory, formatSize),
      limitFinding('timeout', usage.time, timeout, (value) => formatDuration(Math.round(value))),
      limitFinding('fuel', usage.instant, fuel, (value) => `${value.toLocaleString('en-US')} instructions`),
      limitFinding('maxOutput', usage.outputBytes, maxOutput, formatSize),
    ];
    return [...this.#refused, ...limits.flatMap((finding) => finding ?? [])];
  }
}

function limitFinding(
  limit: string,
  used: number,
  allowed: number,
  shown: (value: number) => string,
): ExceededLimit | undefined {
  if (used <= allowed) return undefined;
  const message = `"${limit}" would have ended it: ${shown(used)} were used, ${shown(allowed)} are allowed.`;
  return { kind: 'limit', limit, used, allowed, message };
}
