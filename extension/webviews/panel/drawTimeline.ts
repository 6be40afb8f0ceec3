/**
 * Draws the timeline on two canvases: the still layer, drawn anew when data, span, size or theme change, and the
 * moving one with cursor and hover, which costs nothing to redraw.
 */
import { clustersOf, colorOfRank, drawLane } from './drawLanes.ts';
import { type Box, drawProfile, heightOf, profileOf } from './drawTracks.ts';
import { formatTime } from './quantities.ts';
import { LANE_NAMES, type RunModel } from './runModel.ts';
import type { Theme } from './theme.ts';
import { GUTTER, LANE_HEIGHT, type Layout, OVERVIEW_HEIGHT, RULER_HEIGHT, ticks, xOf } from './timeScale.ts';
import { type Scale, scaleOf, TRACKS, type Track } from './tracks.ts';
import { runLength, type Span } from './viewport.ts';

export interface Picture {
  readonly model: RunModel;
  readonly span: Span;
  readonly layout: Layout;
  readonly theme: Theme;
}

/** Pixels by which a mark at the very end reaches past the plot. */
const MARK_OVERHANG = 6;

/** Where a track's values lie, for the dots on the cursor. */
export interface DrawnTrack {
  readonly track: Track;
  readonly scale: Scale;
  readonly box: Box;
}

/** Sizes a canvas to the screen's own pixels and clears it. */
export function prepare(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
): CanvasRenderingContext2D | undefined {
  const ratio = window.devicePixelRatio || 1;
  const [pixelWidth, pixelHeight] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== pixelWidth || canvas.height !== pixelHeight) {
    canvas.width = pixelWidth;
    canvas.height = pixelHeight;
  }
  const g = canvas.getContext('2d') ?? undefined;
  g?.setTransform(ratio, 0, 0, ratio, 0, 0);
  g?.clearRect(0, 0, width, height);
  return g;
}

export function drawStill(g: CanvasRenderingContext2D, picture: Picture): readonly DrawnTrack[] {
  const { model, span, layout, theme } = picture;
  drawGrid(g, picture);
  drawOverview(g, picture);
  drawRows(g, picture);
  g.save();
  g.beginPath();
  g.rect(GUTTER, 0, layout.plotWidth + MARK_OVERHANG, layout.bottom);
  g.clip();
  const edges = model.columns(span, Math.floor(layout.plotWidth));
  const drawn = TRACKS.map((track, index) => drawTrack(g, picture, track, index, edges));
  for (const [index, name] of LANE_NAMES.entries()) {
    drawLane(
      g,
      name,
      model.lane(name),
      span,
      { top: layout.lanesTop + index * LANE_HEIGHT, width: layout.plotWidth },
      theme,
    );
  }
  g.restore();
  for (const { scale, box } of drawn) drawScaleLabel(g, scale, box, theme);
  return drawn;
}

export interface Pointer {
  readonly cursor: number;
  readonly hover: number | undefined;
  /** A span that is being dragged out. */
  readonly selection: Span | undefined;
}

export function drawMoving(
  g: CanvasRenderingContext2D,
  picture: Picture,
  pointer: Pointer,
  drawn: readonly DrawnTrack[],
): void {
  const { model, span, layout, theme } = picture;
  const right = GUTTER + layout.plotWidth;
  const x = Math.round(xOf(pointer.cursor, span, layout)) + 0.5;
  if (pointer.cursor < model.end && x < right) {
    g.fillStyle = theme.background;
    g.globalAlpha = theme.highContrast ? 0.3 : 0.38;
    g.fillRect(Math.max(GUTTER, x), OVERVIEW_HEIGHT, right - Math.max(GUTTER, x), layout.bottom - OVERVIEW_HEIGHT);
    g.globalAlpha = 1;
  }
  if (pointer.selection !== undefined) drawSelection(g, picture, pointer.selection);
  if (pointer.hover !== undefined) drawHover(g, xOf(pointer.hover, span, layout), layout, theme);
  drawOverviewCursor(g, picture, pointer.cursor);
  if (x < GUTTER || x > right + 1) return;
  g.strokeStyle = theme.accent;
  g.lineWidth = theme.highContrast ? 2 : 1;
  line(g, x, OVERVIEW_HEIGHT + 16, x, layout.bottom);
  g.lineWidth = 1;
  const sample = Math.min(model.sampleAt(pointer.cursor), model.sampleCount - 1);
  if (sample < 0) return;
  for (const { track, scale, box } of drawn)
    dot(g, x, heightOf(model.track(track.name).at(sample), scale, box), theme[track.color], theme);
}

function drawGrid(g: CanvasRenderingContext2D, { span, layout, theme }: Picture): void {
  const { step, times } = ticks(span, layout.plotWidth);
  g.strokeStyle = theme.grid;
  g.globalAlpha = theme.highContrast ? 0.3 : 0.16;
  for (const time of times) {
    const x = Math.round(xOf(time, span, layout)) + 0.5;
    line(g, x, OVERVIEW_HEIGHT + 2, x, layout.bottom);
  }
  g.globalAlpha = 1;
  g.fillStyle = theme.dim;
  g.font = `11px ${theme.font}`;
  g.textBaseline = 'middle';
  g.textAlign = 'left';
  for (const time of times) {
    const x = xOf(time, span, layout) + 4;
    if (x < layout.width - 44) g.fillText(formatTime(time, step), x, OVERVIEW_HEIGHT + RULER_HEIGHT / 2 + 0.5);
  }
}

