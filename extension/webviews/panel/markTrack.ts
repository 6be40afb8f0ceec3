/**
 * The marks of one lane of the timeline, in order of time: violations, stops, output. Memory is bounded: when
 * there are too many, neighbours become one mark with their counts added, so that counts stay exact and only
 * places blur. Extension and panel keep the same marks.
 */

/** A mark as sent. `rank`: what matters more wins when marks merge; its meaning is the lane's. */
export const MARK_FIELDS = ['time', 'count', 'rank'] as const;

const MARK_WIDTH = MARK_FIELDS.length;

export interface Mark {
  readonly time: number;
  readonly count: number;
  readonly rank: number;
}

const MAX_MARKS = 2 ** 14;

export class MarkTrack {
  #marks: Mark[] = [];
  #count = 0;
  readonly #max: number;

  constructor(max = MAX_MARKS) {
    this.#max = max;
  }

  /** How many things happened: the sum of the marks' counts. */
  get count(): number {
    return this.#count;
  }

  get marks(): readonly Mark[] {
    return this.#marks;
  }

  /** Marks come in order of time; one that is late takes the time of the last. */
  push(mark: Mark): void {
    if (this.#marks.length >= this.#max) this.#marks = halved(this.#marks);
    const last = this.#marks.at(-1);
    this.#marks.push(last !== undefined && mark.time < last.time ? { ...mark, time: last.time } : mark);
    this.#count += mark.count;
  }

  /** Index of the first mark at or after a time. */
  firstAt(time: number): number {
    let low = 0;
    let high = this.#marks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#marks[middle]?.time ?? 0) < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

export function encodeMarks(marks: readonly Mark[]): Float64Array {
  const rows = new Float64Array(marks.length * MARK_WIDTH);
  for (const [index, mark] of marks.entries()) rows.set([mark.time, mark.count, mark.rank], index * MARK_WIDTH);
  return rows;
}

export function decodeMarks(rows: Float64Array): Mark[] {
  const marks: Mark[] = [];
  for (let start = 0; start + MARK_WIDTH <= rows.length; start += MARK_WIDTH) {
    marks.push({ time: rows[start] ?? 0, count: rows[start + 1] ?? 0, rank: rows[start + 2] ?? 0 });
  }
  return marks;
}

function halved(marks: readonly Mark[]): Mark[] {
  const merged: Mark[] = [];
  for (let index = 0; index < marks.length; index += 2) {
    const first = marks[index];
    const second = marks[index + 1];
    if (first === undefined) break;
    merged.push(second === undefined ? first : mergeMarks(first, second));
  }
  return merged;
}

function mergeMarks(first: Mark, second: Mark): Mark {
  return { time: first.time, count: first.count + second.count, rank: Math.max(first.rank, second.rank) };
}
