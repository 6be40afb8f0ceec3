/**
 * What a replay tells when it is asked to: output, refusals and usage, as the recorded run told them. The program's counters
 * come from the recording, for nothing is opened or read here; what is counted here too is compared with it.
 */
import type { Entry } from '../../recording/format.ts';
import type { HostViolation } from '../../wasi/violation.ts';
import type { ControlBlock } from '../controlBlock.ts';
import type { End } from '../protocol.ts';
import type { GuestInstance } from './guestInstance.ts';
import type { Disagreement } from './runToEnd.ts';
import type { Reporter } from './wasiImports.ts';

type EndEntry = Extract<Entry, { kind: 'end' }>;

export interface Telling {
  readonly reporter: Reporter;
  readonly control: ControlBlock;
  readonly guest: GuestInstance;
}

export class ReplayTelling {
  readonly #reporter: Reporter;
  readonly #control: ControlBlock;
  readonly #guest: GuestInstance;
  /** Of the call that comes next: they are told from inside it. */
  #refused: HostViolation[] = [];
  #end: EndEntry | undefined;

  constructor({ reporter, control, guest }: Telling) {
    this.#reporter = reporter;
    this.#control = control;
    this.#guest = guest;
  }

  output(stream: 'stdout' | 'stderr', bytes: Uint8Array): void {
    this.#reporter.output(stream, bytes);
  }

  happened(entry: Entry): void {
    if (entry.kind === 'violation' && isViolation(entry.violation)) this.#refused.push(entry.violation);
    if (entry.kind === 'end') this.#ended(entry);
  }

  answering(): void {
    const refused = this.#refused;
    this.#refused = [];
    for (const violation of refused) this.#reporter.violation(violation);
  }

  /** When the program has come to its end by itself: what in it is not as it was. */
  disagrees(end: End): Disagreement | undefined {
    if (this.#end === undefined) return { message: BROKEN_OFF, cut: true };
    const recorded = (this.#end.end ?? {}) as Partial<Extract<End, { kind: 'exited' }>>;
    if (end.kind !== 'exited' || recorded.kind !== 'exited') return undefined;
    const { instant } = this.#guest;
    const then = usageOf(this.#end).instant;
    if (then !== undefined && this.#guest.hasClock && then !== instant)
      return { message: `The program executed ${instant} instructions, and ${then} when it was recorded: ${OTHER}` };
    const [now, before] = [end.results, recorded.results].map((results) => JSON.stringify(results));
    if (now === before) return undefined;
    return { message: `The program gave ${now}, and ${before} when it was recorded: ${OTHER}` };
  }

  #ended(entry: EndEntry): void {
    this.#end = entry;
    const usage = usageOf(entry);
    const { counters } = this.#control;
    for (const name of COUNTERS) counters[name] = usage[name] ?? 0;
  }
}

const BROKEN_OFF = 'The recording breaks off before it says how its run ended: the file was cut off or damaged.';
const OTHER = 'it was made with another module, or on an engine that computes something else.';

const COUNTERS = [
  'hostCalls',
  'outputBytes',
  'bytesRead',
  'bytesWritten',
  'filesOpened',
  'networkRequests',
  'bytesSent',
  'bytesReceived',
] as const;

function usageOf(entry: EndEntry | undefined): { readonly [name in (typeof COUNTERS)[number] | 'instant']?: number } {
  const { usage } = entry ?? {};
  if (typeof usage !== 'object' || usage === null) return {};
  return Object.fromEntries(Object.entries(usage).filter(([, value]) => typeof value === 'number'));
}

/** It is from the recording, which may say anything. */
function isViolation(value: unknown): value is HostViolation {
  if (typeof value !== 'object' || value === null) return false;
  const { operation, target, required, available, errno, other, way, needed } = value as Record<string, unknown>;
  return (
    [operation, target, required, errno].every((each) => typeof each === 'string') &&
    Array.isArray(available) &&
    available.every((each) => typeof each === 'string') &&
    (other === undefined || typeof other === 'string') &&
    (way === undefined || way === 'absolute' || way === 'parent' || way === 'link') &&
    (needed === undefined || typeof needed === 'number')
  );
}
