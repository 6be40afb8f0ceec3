/**
 * All that the panel may want to know of one run, kept in the extension so that a panel that was hidden or
 * reloaded gets everything back. Memory is bounded: samples and marks are thinned, the same violation from the
 * same line is counted once. `takeUpdate` gives what changed since it was last asked, `snapshot` gives all.
 */
import type { LimitEventBody, UsageEventBody, ViolationEventBody } from '../debug-adapter/events.ts';
import { MOST_VIOLATIONS } from '../sandbox/wasi/violation.ts';
import type { StopCause } from './adapterMessages.ts';
import type { Fix } from './refusals.ts';
import { encodeMarks, type Mark, MarkTrack } from './webviews/panel/markTrack.ts';
import type { LaneName, Limits, RunPatch, RunState, ViolationGroup } from './webviews/panel/messages.ts';
import { SampleRows } from './webviews/panel/sampleRows.ts';
import { SEVERITY_RANK, severityOf } from './webviews/panel/severity.ts';

const LANES = ['violations', 'stops', 'output'] as const satisfies readonly LaneName[];

export class RunHistory {
  /** Tells runs apart. */
  readonly id: number;
  readonly name: string;
  #state: RunState = { kind: 'starting' };
  #limits: Limits | undefined;
  readonly #samples = new SampleRows();
  readonly #groups = new Map<string, ViolationGroup>();
  /** By the group's id. */
  readonly #fixes = new Map<number, Fix>();
  #unlisted = 0;
  /** The last limit that was told, and when. */
  #limitTold = '';
  readonly #lanes = { violations: new MarkTrack(), stops: new MarkTrack(), output: new MarkTrack() };
  #changes = noChanges();

  constructor(id: number, name: string) {
    this.id = id;
    this.name = name;
  }

  get violationCount(): number {
    return this.#lanes.violations.count;
  }