/** The whole run: how busy it was, where it was refused something, and the part that is shown below. */
function drawOverview(g: CanvasRenderingContext2D, { model, span, layout, theme }: Picture): void {
  const length = runLength(model.end);
  const track = TRACKS.find(({ name }) => name === 'instructions');
  if (track === undefined) return;
  const box: Box = { top: 3, width: layout.plotWidth, height: OVERVIEW_HEIGHT - 5 };
  const profile = profileOf(track, model, model.columns({ from: 0, to: length }, Math.floor(layout.plotWidth)));
  drawProfile(g, track, profile, scaleOf(track, profile.peak, model), box, theme);
  const at = (time: number): number => GUTTER + (time / length) * layout.plotWidth;
  const width = theme.highContrast ? 2 : 1.5;
  for (const { from, rank } of clustersOf(model.lane('violations'), { from: 0, to: length }, layout.plotWidth, width)) {
    g.fillStyle = colorOfRank(rank, theme);
    g.fillRect(GUTTER + Math.round(from), 1, width, 5);
  }
  const [from, to] = [at(span.from), at(span.to)];
  g.fillStyle = theme.background;
  g.globalAlpha = 0.62;
  g.fillRect(GUTTER, 0, from - GUTTER, OVERVIEW_HEIGHT - 1);
  g.fillRect(to, 0, GUTTER + layout.plotWidth - to, OVERVIEW_HEIGHT - 1);
  g.globalAlpha = 1;
  g.strokeStyle = theme.highContrast ? theme.accent : theme.dim;
  g.strokeRect(Math.round(from) + 0.5, 0.5, Math.max(3, Math.round(to - from) - 1), OVERVIEW_HEIGHT - 2);
}

function drawRows(g: CanvasRenderingContext2D, { layout, theme }: Picture): void {
  g.strokeStyle = theme.line;
  line(g, 0, OVERVIEW_HEIGHT - 0.5, layout.width, OVERVIEW_HEIGHT - 0.5);
  line(g, GUTTER - 0.5, OVERVIEW_HEIGHT, GUTTER - 0.5, layout.bottom);
  for (let row = 0; row <= TRACKS.length; row++) {
    const y = layout.tracksTop + row * layout.trackHeight - 0.5;
    line(g, 0, y, layout.width, y);
  }
  for (let row = 1; row <= LANE_NAMES.length; row++) {
    const y = layout.lanesTop + row * LANE_HEIGHT - 0.5;
    line(g, 0, y, layout.width, y);
  }
}

function drawTrack(
  g: CanvasRenderingContext2D,
  picture: Picture,
  track: Track,
  index: number,
  edges: Int32Array,
): DrawnTrack {
  const { model, layout, theme } = picture;
  const box: Box = {
    top: layout.tracksTop + index * layout.trackHeight,
    width: layout.plotWidth,
    height: layout.trackHeight - 1,
  };
  const profile = profileOf(track, model, edges);
  const scale = scaleOf(track, profile.peak, model);
  drawProfile(g, track, profile, scale, box, theme);
  return { track, scale, box };
}

/** The scale's top, on a veil of the background so that it reads on top of the data. */
function drawScaleLabel(g: CanvasRenderingContext2D, scale: Scale, box: Box, theme: Theme): void {
  const { label } = scale;
  if (label === '') return;
  g.font = `10px ${theme.font}`;
  g.textBaseline = 'top';
  g.textAlign = 'right';
  const [x, y] = [GUTTER + box.width - 4, box.top + (scale.limit === undefined ? 2 : 6)];
  const width = g.measureText(label).width;
  g.fillStyle = theme.background;
  g.globalAlpha = 0.65;
  g.fillRect(x - width - 3, y - 1, width + 6, 12);
  g.globalAlpha = 1;
  g.fillStyle = theme.dim;
  g.fillText(label, x, y);
}

function drawSelection(g: CanvasRenderingContext2D, { span, layout, theme }: Picture, selection: Span): void {
  const [from, to] = [xOf(selection.from, span, layout), xOf(selection.to, span, layout)];
  g.fillStyle = theme.accent;
  g.globalAlpha = 0.18;
  g.fillRect(from, OVERVIEW_HEIGHT, to - from, layout.bottom - OVERVIEW_HEIGHT);
  g.globalAlpha = 1;
  g.strokeStyle = theme.accent;
  line(g, Math.round(from) + 0.5, OVERVIEW_HEIGHT, Math.round(from) + 0.5, layout.bottom);
  line(g, Math.round(to) + 0.5, OVERVIEW_HEIGHT, Math.round(to) + 0.5, layout.bottom);
}

function drawHover(g: CanvasRenderingContext2D, x: number, layout: Layout, theme: Theme): void {
  g.strokeStyle = theme.dim;
  g.setLineDash([3, 3]);
  line(g, Math.round(x) + 0.5, OVERVIEW_HEIGHT, Math.round(x) + 0.5, layout.bottom);
  g.setLineDash([]);
}

function drawOverviewCursor(g: CanvasRenderingContext2D, { model, layout, theme }: Picture, cursor: number): void {
  const x = Math.round(GUTTER + (cursor / runLength(model.end)) * layout.plotWidth) + 0.5;
  g.strokeStyle = theme.accent;
  line(g, x, 0, x, OVERVIEW_HEIGHT - 1);
}

function dot(g: CanvasRenderingContext2D, x: number, y: number, color: string, theme: Theme): void {
  g.beginPath();
  g.arc(x, y, 2.5, 0, 2 * Math.PI);
  g.fillStyle = color;
  g.fill();
  g.strokeStyle = theme.background;
  g.stroke();
}

function line(g: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number): void {
  g.beginPath();
  g.moveTo(x0, y0);
  g.lineTo(x1, y1);
  g.stroke();
}
