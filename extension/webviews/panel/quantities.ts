/** Times, sizes and counts as people read them. Times come in milliseconds; sizes are binary: 1 MiB is 2^20 bytes. */

/** A time with as many digits as tell apart two points of a view `span` milliseconds long. */
export function formatTime(time: number, span: number): string {
  if (span < 1000 && time < 10_000) return `${trimmed(time, span < 0.5 ? 3 : span < 5 ? 2 : span < 50 ? 1 : 0)} ms`;
  const digits = span > 40_000 ? 0 : span > 4000 ? 1 : span > 400 ? 2 : 3;
  const minutes = Math.floor(time / 60_000);
  const seconds = time / 1000 - minutes * 60;
  if (minutes === 0) return `${seconds.toFixed(digits)} s`;
  return `${minutes}:${seconds.toFixed(digits).padStart(digits === 0 ? 2 : digits + 3, '0')}`;
}

export function formatBytes(bytes: number): string {
  return scaled(bytes, 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB']);
}

export function formatCount(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}

/** `12.3 M`: for gutters, where there is no room. */
export function formatShortCount(count: number): string {
  return scaled(count, 1000, ['', 'k', 'M', 'G', 'T']).trim();
}

/** How much of a limit is used: `12 %`, `< 0.1 %`. */
export function formatShare(used: number, limit: number): string {
  const percent = (used / limit) * 100;
  if (percent > 0 && percent < 0.1) return '< 0.1 %';
  return `${percent.toFixed(percent < 10 ? 1 : 0)} %`;
}

function scaled(value: number, step: number, units: readonly string[]): string {
  let rest = value;
  let unit = 0;
  while (rest >= step * 0.9995 && unit < units.length - 1) {
    rest /= step;
    unit++;
  }
  const digits =
    unit === 0 ? (rest > 0 && rest < 10 && !Number.isInteger(rest) ? 1 : 0) : rest < 10 ? 2 : rest < 100 ? 1 : 0;
  return `${rest.toFixed(digits)} ${units[unit] ?? ''}`;
}

function trimmed(value: number, digits: number): string {
  return value.toFixed(digits);
}
