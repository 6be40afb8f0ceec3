/**
 * What is said of a trap beside V8's words: which of two stacks was full, whether the guest had been refused memory
 * just before, and what a person can do about it.
 */

import type { GuestFrame } from '../protocol.ts';
import type { GuestInstance } from './guestInstance.ts';
import type { RefusedGrowth } from './stops.ts';
import type { Trap } from './trapKind.ts';

/** Instructions from a refused growth to the trap that it is held responsible for. */
const SOON = 1_000_000;

/** How a program ends that cannot go on without memory: by its runtime's abort, or by using what it did not get. */
const WITHOUT_MEMORY: readonly Trap['kind'][] = [
  'unreachable',
  'out of bounds memory access',
  'uncaught exception',
  'null reference',
];

export interface Fault extends Trap {
  /** The growth that was refused and led to this. */
  readonly growth: RefusedGrowth | undefined;
}

/** `frames`: where it trapped, innermost first. */
export function explainFault(
  trap: Trap,
  frames: readonly GuestFrame[],
  { guest, growth }: { readonly guest: GuestInstance; readonly growth: RefusedGrowth | undefined },
): Fault {
  if (trap.kind === 'stack overflow') {
    const calls = guest.depth === undefined ? '' : ` after ${count(guest.depth / guest.stride)} nested calls`;
    const message = `${trap.message}: the engine's stack was full${calls}, before "maxCallDepth" was reached. Look for endless recursion, or for functions with very many variables`;
    return { ...trap, message, growth: undefined };
  }
  if (trap.kind === 'out of bounds memory access') {
    const full = guest.fullStack(frames[0]?.functionIndex);
    if (full !== undefined) return { kind: 'stack overflow', message: fullMessage(trap, full.size), growth: undefined };
  }
  const soon = growth !== undefined && guest.instant - growth.instant <= SOON;
  if (!soon || !WITHOUT_MEMORY.includes(trap.kind)) return { ...trap, growth: undefined };
  return { ...trap, message: `${trap.message} (${growth.because})`, growth };
}

function fullMessage({ message }: Trap, size: number | undefined): string {
  const which = size === undefined ? 'the stack' : `the ${count(size / 1024)} KB stack`;
  const larger = Math.max(1024 * 1024, 4 * (size ?? 0));
  return `${message}: ${which} that the program keeps in its memory is full. Look for endless recursion or large local arrays; linking with -Wl,-z,stack-size=${larger} ("buildArgs") makes it larger`;
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
