/**
 * The run as the panel knows it: samples with a pyramid for each track, marks, violations, state. It knows nothing
 * of the screen. A track's value `i` holds from sample `i - 1` to sample `i`: a level for memory, a rate for the rest.
 */
import { decodeMarks, MarkTrack } from './markTrack.ts';
import type { LaneName, Limits, RunPatch, RunState, ViolationGroup } from './messages.ts';
import { Pyramid } from './pyramid.ts';
import { readRows, type SampleField, SampleRows } from './sampleRows.ts';
import type { Span } from './viewport.ts';

export type TrackName = 'memory' | 'instructions' | 'hostCalls' | 'io';

export const TRACK_NAMES = ['memory', 'instructions', 'hostCalls', 'io'] as const satisfies readonly TrackName[];

export const LANE_NAMES = ['violations', 'stops', 'output'] as const satisfies readonly LaneName[];

/** Milliseconds. A rate over less than this would be noise of the clock: it is taken over more samples. */
const SHORTEST_RATE = 8;

export class RunModel {
  readonly id: number;
  readonly name: string;
  #state: RunState = { kind: 'starting' };
  #limits: Limits = { memory: null, fuel: null, timeout: null };
  #samples = new SampleRows();
  #tracks = emptyTracks();
  readonly #lanes: Readonly<Record<LaneName, MarkTrack>> = {
    violations: new MarkTrack(),
    stops: new MarkTrack(),
    output: new MarkTrack(),
  };
  readonly #violations = new Map<number, ViolationGroup>();
  #unlisted = 0;

  constructor(id: number, name: string) {
    this.id = id;
    this.name = name;
  }

  apply(patch: RunPatch): void {
    if (patch.state !== undefined) this.#state = patch.state;
    if (patch.limits !== undefined) this.#limits = patch.limits;
    if (patch.unlisted !== undefined) this.#unlisted = patch.unlisted;
    if (patch.samples !== undefined) this.#append(patch.samples);
    for (const group of patch.violations ?? []) this.#violations.set(group.id, group);
    for (const lane of LANE_NAMES) {
      for (const mark of decodeMarks(patch.marks?.[lane] ?? new Float64Array())) this.#lanes[lane].push(mark);
    }
  }

  get state(): RunState {
    return this.#state;
  }

  get limits(): Limits {
    return this.#limits;
  }

  /** In the order in which each happened first. */
  get violations(): readonly ViolationGroup[] {
    return [...this.#violations.values()];
  }

  /** How often the sandbox refused, all together. */
  get violationCount(): number {
    return this.violations.reduce((sum, group) => sum + group.count, this.#unlisted);
  }

  get unlisted(): number {
    return this.#unlisted;
  }

  get sampleCount(): number {
    return this.#samples.length;
  }

  /** Milliseconds: where the time axis ends. */
  get end(): number {
    const lastMark = Math.max(...LANE_NAMES.map((name) => this.#lanes[name].marks.at(-1)?.time ?? 0));
    return Math.max(this.#samples.value(this.#samples.length - 1, 'time'), lastMark);
  }

  lane(name: LaneName): MarkTrack {
    return this.#lanes[name];
  }

  track(name: TrackName): Pyramid {
    return this.#tracks[name];
  }

  /** A total, or memory, at a time. */
  total(field: SampleField, time: number): number {
    return this.#samples.value(Math.min(this.sampleAt(time), this.#samples.length - 1), field);
  }

  /** The clock at a time, between two samples by proportion. */
  instantAt(time: number): number {
    const after = this.sampleAt(time);
    if (after >= this.#samples.length) return this.#samples.value(this.#samples.length - 1, 'instant');
    const [t0, i0] = after === 0 ? [0, 0] : [this.#time(after - 1), this.#samples.value(after - 1, 'instant')];
    const [t1, i1] = [this.#time(after), this.#samples.value(after, 'instant')];
    return t1 <= t0 ? i1 : Math.round(i0 + ((i1 - i0) * (time - t0)) / (t1 - t0));
  }

  /** Index of the sample that ends the interval which a time lies in; `sampleCount` past the last. */
  sampleAt(time: number): number {
    let low = 0;
    let high = this.#samples.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#time(middle) < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** For `width` equal columns of a span, the sample at which each begins, and where the last one ends. */
  columns(span: Span, width: number): Int32Array {
    const edges = new Int32Array(width + 1);
    for (let column = 0; column <= width; column++) {
      edges[column] = this.sampleAt(span.from + ((span.to - span.from) * column) / width);
    }
    return edges;
  }

  #append(rows: Float64Array): void {
    let thinned = false;
    for (const sample of readRows(rows)) {
      const before = this.#samples.length;
      if (this.#samples.push(sample)) thinned = true;
      else if (!thinned && this.#samples.length > before) this.#derive(before);
    }
    if (!thinned) return;
    this.#tracks = emptyTracks();
    for (let row = 0; row < this.#samples.length; row++) this.#derive(row);
  }

  #derive(row: number): void {
    this.#tracks.memory.push(this.#samples.value(row, 'memory'));
    const since = this.#rateStart(row);
    const seconds = (this.#time(row) - (since < 0 ? 0 : this.#time(since))) / 1000;
    const rate = (field: SampleField): number => {
      const grown = this.#samples.value(row, field) - (since < 0 ? 0 : this.#samples.value(since, field));
      return seconds > 0 ? Math.max(0, grown / seconds) : 0;
    };
    this.#tracks.instructions.push(rate('instant'));
    this.#tracks.hostCalls.push(rate('hostCalls'));
    const moved = ['outputBytes', 'bytesRead', 'bytesWritten', 'bytesSent', 'bytesReceived'] as const;
    this.#tracks.io.push(moved.reduce((sum, field) => sum + rate(field), 0));
  }

  /** The sample that the rates of `row` are counted from; -1: the start of the run. */
  #rateStart(row: number): number {
    let since = row - 1;
    while (since >= 0 && this.#time(row) - this.#time(since) < SHORTEST_RATE) since--;
    return since;
  }

  #time(row: number): number {
    return this.#samples.value(row, 'time');
  }
}

function emptyTracks(): Record<TrackName, Pyramid> {
  return { memory: new Pyramid(), instructions: new Pyramid(), hostCalls: new Pyramid(), io: new Pyramid() };
}
