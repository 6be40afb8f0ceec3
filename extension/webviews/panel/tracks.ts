/** The rows of the timeline: what each is called, its colour, its scale and how its values read. */
import type { LaneName } from './messages.ts';
import { formatBytes, formatShortCount } from './quantities.ts';
import type { RunModel, TrackName } from './runModel.ts';
import type { Theme } from './theme.ts';

export interface Track {
  readonly name: TrackName;
  readonly title: string;
  readonly color: keyof Pick<Theme, 'blue' | 'green' | 'purple' | 'yellow'>;
  /** A level stays until it changes; a rate goes up and down. */
  readonly shape: 'level' | 'rate';
  format(value: number): string;
}

export const TRACKS: readonly Track[] = [
  { name: 'memory', title: 'Memory', color: 'blue', shape: 'level', format: formatBytes },
  {
    name: 'instructions',
    title: 'Instructions',
    color: 'green',
    shape: 'rate',
    format: (value) => `${formatShortCount(value)}/s`,
  },
  {
    name: 'hostCalls',
    title: 'Host calls',
    color: 'purple',
    shape: 'rate',
    format: (value) => `${formatShortCount(value)}/s`,
  },
  { name: 'io', title: 'I/O', color: 'yellow', shape: 'rate', format: (value) => `${formatBytes(value)}/s` },
];

export const LANE_TITLES: Readonly<Record<LaneName, string>> = {
  violations: 'Violations',
  stops: 'Stops',
  output: 'Output',
};

/** A limit less than this many times the peak is drawn to scale; a more distant one would flatten the track. */
const LIMIT_IN_SIGHT = 12;

export interface Scale {
  readonly max: number;
  /** Drawn as a line when it lies within the scale. */
  readonly limit: number | undefined;
  readonly label: string;
}

/** From zero to the peak, or to the limit of memory where that is near. */
export function scaleOf(track: Track, peak: number, model: RunModel): Scale {
  const limit = track.name === 'memory' ? model.limits.memory : null;
  if (limit !== null && peak * LIMIT_IN_SIGHT >= limit) {
    return { max: Math.max(limit, peak) * 1.06, limit, label: `${formatBytes(limit)} limit` };
  }
  const label = limit === null ? (peak > 0 ? track.format(peak) : '') : `of ${formatBytes(limit)}`;
  return { max: peak > 0 ? peak * 1.15 : 1, limit: undefined, label };
}
