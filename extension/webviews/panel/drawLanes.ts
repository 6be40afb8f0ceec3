/** Draws the lanes of marks. Marks too near to each other to be told apart become one, with their number beside it. */
import type { MarkTrack } from './markTrack.ts';
import type { LaneName } from './messages.ts';
import { severityOfRank } from './severity.ts';
import type { Theme } from './theme.ts';
import { GUTTER, LANE_HEIGHT } from './timeScale.ts';
import type { Span } from './viewport.ts';

const CLUSTER_WIDTH = 18;
const OUTPUT_COLUMN = 3;

export interface Cluster {
  /** First and last place, in pixels from the gutter. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly rank: number;
}

export interface LaneBox {
  readonly top: number;
  readonly width: number;
}

export function drawLane(
  g: CanvasRenderingContext2D,
  name: LaneName,
  track: MarkTrack,
  span: Span,
  box: LaneBox,
  theme: Theme,
): void {
  const clusters = clustersOf(track, span, box.width, name === 'output' ? OUTPUT_COLUMN : CLUSTER_WIDTH);
  const middle = box.top + LANE_HEIGHT / 2 - 0.5;
  for (const cluster of clusters) {
    if (name === 'output') drawOutput(g, cluster, middle, theme);
    else drawMark(g, name, cluster, middle, theme);
  }
}

/** Marks within `apart` pixels of the middle of a cluster join it. Where numbers are written, room is left for them. */
export function clustersOf(track: MarkTrack, span: Span, width: number, apart: number): Cluster[] {
  const clusters: Cluster[] = [];
  const scale = width / (span.to - span.from);
  for (let index = track.firstAt(span.from); index < track.marks.length; index++) {
    const mark = track.marks[index];
    if (mark === undefined || mark.time > span.to) break;
    const x = (mark.time - span.from) * scale;
    const last = clusters.at(-1);
    if (last !== undefined && x - (last.from + last.to) / 2 < apart + labelWidth(last.count, apart)) {
      clusters[clusters.length - 1] = {
        from: last.from,
        to: x,
        count: last.count + mark.count,
        rank: Math.max(last.rank, mark.rank),
      };
    } else clusters.push({ from: x, to: x, count: mark.count, rank: mark.rank });
  }
  return clusters;
}

function labelWidth(count: number, apart: number): number {
  return apart < CLUSTER_WIDTH || count === 1 ? 0 : 6 * String(Math.min(count, 1000)).length - 4;
}

function drawMark(g: CanvasRenderingContext2D, name: LaneName, cluster: Cluster, y: number, theme: Theme): void {
  const x = GUTTER + Math.round((cluster.from + cluster.to) / 2) + 0.5;
  g.fillStyle = name === 'violations' ? colorOfRank(cluster.rank, theme) : theme.stop;
  g.beginPath();
  if (name === 'violations') diamond(g, x, y, 4.5);
  else g.arc(x, y, 3.5, 0, 2 * Math.PI);
  g.fill();
  if (theme.highContrast) {
    g.strokeStyle = theme.foreground;
    g.stroke();
  }
  if (cluster.count === 1) return;
  g.font = `9px ${theme.font}`;
  g.textBaseline = 'middle';
  g.textAlign = 'left';
  g.fillStyle = theme.foreground;
  g.fillText(cluster.count > 999 ? '999+' : String(cluster.count), x + 7, y + 0.5);
}

/** Bars: taller where there was more of it, in the warning colour where standard error was among it. */
function drawOutput(g: CanvasRenderingContext2D, cluster: Cluster, y: number, theme: Theme): void {
  const height = Math.min(LANE_HEIGHT - 6, 4 + cluster.count * 2);
  g.fillStyle = cluster.rank > 0 ? theme.warning : theme.dim;
  g.fillRect(GUTTER + Math.floor(cluster.from / OUTPUT_COLUMN) * OUTPUT_COLUMN, Math.round(y - height / 2), 2, height);
}

function diamond(g: CanvasRenderingContext2D, x: number, y: number, radius: number): void {
  g.moveTo(x, y - radius);
  g.lineTo(x + radius, y);
  g.lineTo(x, y + radius);
  g.lineTo(x - radius, y);
  g.closePath();
}

export function colorOfRank(rank: number, theme: Theme): string {
  const severity = severityOfRank(rank);
  return severity === 'high' ? theme.error : severity === 'medium' ? theme.warning : theme.information;
}
