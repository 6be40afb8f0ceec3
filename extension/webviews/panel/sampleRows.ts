/**
 * Usage samples as rows of numbers, the form in which they are kept and sent. Both sides bound their memory in the
 * same way: at `MAX_SAMPLES` every second row is left out. All fields but memory are totals, so that nothing
 * is lost by it but resolution; of memory the greater of the two is kept, so that a peak stays a peak.
 */
import type { UsageSample } from '../../../debug-adapter/events.ts';

export const SAMPLE_FIELDS = [
  'time',
  'instant',
  'memory',
  'hostCalls',
  'outputBytes',
  'bytesRead',
  'bytesWritten',
  'filesOpened',
  'networkRequests',
  'bytesSent',
  'bytesReceived',
] as const satisfies readonly (keyof UsageSample)[];

export type SampleField = (typeof SAMPLE_FIELDS)[number];

/** Two and a half hours at thirty a second, then half the resolution, and so on. */
const MAX_SAMPLES = 2 ** 18;

const SAMPLE_WIDTH = SAMPLE_FIELDS.length;

const COLUMN = Object.fromEntries(SAMPLE_FIELDS.map((field, column) => [field, column])) as Record<SampleField, number>;

export class SampleRows {
  #rows = new Float64Array(256 * SAMPLE_WIDTH);
  #length = 0;
  readonly #max: number;

  constructor(max = MAX_SAMPLES) {
    this.#max = max;
  }

  get length(): number {
    return this.#length;
  }

  /** Appends a row; a sample older than the last one is left out. Returns whether earlier rows had to be thinned. */
  push(sample: Readonly<Record<SampleField, number>>): boolean {
    if (this.#length > 0 && sample.time < this.value(this.#length - 1, 'time')) return false;
    const thinned = this.#length >= this.#max;
    if (thinned) this.#thin();
    if ((this.#length + 1) * SAMPLE_WIDTH > this.#rows.length) this.#grow();
    const start = this.#length++ * SAMPLE_WIDTH;
    for (const [column, field] of SAMPLE_FIELDS.entries()) this.#rows[start + column] = sample[field];
    return thinned;
  }

  value(row: number, field: SampleField): number {
    return this.#rows[row * SAMPLE_WIDTH + COLUMN[field]] ?? 0;
  }

  /** A copy of exactly the rows from `from` on, as sent to a panel. */
  slice(from = 0): Float64Array {
    return this.#rows.slice(from * SAMPLE_WIDTH, this.#length * SAMPLE_WIDTH);
  }

  #thin(): void {
    const rows = this.#rows;
    let kept = 0;
    // The last row is kept in any case.
    for (let row = (this.#length + 1) % 2; row < this.#length; row += 2) {
      const start = row * SAMPLE_WIDTH;
      const memory = Math.max(rows[start + COLUMN.memory] ?? 0, rows[start - SAMPLE_WIDTH + COLUMN.memory] ?? 0);
      rows.copyWithin(kept * SAMPLE_WIDTH, start, start + SAMPLE_WIDTH);
      rows[kept * SAMPLE_WIDTH + COLUMN.memory] = memory;
      kept++;
    }
    this.#length = kept;
  }

  #grow(): void {
    const larger = new Float64Array(this.#rows.length * 2);
    larger.set(this.#rows);
    this.#rows = larger;
  }
}

/** The samples in rows as they were sent. */
export function* readRows(rows: Float64Array): Generator<Record<SampleField, number>> {
  for (let start = 0; start + SAMPLE_WIDTH <= rows.length; start += SAMPLE_WIDTH) {
    const at = (field: SampleField): number => rows[start + COLUMN[field]] ?? 0;
    yield {
      time: at('time'),
      instant: at('instant'),
      memory: at('memory'),
      hostCalls: at('hostCalls'),
      outputBytes: at('outputBytes'),
      bytesRead: at('bytesRead'),
      bytesWritten: at('bytesWritten'),
      filesOpened: at('filesOpened'),
      networkRequests: at('networkRequests'),
      bytesSent: at('bytesSent'),
      bytesReceived: at('bytesReceived'),
    };
  }
}
