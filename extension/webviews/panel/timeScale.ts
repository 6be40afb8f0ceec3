/** Where times lie on the screen, and the rows of the timeline: geometry in CSS pixels, no drawing. */
import { LANE_NAMES, TRACK_NAMES } from './runModel.ts';
import { clamp, type Span } from './viewport.ts';

export const GUTTER = 164;
export const OVERVIEW_HEIGHT = 20;
export const RULER_HEIGHT = 19;
export const LANE_HEIGHT = 18;
const RIGHT_MARGIN = 10;
const AXIS_HEIGHT = OVERVIEW_HEIGHT + RULER_HEIGHT;

export interface Layout {
  readonly width: number;
  /** Of the part that shows times, right of the gutter. */
  readonly plotWidth: number;
  readonly trackHeight: number;
  /** Tops of tracks and lanes. */
  readonly tracksTop: number;
  readonly lanesTop: number;
  readonly bottom: number;
}

export function layoutOf(width: number, height: number): Layout {
  const forTracks = height - AXIS_HEIGHT - LANE_HEIGHT * LANE_NAMES.length - 2;
  const trackHeight = clamp(Math.floor(forTracks / TRACK_NAMES.length), 24, 64);
  const lanesTop = AXIS_HEIGHT + trackHeight * TRACK_NAMES.length;
  return {
    width,
    plotWidth: Math.max(1, width - GUTTER - RIGHT_MARGIN),
    trackHeight,
    tracksTop: AXIS_HEIGHT,
    lanesTop,
    bottom: lanesTop + LANE_HEIGHT * LANE_NAMES.length,
  };
}

export function xOf(time: number, span: Span, layout: Layout): number {
  return GUTTER + ((time - span.from) / (span.to - span.from)) * layout.plotWidth;
}

export function timeAt(x: number, span: Span, layout: Layout): number {
  return span.from + ((x - GUTTER) / layout.plotWidth) * (span.to - span.from);
}

const SECONDS = [15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200];

export interface Ticks {
  readonly step: number;
  readonly times: readonly number[];
}

/** Round times, at least `apart` pixels from each other. */
export function ticks(span: Span, width: number, apart = 84): Ticks {
  const least = ((span.to - span.from) / width) * apart;
  const power = 10 ** Math.floor(Math.log10(least));
  const decimal = [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= least) ?? least;
  const step = least > 10_000 ? (SECONDS.map((s) => s * 1000).find((s) => s >= least) ?? decimal) : decimal;
  const first = Math.ceil(span.from / step);
  const count = Math.floor(span.to / step) - first + 1;
  return { step, times: Array.from({ length: Math.max(0, count) }, (_, index) => (first + index) * step) };
}
