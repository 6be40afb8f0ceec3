/** How bad a violation is: told by what was wanted, shown by shape and by word, never by colour alone. */
import type { ViolationGroup } from './messages.ts';

export type Severity = 'high' | 'medium' | 'low';

export const SEVERITY_RANK: Readonly<Record<Severity, number>> = { low: 1, medium: 2, high: 3 };

/**
 * High: leaving the granted folders, writing, the network. Low: what only weakens determinism or fits no grant
 * (clocks, random numbers, names of the environment). Medium: the rest, reading above all.
 */
export function severityOf(violation: Pick<ViolationGroup, 'required' | 'errno'>): Severity {
  if (violation.errno === 'NOTCAPABLE') return 'high';
  if (/^(filesystem\.write|network)/.test(violation.required)) return 'high';
  if (/^(clock|random|env)/.test(violation.required)) return 'low';
  return 'medium';
}

export function severityOfRank(rank: number): Severity {
  return rank >= SEVERITY_RANK.high ? 'high' : rank >= SEVERITY_RANK.medium ? 'medium' : 'low';
}
