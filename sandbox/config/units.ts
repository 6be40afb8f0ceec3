/**
 * Quantities as people write them: sizes "64MB", durations "30s", counts "10G". Sizes are binary, as memories and
 * pages are: 1 KB = 1024 bytes, 1 MB = 1024 KB, so "64MB" and "64MiB" are the same 67108864 bytes. Counts are decimal:
 * "10G" is 10,000,000,000.
 */
import { nearest } from './nearest.ts';

export type Unit = 'size' | 'duration' | 'count';

export type Quantity =
  /** Bytes, milliseconds or a plain count. */
  | { readonly ok: true; readonly value: number }
  /** `message` is a sentence without the field's name; `suggestion` is a value that would be right. */
  | { readonly ok: false; readonly message: string; readonly suggestion: string | undefined };

/** Read a quantity. Plain numbers are bytes, milliseconds or counts already. */
export function parseQuantity(unit: Unit, value: string | number): Quantity {
  if (typeof value === 'number') return plainNumber(unit, value);
  const match = NUMBER_AND_UNIT.exec(value.slice(0, LONGEST_QUANTITY));
  if (!match) return { ok: false, message: `"${shortened(value)}" is not ${FORMS[unit]}.`, suggestion: undefined };
  const [, digits = '', suffix = ''] = match;
  const factor = FACTORS[unit][suffix.toLowerCase()];
  if (factor === undefined) return unknownUnit(unit, { value, digits, suffix });
  const result = Math.round(Number(digits) * factor);
  if (Number.isSafeInteger(result)) return { ok: true, value: result };
  return { ok: false, message: `"${shortened(value)}" is too large.`, suggestion: undefined };
}

export const parseSize = (value: string | number): Quantity => parseQuantity('size', value);
export const parseDuration = (value: string | number): Quantity => parseQuantity('duration', value);
export const parseCount = (value: string | number): Quantity => parseQuantity('count', value);

/** A size for people, exact where it is round: `64MB`, `1.5GB`, `100B`. */
export function formatSize(bytes: number): string {
  const [name, factor] = SIZE_STEPS.find(([, step]) => bytes >= step) ?? (['B', 1] as const);
  return `${trimmed(bytes / factor)}${name}`;
}

/** A duration for people: `500ms`, `30s`. */
export function formatDuration(milliseconds: number): string {
  return milliseconds < 1000 ? `${trimmed(milliseconds)}ms` : `${trimmed(milliseconds / 1000)}s`;
}

/** Regular expressions for the schema: what `parseQuantity` takes, and nothing else. */
export const UNIT_PATTERNS: Readonly<Record<Unit, string>> = {
  size: String.raw`^\s*\d+(\.\d+)?\s*([bB]|[kKmMgG]([iI]?[bB])?)\s*$`,
  duration: String.raw`^\s*\d+(\.\d+)?\s*([mM][sS]|[sS]|[mM]|[mM][iI][nN]|[hH])\s*$`,
  count: String.raw`^\s*\d+(\.\d+)?\s*[kKmMgGtT]?\s*$`,
};

/** What each unit looks like, to end the sentence "… is not". */
export const FORMS: Readonly<Record<Unit, string>> = {
  size: 'a size: write "64MB", "1GB", or a number of bytes',
  duration: 'a duration: write "30s", "500ms", "2m", or a number of milliseconds',
  count: 'a count: write "10G", "500K", or a number',
};

/** For the documentation of a field. */
export const UNIT_NOTES: Readonly<Record<Unit, string>> = {
  size: 'Units: B, KB, MB, GB (1 KB is 1024 bytes), or a number of bytes.',
  duration: 'Units: ms, s, m, h, or a number of milliseconds.',
  count: 'Units: K, M, G, T (thousand, million, …), or a number.',
};

const NUMBER_AND_UNIT = /^\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*$/;
const LONGEST_QUANTITY = 64;

const KB = 1024;
const MB = 1024 * KB;
const GB = 1024 * MB;
const SIZE_STEPS = [
  ['GB', GB],
  ['MB', MB],
  ['KB', KB],
] as const;

/** By lower-case unit. A count needs none. */
const FACTORS: Readonly<Record<Unit, Readonly<Record<string, number>>>> = {
  size: table({ b: 1, k: KB, kb: KB, kib: KB, m: MB, mb: MB, mib: MB, g: GB, gb: GB, gib: GB }),
  duration: table({ ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000 }),
  count: table({ '': 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 }),
};

/** Units to propose, and words that people write for them. */
const PROPOSALS: Readonly<Record<Unit, Readonly<Record<string, string>>>> = {
  size: table({ kb: 'KB', mb: 'MB', gb: 'GB', kilobytes: 'KB', megabytes: 'MB', gigabytes: 'GB', bytes: 'B' }),
  duration: table({
    ms: 'ms',
    s: 's',
    m: 'm',
    h: 'h',
    sec: 's',
    secs: 's',
    second: 's',
    seconds: 's',
    mins: 'm',
    minute: 'm',
    minutes: 'm',
    hour: 'h',
    hours: 'h',
    msec: 'ms',
    milliseconds: 'ms',
  }),
  count: table({ k: 'K', m: 'M', g: 'G', t: 'T', million: 'M', billion: 'G', b: 'G' }),
};

const DEFAULT_UNIT: Readonly<Record<Unit, string>> = { size: 'MB', duration: 's', count: '' };

/** Without a prototype: a unit called "constructor" must not be found. */
function table<T>(entries: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  return Object.assign(Object.create(null), entries);
}

function plainNumber(unit: Unit, value: number): Quantity {
  if (Number.isSafeInteger(value) && value >= 0) return { ok: true, value };
  return { ok: false, message: `${value} is not ${FORMS[unit]}.`, suggestion: undefined };
}

function unknownUnit(unit: Unit, written: { value: string; digits: string; suffix: string }): Quantity {
  const shown = shortened(written.value);
  const suffix = written.suffix.toLowerCase();
  if (suffix === '') {
    const suggestion = `${written.digits}${DEFAULT_UNIT[unit]}`;
    return {
      ok: false,
      message: `"${shown}" has no unit. Write "${suggestion}", or a number without quotes.`,
      suggestion,
    };
  }
  const known = PROPOSALS[unit][suffix] ?? PROPOSALS[unit][nearest(suffix, Object.keys(PROPOSALS[unit])) ?? ''];
  const suggestion = known === undefined ? undefined : `${written.digits}${known}`;
  return { ok: false, message: `"${shown}" is not ${FORMS[unit]}.`, suggestion };
}

function shortened(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

function trimmed(value: number): string {
  return String(Math.round(value * 100) / 100);
}
