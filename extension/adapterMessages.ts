/**
 * What the extension wants to hear of a debug session, read from the adapter's messages as a tracker sees them.
 * Each is checked before it is believed; whatever is of no interest, or malformed, is nothing.
 */
import type {
  BuildDiagnostic,
  DiagnosticsEventBody,
  LimitEventBody,
  Remedied,
  StoppedAddition,
  UsageEventBody,
  UsageSample,
  ViolationEventBody,
  ViolationFrame,
  ViolationLocation,
} from '../debug-adapter/events.ts';
import type { ConfigChange } from '../sandbox/config/configEdits.ts';
import { isNumber, isRecord } from './webviews/panel/readMessage.ts';
import { SAMPLE_FIELDS } from './webviews/panel/sampleRows.ts';

export type StopCause = NonNullable<StoppedAddition['cause']>;

export type AdapterMessage =
  /** A run begins: the session's first, or that of a restart. */
  | { readonly kind: 'started' }
  | { readonly kind: 'usage'; readonly body: UsageEventBody }
  | { readonly kind: 'violation'; readonly body: ViolationEventBody }
  | { readonly kind: 'limit'; readonly body: LimitEventBody }
  | { readonly kind: 'diagnostics'; readonly body: DiagnosticsEventBody }
  | {
      readonly kind: 'stopped';
      readonly reason: string;
      readonly cause: StopCause | undefined;
      readonly time: number | undefined;
    }
  | { readonly kind: 'running' }
  | { readonly kind: 'output'; readonly isError: boolean; readonly time: number | undefined; readonly count: number }
  | { readonly kind: 'ended'; readonly exitCode?: number };

/** Requests after whose answer the program runs, though no `continued` event says so. */
const RESUMING = new Set(['configurationDone', 'continue', 'next', 'stepIn', 'stepOut', 'stepBack', 'reverseContinue']);

const CAUSES: readonly unknown[] = ['trap', 'abort', 'limit', 'violation'] satisfies readonly StopCause[];

export function readAdapterMessage(message: unknown): AdapterMessage | undefined {
  if (!isRecord(message)) return undefined;
  if (message.type === 'response') {
    const resumed = message.success === true && RESUMING.has(String(message.command));
    return resumed ? { kind: 'running' } : undefined;
  }
  if (message.type !== 'event') return undefined;
  return readEvent(String(message.event), isRecord(message.body) ? message.body : {});
}

function readEvent(event: string, body: Record<string, unknown>): AdapterMessage | undefined {
  switch (event) {
    case 'process':
      return { kind: 'started' };
    case 'wasm-sandbox/usage':
      return readUsage(body);
    case 'wasm-sandbox/violation':
      return readViolation(body);
    case 'wasm-sandbox/limit':
      return readLimit(body);
    case 'wasm-sandbox/diagnostics':
      return readDiagnostics(body);
    case 'stopped':
      return { kind: 'stopped', reason: text(body.reason), cause: readCause(body.cause), time: momentOf(body) };
    case 'continued':
      return { kind: 'running' };
    case 'output':
      return readOutput(body);
    case 'exited':
      return isNumber(body.exitCode) ? { kind: 'ended', exitCode: body.exitCode } : { kind: 'ended' };
    case 'terminated':
      return { kind: 'ended' };
    default:
      return undefined;
  }
}

function readCause(cause: unknown): StopCause | undefined {
  return CAUSES.includes(cause) ? (cause as StopCause) : undefined;
}

/** Only what the program itself wrote: the adapter's own words (`console`, `important`) are no output of the run. */
function readOutput(body: Record<string, unknown>): AdapterMessage | undefined {
  const category = body.category;
  if (category !== 'stdout' && category !== 'stderr') return undefined;
  const count = isNumber(body.count) && body.count > 1 ? body.count : 1;
  return { kind: 'output', isError: category === 'stderr', time: momentOf(body), count };
}

