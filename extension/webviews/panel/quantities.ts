/** Times, sizes and counts as people read them. Times come in milliseconds; sizes are binary: 1 MiB is 2^20 bytes. */

/** A time in which differences of `resolution` milliseconds can be told. */
export function formatTime(time: number, resolution: number): string {
  if (time === 0) return '0 s';
  if (time < 1000) return `${time.toFixed(digitsFor(resolution))} ms`;
  const digits = digitsFor(resolution / 1000);
  const minutes = Math.floor(time / 60_000);
  const seconds = time / 1000 - minutes * 60;
  if (minutes === 0) return `${seconds.toFixed(digits)} s`;
  return `${minutes}:${seconds.toFixed(digits).padStart(digits === 0 ? 2 : digits + 3, '0')}`;
}

/** A time by itself, in a list: three or four digits. */
export function formatMoment(time: number): string {
  return formatTime(time, time < 10 ? 0.01 : time < 1000 ? 1 : 10);
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
  const digits = Number.isInteger(rest) ? 0 : rest < 10 ? (unit === 0 ? 1 : 2) : rest < 100 && unit > 0 ? 1 : 0;
  return `${rest.toFixed(digits)} ${units[unit] ?? ''}`;
}

function digitsFor(resolution: number): number {
  return Math.min(6, Math.max(0, Math.ceil(-Math.log10(resolution))));
}
