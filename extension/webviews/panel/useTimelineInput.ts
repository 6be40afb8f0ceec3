/** Pointer, wheel and keys of the timeline, turned into a new viewport or cursor. */
import type { JSX, RefObject } from 'preact';
import { useEffect } from 'preact/hooks';
import type { RunModel } from './runModel.ts';
import { GUTTER, LANE_HEIGHT, type Layout, OVERVIEW_HEIGHT, timeAt, xOf } from './timeScale.ts';
import { clamp, panned, runLength, type Span, type Viewport, viewportOf, zoomed } from './viewport.ts';

export interface TimelineInput {
  readonly box: RefObject<HTMLElement>;
  readonly model: RunModel;
  readonly view: Viewport;
  readonly layout: Layout;
  readonly span: Span;
  /** Of the cursor. */
  readonly time: number;
  setView(view: Viewport): void;
  setHover(time: number | undefined): void;
  setSelection(span: Span | undefined): void;
  moveTo(time: number, reveal?: boolean): void;
  onZoom(factor: number): void;
  /** A click in the lane of violations, in pixels. */
  onMark(x: number): void;
}

type Handlers = Pick<
  JSX.HTMLAttributes<HTMLElement>,
  'onPointerDown' | 'onPointerMove' | 'onPointerLeave' | 'onKeyDown' | 'onDblClick'
>;

/** Pixels at a brush's edge that resize it. */
const EDGE = 5;

/** A drag shorter than this is a click. */
const CLICK = 3;

export function useTimelineInput(input: TimelineInput): Handlers {
  useWheel(input);
  return {
    onPointerDown: (event) => beginDrag(input, event),
    onPointerMove: (event) => {
      const { x, y } = place(input, event);
      const inside =
        x >= GUTTER && x <= GUTTER + input.layout.plotWidth && y >= OVERVIEW_HEIGHT && y <= input.layout.bottom;
      input.setHover(inside ? clamp(timeAt(x, input.span, input.layout), 0, input.model.end) : undefined);
    },
    onPointerLeave: () => input.setHover(undefined),
    onDblClick: () => input.setView({ kind: 'whole' }),
    onKeyDown: (event) => pressKey(input, event),
  };
}

/** The wheel zooms at the pointer; with Shift, or sideways, it pans. Not passive: the page must not scroll. */
function useWheel(input: TimelineInput): void {
  const { box, model, layout, span, view } = input;
  useEffect(() => {
    const element = box.current;
    const turn = (event: WheelEvent): void => {
      event.preventDefault();
      const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY);
      if (event.shiftKey || sideways) {
        const pixels = sideways ? event.deltaX : event.deltaY;
        input.setView(panned(view, model.end, (pixels / layout.plotWidth) * (span.to - span.from)));
      } else {
        const anchor = timeAt(Math.max(GUTTER, place(input, event).x), span, layout);
        input.setView(zoomed(view, model.end, Math.exp(event.deltaY * 0.0018), anchor));
      }
    };
    element?.addEventListener('wheel', turn, { passive: false });
    return () => element?.removeEventListener('wheel', turn);
  });
}

/** In the overview a drag moves or draws the brush; in the tracks it moves the cursor, with Shift it selects what to show. */
function beginDrag(input: TimelineInput, event: PointerEvent): void {
  const start = place(input, event);
  if (event.button !== 0 || start.x < GUTTER || input.box.current === null) return;
  input.box.current.querySelector<HTMLElement>('[role=slider]')?.focus({ preventScroll: true });
  event.preventDefault();
  // So that the drag goes on, and ends, outside of the webview's frame too.
  input.box.current.setPointerCapture(event.pointerId);
  const drag =
    start.y < OVERVIEW_HEIGHT
      ? brushDrag(input, start.x)
      : event.shiftKey
        ? selectDrag(input, start.x)
        : cursorDrag(input, start);
  const move = (moved: PointerEvent): void => drag.move(place(input, moved).x);
  const finish = (ended: PointerEvent): void => {
    window.removeEventListener('pointermove', move);
    window.removeEventListener('pointerup', finish);
    window.removeEventListener('pointercancel', finish);
    drag.end(place(input, ended).x);
  };
  window.addEventListener('pointermove', move);
  window.addEventListener('pointerup', finish);
  window.addEventListener('pointercancel', finish);
  drag.move(start.x);
}

interface Drag {
  move(x: number): void;
  end(x: number): void;
}

function cursorDrag(input: TimelineInput, start: { readonly x: number; readonly y: number }): Drag {
  const inViolations = start.y >= input.layout.lanesTop && start.y < input.layout.lanesTop + LANE_HEIGHT;
  return {
    move: (x) => input.moveTo(clamp(timeAt(x, input.span, input.layout), 0, input.model.end)),
    end: (x) => {
      if (inViolations && Math.abs(x - start.x) < CLICK) input.onMark(x);
    },
  };
}

function selectDrag(input: TimelineInput, start: number): Drag {
  const { span, layout, model } = input;
  const selected = (x: number): Span => {
    const times = [start, x].map((at) => clamp(timeAt(at, span, layout), 0, runLength(model.end)));
    return { from: Math.min(...times), to: Math.max(...times) };
  };
  return {
    move: (x) => input.setSelection(selected(x)),
    end: (x) => {
      input.setSelection(undefined);
      if (Math.abs(x - start) >= CLICK) input.setView(viewportOf(selected(x), model.end));
    },
  };
}

function brushDrag(input: TimelineInput, start: number): Drag {
  const { span, layout, model } = input;
  const whole: Span = { from: 0, to: runLength(model.end) };
  const at = (x: number): number => clamp(timeAt(x, whole, layout), whole.from, whole.to);
  const left = xOf(span.from, whole, layout);
  const right = xOf(span.to, whole, layout);
  const show = (from: number, to: number): void =>
    input.setView(viewportOf({ from: Math.min(from, to), to: Math.max(from, to) }, model.end));
  const end = (): void => undefined;
  if (Math.abs(start - left) <= EDGE) return { move: (x) => show(at(x), span.to), end };
  if (Math.abs(start - right) <= EDGE) return { move: (x) => show(span.from, at(x)), end };
  if (start > left && start < right && input.view.kind !== 'whole') {
    return { move: (x) => input.setView(panned(input.view, model.end, at(x) - at(start))), end };
  }
  return {
    move: (x) => {
      if (Math.abs(x - start) >= CLICK) show(at(start), at(x));
    },
    end,
  };
}

function pressKey(input: TimelineInput, event: KeyboardEvent): void {
  const { model, span, layout, time } = input;
  const pixel = (span.to - span.from) / layout.plotWidth;
  const step = pixel * (event.shiftKey ? 20 : 2);
  const page = (span.to - span.from) / 10;
  const keys: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => input.moveTo(time - step, true),
    ArrowRight: () => input.moveTo(time + step, true),
    PageUp: () => input.moveTo(time + page, true),
    PageDown: () => input.moveTo(time - page, true),
    Home: () => input.moveTo(0, true),
    End: () => input.moveTo(model.end, true),
    '+': () => input.onZoom(0.5),
    '=': () => input.onZoom(0.5),
    '-': () => input.onZoom(2),
    '−': () => input.onZoom(2),
    '0': () => input.setView({ kind: 'whole' }),
  };
  const action = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key];
  if (action === undefined) return;
  event.preventDefault();
  action();
}

function place({ box }: TimelineInput, event: MouseEvent): { readonly x: number; readonly y: number } {
  const edge = box.current?.getBoundingClientRect();
  return { x: event.clientX - (edge?.left ?? 0), y: event.clientY - (edge?.top ?? 0) };
}
