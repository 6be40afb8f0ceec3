/**
 * Which part of the run the timeline shows, and where its cursor stands: values and the steps between them, no
 * screen. While a program runs, `whole` grows with it and `tail` follows its end.
 */

export type Viewport =
  | { readonly kind: 'whole' }
  | { readonly kind: 'tail'; readonly span: number }
  | { readonly kind: 'fixed'; readonly from: number; readonly to: number };

export type Cursor = { readonly kind: 'end' } | { readonly kind: 'at'; readonly time: number };

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Milliseconds: nothing shorter is shown, however far one zooms in. */
const SHORTEST_SPAN = 0.01;

/** What a viewport shows of a run that is `end` milliseconds long. */
export function spanOf(view: Viewport, end: number): Span {
  const length = runLength(end);
  if (view.kind === 'fixed') return { from: view.from, to: view.to };
  return { from: view.kind === 'whole' ? 0 : Math.max(0, length - view.span), to: length };
}

/** The whole time axis of a run, never empty. */
export function runLength(end: number): number {
  return Math.max(end, 1);
}

/** Shows `factor` times as much, `anchor` staying where it is. */
export function zoomed(view: Viewport, end: number, factor: number, anchor: number): Viewport {
  const { from, to } = spanOf(view, end);
  const span = Math.max(SHORTEST_SPAN, (to - from) * factor);
  const start = anchor - ((anchor - from) * span) / (to - from);
  return viewportOf({ from: start, to: start + span }, end);
}

export function panned(view: Viewport, end: number, by: number): Viewport {
  const { from, to } = spanOf(view, end);
  const start = clamp(from + by, 0, Math.max(0, runLength(end) - (to - from)));
  return viewportOf({ from: start, to: start + (to - from) }, end);
}

/** The viewport for a span that somebody chose: one that reaches the end of the run follows it. */
export function viewportOf(span: Span, end: number): Viewport {
  const length = runLength(end);
  const wanted = Math.max(SHORTEST_SPAN, span.to - span.from);
  if (wanted >= length) return { kind: 'whole' };
  const from = clamp(span.from, 0, length - wanted);
  if (from + wanted >= length) return { kind: 'tail', span: wanted };
  return { kind: 'fixed', from, to: from + wanted };
}

/** Moves as little as it takes to show a time. */
export function revealing(view: Viewport, end: number, time: number): Viewport {
  const { from, to } = spanOf(view, end);
  if (time >= from && time <= to) return view;
  return viewportOf({ from: time - (to - from) / 2, to: time + (to - from) / 2 }, end);
}

export function timeOf(cursor: Cursor, end: number): number {
  return cursor.kind === 'end' ? end : Math.min(cursor.time, end);
}

/** A cursor that reaches the end stays there. */
export function cursorAt(time: number, end: number): Cursor {
  return time >= end ? { kind: 'end' } : { kind: 'at', time: Math.max(0, time) };
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
