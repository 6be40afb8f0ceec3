/** Messages as they arrive, checked: whatever does not look like one is dropped. The panel reads the host's, the host the panel's. */
import type { HostMessage, RunPatch, SourceLocation, ViewMessage } from './messages.ts';

export function readViewMessage(message: unknown): ViewMessage | undefined {
  if (!isRecord(message)) return undefined;
  switch (message.type) {
    case 'ready':
      return isNumber(message.lastSeq) ? { type: 'ready', lastSeq: message.lastSeq } : undefined;
    case 'open':
      return isLocation(message.location) ? { type: 'open', location: message.location } : undefined;
    case 'grant':
      return isNumber(message.violation) ? { type: 'grant', violation: message.violation } : undefined;
    case 'grantAll':
      return { type: 'grantAll' };
    case 'debug':
      return { type: 'debug' };
    default:
      return undefined;
  }
}

export function readHostMessage(message: unknown): HostMessage | undefined {
  if (!isRecord(message)) return undefined;
  const { type, seq, run, name, patch } = message;
  if (!isNumber(seq)) return undefined;
  if (type === 'empty') return { type, seq };
  if (!isPatch(patch)) return undefined;
  if (type === 'update') return { type, seq, patch };
  if (type === 'snapshot' && isNumber(run) && typeof name === 'string') return { type, seq, run, name, patch };
  return undefined;
}

function isPatch(patch: unknown): patch is RunPatch {
  if (!isRecord(patch)) return false;
  const { state, limits, samples, violations, unlisted, marks } = patch;
  return (
    (state === undefined || (isRecord(state) && typeof state.kind === 'string')) &&
    (limits === undefined || isRecord(limits)) &&
    (samples === undefined || samples instanceof Float64Array) &&
    (violations === undefined || (Array.isArray(violations) && violations.every(isViolation))) &&
    (unlisted === undefined || isNumber(unlisted)) &&
    (marks === undefined || (isRecord(marks) && Object.values(marks).every((rows) => rows instanceof Float64Array)))
  );
}

function isViolation(violation: unknown): boolean {
  return (
    isRecord(violation) &&
    ['id', 'count', 'time', 'instant', 'lastTime'].every((field) => isNumber(violation[field])) &&
    ['operation', 'target', 'required', 'errno', 'function'].every((field) => typeof violation[field] === 'string') &&
    Array.isArray(violation.available) &&
    (violation.message === undefined || typeof violation.message === 'string') &&
    (violation.remedy === null || typeof violation.remedy === 'string') &&
    (violation.location === null || isLocation(violation.location))
  );
}

function isLocation(location: unknown): location is SourceLocation {
  return (
    isRecord(location) &&
    typeof location.source === 'string' &&
    isNumber(location.line) &&
    location.line >= 1 &&
    isNumber(location.column)
  );
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

export function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