  addUsage(usage: UsageEventBody): void {
    this.#limits = usage.limits;
    this.#changes.limits = true;
    for (const sample of usage.samples) {
      if (this.#samples.push(sample)) this.#changes.everything = true;
    }
  }

  addViolation(violation: Refused): void {
    const { count = 1 } = violation;
    const group = this.#count(violation, count);
    if (group === undefined) this.#unlisted += count;
    else this.#changes.groups.set(group.id, group);
    this.#changes.unlisted ||= group === undefined;
    this.#mark('violations', { time: violation.time, count, rank: SEVERITY_RANK[severityOf(violation)] });
  }

  /** The same event is told when the program stops at it, and again when it ends by it. */
  addLimit({ limit, ...reached }: LimitEventBody): void {
    const told = JSON.stringify([limit, reached.instant]);
    if (told === this.#limitTold) return;
    this.#limitTold = told;
    const what = { operation: 'limit', target: limit, required: limit, available: [], errno: '' };
    this.addViolation({ ...reached, ...what });
  }

  /** `rank` 1 for standard error, 0 for standard output. */
  addOutput(time: number | undefined, isError: boolean, count = 1): void {
    this.#mark('output', { time: time ?? this.#now(), count, rank: isError ? 1 : 0 });
  }

  /** What would answer a group of violations. */
  fixOf(group: number): Fix | undefined {
    return this.#fixes.get(group);
  }

  get fixes(): readonly Fix[] {
    return [...this.#fixes.values()];
  }

  stopped({ reason, cause, time }: { reason: string; cause?: StopCause | undefined; time?: number | undefined }): void {
    this.#mark('stops', { time: time ?? this.#now(), count: 1, rank: reason === 'exception' ? 1 : 0 });
    this.#become(cause === undefined ? { kind: 'stopped', reason } : { kind: 'stopped', reason, cause });
  }

  running(): void {
    if (this.#state.kind !== 'ended') this.#become({ kind: 'running' });
  }

  ended(exitCode?: number): void {
    if (this.#state.kind === 'ended' && exitCode === undefined) return;
    this.#become(exitCode === undefined ? { kind: 'ended' } : { kind: 'ended', exitCode });
  }

  /** What changed since the last call: nothing, something to add, or so much that only a snapshot will do. */
  takeUpdate(): RunPatch | 'snapshot' | undefined {
    const changes = this.#changes;
    if (changes.everything) return 'snapshot';
    const marks = Object.fromEntries(
      LANES.filter((lane) => changes.marks[lane].length > 0).map((lane) => [lane, encodeMarks(changes.marks[lane])]),
    );
    const patch: RunPatch = {
      ...(changes.state ? { state: this.#state } : {}),
      ...(changes.limits && this.#limits !== undefined ? { limits: this.#limits } : {}),
      ...(this.#samples.length > changes.sentSamples ? { samples: this.#samples.slice(changes.sentSamples) } : {}),
      ...(changes.groups.size > 0 ? { violations: [...changes.groups.values()] } : {}),
      ...(changes.unlisted ? { unlisted: this.#unlisted } : {}),
      ...(Object.keys(marks).length > 0 ? { marks } : {}),
    };
    this.#changes = { ...noChanges(), sentSamples: this.#samples.length };
    return Object.keys(patch).length > 0 ? patch : undefined;
  }

  snapshot(): RunPatch {
    this.#changes = { ...noChanges(), sentSamples: this.#samples.length };
    return {
      state: this.#state,
      ...(this.#limits === undefined ? {} : { limits: this.#limits }),
      samples: this.#samples.slice(),
      violations: [...this.#groups.values()],
      unlisted: this.#unlisted,
      marks: {
        violations: encodeMarks(this.#lanes.violations.marks),
        stops: encodeMarks(this.#lanes.stops.marks),
        output: encodeMarks(this.#lanes.output.marks),
      },
    };
  }

  /** The group that a violation belongs to, with it counted; `undefined` when there is no room for one more. */
  #count(violation: Refused, count: number): ViolationGroup | undefined {
    if (violation.unlisted === true) return undefined;
    const { operation, target, required, errno, location } = violation;
    const key = JSON.stringify([operation, target, required, errno, location?.source, location?.line]);
    const before = this.#groups.get(key);
    if (before === undefined && this.#groups.size >= MOST_VIOLATIONS) return undefined;
    const group: ViolationGroup =
      before === undefined
        ? firstOf(violation, { id: this.#groups.size + 1, count })
        : { ...before, count: before.count + count, lastTime: Math.max(before.lastTime, violation.time) };
    this.#groups.set(key, group);
    const { remedy, configFile } = violation;
    if (before === undefined && remedy !== undefined) this.#fixes.set(group.id, { change: remedy, configFile });
    return group;
  }

  #mark(lane: LaneName, mark: Mark): void {
    this.#lanes[lane].push(mark);
    this.#changes.marks[lane].push(mark);
    // A hidden panel takes nothing for hours: what it missed then is not worth keeping twice.
    if (this.#changes.marks[lane].length > MAX_PENDING_MARKS) this.#changes.everything = true;
    if (this.#changes.everything) this.#changes.marks[lane] = [];
  }

  #become(state: RunState): void {
    this.#state = state;
    this.#changes.state = true;
  }

  /** The last time that is known: milliseconds of running time. */
  #now(): number {
    return this.#samples.value(this.#samples.length - 1, 'time');
  }
}

const MAX_PENDING_MARKS = 10_000;

/** A refused call, or with a `message` a limit that was reached. */
type Refused = Omit<ViolationEventBody, 'seq' | 'decision' | 'stack'> & { readonly message?: string };

interface Changes {
  everything: boolean;
  state: boolean;
  limits: boolean;
  unlisted: boolean;
  sentSamples: number;
  readonly groups: Map<number, ViolationGroup>;
  readonly marks: Record<LaneName, Mark[]>;
}

function noChanges(): Changes {
  return {
    everything: false,
    state: false,
    limits: false,
    unlisted: false,
    sentSamples: 0,
    groups: new Map(),
    marks: { violations: [], stops: [], output: [] },
  };
}

function firstOf(violation: Refused, counted: Pick<ViolationGroup, 'id' | 'count'>): ViolationGroup {
  const { time, instant, operation, target, required, available, errno, location, remedy, message } = violation;
  const what = { operation, target, required, available, errno, function: violation.function, location };
  const said = message === undefined ? {} : { message };
  return { ...counted, time, instant, lastTime: time, ...what, ...said, remedy: remedy?.title ?? null };
}
