/** What the violation list shows: the filter, and each violation's parts as text. */
import type { SourceLocation, ViolationGroup } from './messages.ts';
import { severityOf } from './severity.ts';

/** Every word of the filter must occur somewhere in the violation. */
export function filterViolations(violations: readonly ViolationGroup[], filter: string): readonly ViolationGroup[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return violations;
  return violations.filter((violation) => {
    const text = searchable(violation);
    return words.every((word) => text.includes(word));
  });
}

/** `main.c:12`. */
export function shortLocation(location: SourceLocation): string {
  return `${location.source.split(/[\\/]/).at(-1) ?? location.source}:${location.line}`;
}

/** What a call would have needed, what there was, and who asked: goes on after the call itself. */
export function explain(violation: ViolationGroup): string {
  if (violation.message !== undefined) return violation.message;
  const granted =
    violation.available.length === 0 ? 'nothing of the kind is granted' : `granted: ${violation.available.join(', ')}`;
  const caller = violation.function === '' ? '' : ` in ${violation.function}`;
  return `needs ${violation.required}; ${granted}. The call${caller} got ${violation.errno}.`;
}

/** `Grant…`, `Raise…`: what a button has room for of a change. */
export function shortRemedy(remedy: string): string {
  return `${remedy.split(' ', 1)[0]}…`;
}

/** The violation nearest to a time, of those whose first or last occurrence lies within `reach` of it. */
export function nearestViolation(
  violations: readonly ViolationGroup[],
  time: number,
  reach: number,
): ViolationGroup | undefined {
  let best: ViolationGroup | undefined;
  let distance = reach;
  for (const violation of violations) {
    const away = Math.min(Math.abs(violation.time - time), Math.abs(violation.lastTime - time));
    if (away <= distance) {
      best = violation;
      distance = away;
    }
  }
  return best;
}

function searchable(violation: ViolationGroup): string {
  const { operation, target, required, errno, location } = violation;
  const parts = [
    operation,
    target,
    required,
    errno,
    violation.function,
    severityOf(violation),
    location === null ? '' : shortLocation(location),
  ];
  return parts.join(' ').toLowerCase();
}
