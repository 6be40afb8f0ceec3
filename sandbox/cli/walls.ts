/** The walls around the guest's process, for an audit: which stand, and which this runtime does not have. */
import type { GuestWalls } from '../guest/protocol.ts';

export function wallsLine(walls: GuestWalls): string {
  const states: readonly (readonly [name: string, stands: boolean])[] = [
    ['files', walls.permissions],
    ['programs', walls.childProcesses],
    ['threads', walls.threads === 'shut'],
    ['addons', walls.addons],
    ['debugger', walls.inspector],
    ['node:wasi', walls.wasi],
    ['environment', walls.environment],
    ['network', walls.network],
  ];
  const named = (wanted: boolean) => states.flatMap(([name, stands]) => (stands === wanted ? [name] : [])).join(', ');
  const up = named(true) || 'none';
  const down = named(false);
  return `walls around the process (Node.js ${walls.node}): ${up}${down === '' ? '' : `; without: ${down}`}. See docs/security.md.`;
}
