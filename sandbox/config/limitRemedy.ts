/** The next sensible value for a limit that was too low. */
import type { SandboxConfig } from './config.ts';
import type { ConfigChange } from './configEdits.ts';
import { schemaAt } from './schema.ts';
import { formatSize, parseQuantity, type Unit } from './units.ts';

/** `name` as it stands in `sandbox.json`: `filesystem.maxFileSize`. `needed` in the unit of the limit, where it is known. */
export function limitRemedy(name: string, needed: number | undefined, config: SandboxConfig): ConfigChange | undefined {
  const path = name.split('.');
  const limit = path.reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], config);
  if (typeof limit !== 'number') return undefined;
  const value = nextLimit(path, Math.max(limit, needed ?? 0), limit);
  if (value === undefined) return undefined;
  const title = `Raise "${name}" to ${typeof value === 'number' ? value : `"${value}"`} in sandbox.json`;
  return { title, changes: [{ path, kind: 'set', value }] };
}

/** A round value that is at least `needed` and more than `limit`, as written in the file; undefined: there is none. */
export function nextLimit(path: readonly string[], needed: number, limit = 0): string | number | undefined {
  const unit = schemaAt(path)?.unit;
  const most = path[0] === 'memory' ? MOST_MEMORY : (schemaAt(path)?.maximum ?? MOST);
  const value = stepsOf(unit).find((step) => step >= needed && step > limit);
  if (value !== undefined && value <= most) return written(value, unit);
  return limit < most && needed <= most && most !== MOST ? written(most, unit) : undefined;
}

const KB = 1024;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** Memory of 32-bit WebAssembly ends here (bytes). */
const MOST_MEMORY = 4 * KB ** 3;
const MOST = Number.MAX_SAFE_INTEGER;

const TIMES = [
  ...[0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30].map((seconds) => seconds * SECOND),
  ...[1, 2, 5, 10, 20, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 5, 10, 24, 48, 120, 240, 480].map((hours) => hours * HOUR),
];
const SIZES = Array.from({ length: 43 }, (_, index) => KB * 2 ** index);
const COUNTS = Array.from({ length: 45 }, (_, index) => ([1, 2, 5][index % 3] ?? 1) * 10 ** Math.floor(index / 3));

function stepsOf(unit: Unit | undefined): readonly number[] {
  if (unit === 'size') return SIZES;
  return unit === 'duration' ? TIMES : COUNTS;
}

function written(value: number, unit: Unit | undefined): string | number {
  if (unit === undefined) return value;
  const text = unit === 'size' ? formatSize(value) : unit === 'duration' ? duration(value) : count(value);
  const read = parseQuantity(unit, text);
  return read.ok && read.value === value ? text : value;
}

function duration(milliseconds: number): string {
  for (const [name, factor] of [
    ['h', HOUR],
    ['m', MINUTE],
    ['s', SECOND],
  ] as const) {
    if (milliseconds % factor === 0) return `${milliseconds / factor}${name}`;
  }
  return `${milliseconds}ms`;
}

function count(value: number): string {
  for (const [name, factor] of [
    ['T', 1e12],
    ['G', 1e9],
    ['M', 1e6],
    ['K', 1e3],
  ] as const) {
    if (value % factor === 0) return `${value / factor}${name}`;
  }
  return String(value);
}
