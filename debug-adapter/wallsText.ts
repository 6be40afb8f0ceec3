/** What a person reads about the walls around a guest: nothing, while they stand. */
import type { GuestWalls } from '../sandbox/guest/protocol.ts';

/** Only what this runtime could have and has not: which version covers what is in docs/security.md. */
export function wallsText({ permissions, node }: GuestWalls): string | undefined {
  if (permissions) return undefined;
  return (
    `The runtime that runs the program (Node.js ${node}) has no permission model: its process is not shut in a second time. ` +
    'The program still gets only what sandbox.json grants.'
  );
}
