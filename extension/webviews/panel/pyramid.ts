/**
 * A series of numbers that answers "least, greatest and sum between two indices" in a handful of steps, however
 * long it is. Above the values stand levels of blocks: the lowest summarises 16 values a block, each next one 4
 * blocks of the one beneath. Appending touches one block a level. What a pixel column shows is one `range`.
 */

const BASE = 16;
const FAN_OUT = 4;

export interface Range {
  /** Infinity and -Infinity when the range is empty. */
  min: number;
  max: number;
  sum: number;
}

export class Pyramid {
  #length = 0;
  #values: Float32Array<ArrayBuffer>;
  readonly #levels: Level[] = [];

  constructor(capacity = 1024) {
    this.#values = new Float32Array(Math.max(BASE, capacity));
  }

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    const index = this.#length++;
    if (index === this.#values.length) this.#values = grown(this.#values, index * 2);
    this.#values[index] = value;
    let span = BASE;
    for (const level of this.#levels) {
      include(level, Math.floor(index / span), value);
      span *= FAN_OUT;
    }
    if (this.#length > span) this.#addLevel(span);
  }

  at(index: number): number {
    return this.#values[index] ?? Number.NaN;
  }

  /** Of the values from `from` up to and without `to`, written into `into`. */
  range(from: number, to: number, into: Range): Range {
    into.min = Number.POSITIVE_INFINITY;
    into.max = Number.NEGATIVE_INFINITY;
    into.sum = 0;
    const end = Math.min(to, this.#length);
    let index = Math.max(0, from);
    while (index < end) index += this.#take(index, end, into);
    return into;
  }

  /** Takes in the largest block that starts at `index` and ends by `end`, and says how many values it held. */
  #take(index: number, end: number, into: Range): number {
    let taken: Level | undefined;
    let takenSpan = 1;
    let span = BASE;
    for (const level of this.#levels) {
      if (index % span !== 0 || index + span > end) break;
      taken = level;
      takenSpan = span;
      span *= FAN_OUT;
    }
    const block = index / takenSpan;
    const low = taken === undefined ? this.at(index) : (taken.min[block] ?? Number.NaN);
    const high = taken === undefined ? low : (taken.max[block] ?? Number.NaN);
    if (low < into.min) into.min = low;
    if (high > into.max) into.max = high;
    into.sum += taken === undefined ? low : (taken.sum[block] ?? 0);
    return takenSpan;
  }

  #addLevel(span: number): void {
    const level: Level = {
      min: new Float32Array(FAN_OUT),
      max: new Float32Array(FAN_OUT),
      sum: new Float64Array(FAN_OUT),
    };
    level.min.fill(Number.POSITIVE_INFINITY);
    level.max.fill(Number.NEGATIVE_INFINITY);
    const below: Range = { min: 0, max: 0, sum: 0 };
    for (let start = 0; start < this.#length; start += span) {
      const block = start / span;
      makeRoom(level, block);
      this.range(start, start + span, below);
      level.min[block] = below.min;
      level.max[block] = below.max;
      level.sum[block] = below.sum;
    }
    this.#levels.push(level);
  }
}

interface Level {
  min: Float32Array<ArrayBuffer>;
  max: Float32Array<ArrayBuffer>;
  sum: Float64Array<ArrayBuffer>;
}

function include(level: Level, block: number, value: number): void {
  makeRoom(level, block);
  if (value < (level.min[block] ?? 0)) level.min[block] = value;
  if (value > (level.max[block] ?? 0)) level.max[block] = value;
  level.sum[block] = (level.sum[block] ?? 0) + value;
}

function makeRoom(level: Level, block: number): void {
  const before = level.min.length;
  if (block < before) return;
  level.min = grown(level.min, before * 2).fill(Number.POSITIVE_INFINITY, before);
  level.max = grown(level.max, before * 2).fill(Number.NEGATIVE_INFINITY, before);
  const sum = new Float64Array(before * 2);
  sum.set(level.sum);
  level.sum = sum;
}

function grown(values: Float32Array, length: number): Float32Array<ArrayBuffer> {
  const larger = new Float32Array(length);
  larger.set(values);
  return larger;
}
