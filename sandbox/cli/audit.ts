/** `wasm-sandbox run --audit-against`: what a stricter `sandbox.json` would have refused, a line each on standard error. */
import type { AuditFinding } from '../library/audit.ts';
import { shortPath } from '../library/messages.ts';
import { write } from './standardStreams.ts';

/** Lines beyond these are only counted. */
const MOST_LINES = 100;

export async function tellAudit(findings: readonly AuditFinding[], against: string): Promise<void> {
  const lines = findings.slice(0, MOST_LINES).map(({ message }) => message);
  const untold = findings.length - lines.length;
  if (untold > 0) lines.push(`… and ${untold} more`);
  if (lines.length === 0) lines.push(`${shortPath(against)} would refuse nothing of this run.`);
  await write('stderr', lines.map((line) => `wasm-sandbox: audit: ${line}\n`).join(''));
}
