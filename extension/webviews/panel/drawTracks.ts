/** Draws a track: for each pixel column the mean as a line, the greatest value as a shade above it. */
import type { Range } from './pyramid.ts';
import type { RunModel } from './runModel.ts';
import type { Theme } from './theme.ts';
import { GUTTER } from './timeScale.ts';
import type { Scale, Track } from './tracks.ts';

export interface Box {
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** What a track shows in each pixel column; both lists end where the samples end. */
export interface Profile {
  readonly mean: readonly number[];
  readonly max: readonly number[];
  readonly peak: number;
}

export function profileOf(track: Track, model: RunModel, edges: Int32Array): Profile {
  const pyramid = model.track(track.name);
  const range: Range = { min: 0, max: 0, sum: 0 };
  const mean: number[] = [];
  const max: number[] = [];
  let peak = 0;
  for (let column = 0; column + 1 < edges.length; column++) {
    const first = edges[column] ?? 0;
    if (first >= pyramid.length) break;
    const end = Math.max(first + 1, edges[column + 1] ?? 0);
    pyramid.range(first, end, range);
    mean.push(range.sum / (Math.min(end, pyramid.length) - first));
    max.push(range.max);
    peak = Math.max(peak, range.max);
  }
  return { mean, max, peak };
}

/** Where a value lies in a track's row. */
export function heightOf(value: number, scale: Scale, box: Box): number {
  return box.top + box.height - Math.min(1, value / scale.max) * (box.height - 3);
}

export function drawProfile(
  g: CanvasRenderingContext2D,
  track: Track,
  profile: Profile,
  scale: Scale,
  box: Box,
  theme: Theme,
): void {
  const color = theme[track.color];
  const shown = track.shape === 'level' ? profile.max : profile.mean;
  if (shown.length > 0) {
    g.fillStyle = color;
    if (track.shape === 'rate' && !theme.highContrast) fillUnder(g, profile.max, scale, box, 0.16);
    fillUnder(g, shown, scale, box, theme.highContrast ? 0.28 : track.shape === 'level' ? 0.22 : 0.34);
    g.strokeStyle = color;
    g.lineWidth = theme.highContrast ? 1.5 : 1;
    g.beginPath();
    trace(g, shown, scale, box);
    g.stroke();
    g.lineWidth = 1;
  }
  if (scale.limit !== undefined) drawLimit(g, heightOf(scale.limit, scale, box), box, theme);
}

function fillUnder(
  g: CanvasRenderingContext2D,
  values: readonly number[],
  scale: Scale,
  box: Box,
  alpha: number,
): void {
  g.globalAlpha = alpha;
  g.beginPath();
  trace(g, values, scale, box);
  g.lineTo(GUTTER + values.length, box.top + box.height);
  g.lineTo(GUTTER, box.top + box.height);
  g.closePath();
  g.fill();
  g.globalAlpha = 1;
}

/** Columns of the same height are one line. */
function trace(g: CanvasRenderingContext2D, values: readonly number[], scale: Scale, box: Box): void {
  let last = Number.NaN;
  for (const [column, value] of values.entries()) {
    const y = Math.round(heightOf(value, scale, box) * 2) / 2;
    if (column === 0) g.moveTo(GUTTER, y);
    else if (y !== last) {
      g.lineTo(GUTTER + column, last);
      g.lineTo(GUTTER + column, y);
    }
    last = y;
  }
  g.lineTo(GUTTER + values.length, last);
}

function drawLimit(g: CanvasRenderingContext2D, y: number, box: Box, theme: Theme): void {
  g.strokeStyle = theme.error;
  g.globalAlpha = 0.85;
  g.setLineDash([4, 3]);
  g.beginPath();
  g.moveTo(GUTTER, Math.round(y) + 0.5);
  g.lineTo(GUTTER + box.width, Math.round(y) + 0.5);
  g.stroke();
  g.setLineDash([]);
  g.globalAlpha = 1;
}