function readUsage(body: Record<string, unknown>): AdapterMessage | undefined {
  const { limits, samples } = body;
  if (!isRecord(limits) || !Array.isArray(samples)) return undefined;
  const limit = (name: string): number | null => (isNumber(limits[name]) ? limits[name] : null);
  return {
    kind: 'usage',
    body: {
      limits: { memory: limit('memory'), fuel: limit('fuel'), timeout: limit('timeout') },
      samples: samples.filter(isSample),
    },
  };
}

function isSample(sample: unknown): sample is UsageSample {
  return isRecord(sample) && SAMPLE_FIELDS.every((field) => isNumber(sample[field]));
}

function readViolation(body: Record<string, unknown>): AdapterMessage | undefined {
  const { seq, instant, time, available, count } = body;
  if (!isNumber(seq) || !isNumber(instant) || !isNumber(time)) return undefined;
  return {
    kind: 'violation',
    body: {
      seq,
      instant,
      time,
      operation: text(body.operation),
      target: text(body.target),
      required: text(body.required),
      available: Array.isArray(available) ? available.map(String) : [],
      decision: 'denied',
      errno: text(body.errno),
      ...readPlace(body),
      ...readRemedied(body),
      ...(isNumber(count) && count > 1 ? { count } : {}),
      ...(body.unlisted === true ? { unlisted: true } : {}),
    },
  };
}

function readLimit(body: Record<string, unknown>): AdapterMessage | undefined {
  const { limit, instant, time } = body;
  if (typeof limit !== 'string' || !isNumber(instant) || !isNumber(time)) return undefined;
  const where = { ...readPlace(body), ...readRemedied(body) };
  return { kind: 'limit', body: { limit, instant, time, message: text(body.message), ...where } };
}

function readPlace(body: Record<string, unknown>): Pick<ViolationEventBody, 'function' | 'location' | 'stack'> {
  const { location, stack } = body;
  return {
    function: text(body.function),
    location: readLocation(location),
    stack: Array.isArray(stack) ? stack.flatMap(readFrame) : [],
  };
}

function readFrame(frame: unknown): ViolationFrame[] {
  if (!isRecord(frame)) return [];
  const at = readLocation({ ...frame, column: 1 });
  const place = { source: at?.source ?? null, line: at?.line ?? null };
  return [{ function: text(frame.function), library: frame.library !== false, ...place }];
}

function readLocation(location: unknown): ViolationLocation | null {
  if (!isRecord(location)) return null;
  const { source, line, column } = location;
  if (typeof source !== 'string' || !isNumber(line) || line < 1) return null;
  return { source, line, column: isNumber(column) ? Math.max(1, column) : 1 };
}

function readRemedied({ remedy, configFile }: Record<string, unknown>): Remedied {
  return {
    ...(isChange(remedy) ? { remedy } : {}),
    ...(typeof configFile === 'string' && configFile !== '' ? { configFile } : {}),
  };
}

function isChange(change: unknown): change is ConfigChange {
  return (
    isRecord(change) &&
    typeof change.title === 'string' &&
    Array.isArray(change.changes) &&
    change.changes.every(isSetting)
  );
}

function isSetting(setting: unknown): boolean {
  if (!isRecord(setting)) return false;
  const { path, kind, value } = setting;
  const isPath = Array.isArray(path) && path.length > 0 && path.every((key) => typeof key === 'string');
  return isPath && (kind === 'append' || kind === 'set') && value !== undefined;
}

function readDiagnostics(body: Record<string, unknown>): AdapterMessage | undefined {
  const { diagnostics } = body;
  if (!Array.isArray(diagnostics)) return undefined;
  return { kind: 'diagnostics', body: { diagnostics: diagnostics.filter(isDiagnostic) } };
}

function isDiagnostic(diagnostic: unknown): diagnostic is BuildDiagnostic {
  return (
    isRecord(diagnostic) &&
    typeof diagnostic.file === 'string' &&
    typeof diagnostic.message === 'string' &&
    isNumber(diagnostic.line) &&
    isNumber(diagnostic.column) &&
    ['error', 'warning', 'information'].includes(text(diagnostic.severity))
  );
}

function momentOf(body: Record<string, unknown>): number | undefined {
  const moment = body.moment;
  return isRecord(moment) && isNumber(moment.time) ? moment.time : undefined;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
