/** The timeline: rows of numbers beside two canvases, and the hands on it: drag, wheel, keys. */
import type { JSX, RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { type DrawnTrack, drawMoving, drawStill, prepare } from './drawTimeline.ts';
import { formatCount, formatTime } from './quantities.ts';
import { LANE_NAMES, type RunModel } from './runModel.ts';
import type { SampleField } from './sampleRows.ts';
import type { Theme } from './theme.ts';
import { GUTTER, LANE_HEIGHT, type Layout, layoutOf, OVERVIEW_HEIGHT, timeAt, xOf } from './timeScale.ts';
import { LANE_TITLES, TRACKS } from './tracks.ts';
import { useSize } from './useSize.ts';
import { useTimelineInput } from './useTimelineInput.ts';
import { type Cursor, clamp, type Span, spanOf, timeOf, type Viewport } from './viewport.ts';
import { nearestViolation } from './violationList.ts';

export interface TimelineProps {
  readonly model: RunModel;
  readonly revision: number;
  readonly theme: Theme;
  readonly view: Viewport;
  readonly cursor: Cursor;
  setView(view: Viewport): void;
  moveTo(time: number, reveal?: boolean): void;
  /** A violation, by its group's id. */
  select(id: number): void;
  onZoom(factor: number): void;
}

/** Pixels around a violation's mark in which a click means it. */
const REACH = 9;

export function Timeline(props: TimelineProps): JSX.Element {
  const { model, view, cursor } = props;
  const box = useRef<HTMLElement>(null);
  const size = useSize(box);
  const layout = layoutOf(size.width, size.height);
  const span = spanOf(view, model.end);
  const time = timeOf(cursor, model.end);
  const [hover, setHover] = useState<number | undefined>(undefined);
  const [selection, setSelection] = useState<Span | undefined>(undefined);
  const [still, moving] = useCanvases(props, size.height > 0, { layout, span, time, hover, selection });
  const input = useTimelineInput({
    ...props,
    box,
    layout,
    span,
    time,
    setHover,
    setSelection,
    onMark: (at) => selectNear(props, at, span, layout),
  });
  return (
    <section class="timeline" ref={box} aria-label="Resource use over time" {...input}>
      <canvas
        ref={still}
        role="img"
        aria-label={`Memory, instructions, host calls and I/O from ${formatTime(span.from, 1)} to ${formatTime(span.to, 1)}`}
      />
      <canvas ref={moving} />
      <div class="gutter overview">Whole run</div>
      <div class="gutter ruler">
        {formatTime(span.from, (span.to - span.from) / 50)} – {formatTime(span.to, (span.to - span.from) / 50)}
      </div>
      <Rows model={model} time={hover ?? time} layout={layout} />
      <Thumb model={model} time={time} span={span} layout={layout} />
      {hover !== undefined && <Tip model={model} time={hover} span={span} layout={layout} />}
    </section>
  );
}

interface Drawing {
  readonly layout: Layout;
  readonly span: Span;
  readonly time: number;
  readonly hover: number | undefined;
  readonly selection: Span | undefined;
}

function useCanvases(
  { model, revision, theme }: TimelineProps,
  ready: boolean,
  drawing: Drawing,
): readonly [RefObject<HTMLCanvasElement>, RefObject<HTMLCanvasElement>] {
  const still = useRef<HTMLCanvasElement>(null);
  const moving = useRef<HTMLCanvasElement>(null);
  const drawn = useRef<readonly DrawnTrack[]>([]);
  const { layout, span, time, hover, selection } = drawing;
  const shape = [ready, revision, theme, span.from, span.to, layout.width, layout.bottom, window.devicePixelRatio];
  useEffect(() => {
    const g = ready && still.current !== null ? prepare(still.current, layout.width, layout.bottom) : undefined;
    if (g !== undefined) drawn.current = drawStill(g, { model, span, layout, theme });
  }, shape);
  useEffect(() => {
    const g = ready && moving.current !== null ? prepare(moving.current, layout.width, layout.bottom) : undefined;
    if (g !== undefined)
      drawMoving(g, { model, span, layout, theme }, { cursor: time, hover, selection }, drawn.current);
  }, [...shape, time, hover, selection]);
  return [still, moving];
}

/** Names and values, at the hovered time or else at the cursor. */
function Rows({
  model,
  time,
  layout,
}: {
  readonly model: RunModel;
  readonly time: number;
  readonly layout: Layout;
}): JSX.Element {
  const sample = Math.min(model.sampleAt(time), model.sampleCount - 1);
  const compact = layout.trackHeight < 38;
  return (
    <ul class="rows" style={{ top: `${layout.tracksTop}px` }}>
      {TRACKS.map((track) => (
        <li
          key={track.name}
          class={compact ? 'track compact' : 'track'}
          style={{ height: `${layout.trackHeight}px` }}
          title={track.name === 'io' ? describeIo(model, time) : undefined}
        >
          <span class={`swatch ${track.color}`} aria-hidden="true" />
          <span class="name">{track.title}</span>
          <span class="value">{sample < 0 ? '–' : track.format(model.track(track.name).at(sample))}</span>
        </li>
      ))}
      {LANE_NAMES.map((name) => (
        <li key={name} class="lane" style={{ height: `${LANE_HEIGHT}px` }}>
          <span class="name">{LANE_TITLES[name]}</span>
          <span class="value">{formatCount(model.lane(name).count)}</span>
        </li>
      ))}
    </ul>
  );
}

function describeIo(model: RunModel, time: number): string {
  const total = (field: SampleField): string => formatCount(model.total(field, time));
  return [
    `So far: ${total('outputBytes')} bytes of output`,
    `files: ${total('bytesRead')} bytes read, ${total('bytesWritten')} written, ${total('filesOpened')} opened`,
    `network: ${total('networkRequests')} requests, ${total('bytesSent')} bytes sent, ${total('bytesReceived')} received`,
  ].join('; ');
}

interface At {
  readonly model: RunModel;
  readonly time: number;
  readonly span: Span;
  readonly layout: Layout;
}

const THUMB_WIDTH = 66;

/** The cursor's handle: a slider for the keyboard and for those who hear the page. */
function Thumb({ model, time, span, layout }: At): JSX.Element {
  const x = xOf(time, span, layout);
  const visible = x >= GUTTER - 1 && x <= GUTTER + layout.plotWidth + 1;
  const left = clamp(x - THUMB_WIDTH / 2, GUTTER, layout.width - THUMB_WIDTH - 2);
  return (
    <div
      class="thumb"
      role="slider"
      tabIndex={0}
      aria-label="Cursor"
      aria-orientation="horizontal"
      aria-valuemin={0}
      aria-valuemax={Math.round(model.end)}
      aria-valuenow={Math.round(time)}
      aria-valuetext={`${formatTime(time, (span.to - span.from) / 500)}, instruction ${formatCount(model.instantAt(time))}`}
      style={{ transform: `translateX(${left}px)`, top: `${OVERVIEW_HEIGHT + 1}px`, opacity: visible ? 1 : 0 }}
    >
      {formatTime(time, (span.to - span.from) / 500)}
    </div>
  );
}

const TIP_WIDTH = 190;

function Tip({ model, time, span, layout }: At): JSX.Element {
  const left = clamp(xOf(time, span, layout) + 10, GUTTER, Math.max(GUTTER, layout.width - TIP_WIDTH));
  return (
    <div class="tip" role="presentation" style={{ transform: `translateX(${left}px)`, top: `${OVERVIEW_HEIGHT}px` }}>
      {formatTime(time, (span.to - span.from) / 500)} · #{formatCount(model.instantAt(time))}
    </div>
  );
}

function selectNear({ model, select }: TimelineProps, x: number, span: Span, layout: Layout): void {
  const reach = timeAt(GUTTER + REACH, span, layout) - span.from;
  const found = nearestViolation(model.violations, timeAt(x, span, layout), reach);
  if (found !== undefined) select(found.id);
}
