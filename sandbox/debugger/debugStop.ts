/** A stop as the user sees it, in the present or in the past. */
import type { Exhausted, TrapKind, Violation } from '../guest/protocol.ts';
import type { DebugFrame } from './frames.ts';
import type { Inspector } from './inspector.ts';

export type Why =
  | { readonly kind: 'entry' | 'step' | 'pause' }
  | { readonly kind: 'breakpoint'; readonly ids: readonly number[] }
  | { readonly kind: 'trap'; readonly trap: TrapKind; readonly message: string }
  /** AssemblyScript's `abort`, at its entry: going on prints the message and exits. */
  | { readonly kind: 'abort'; readonly message: string }
  | { readonly kind: 'limit'; readonly exhausted: Exhausted }
  | { readonly kind: 'violation'; readonly violation: Violation }
  /** Only in the past: nothing was executed before. */
  | { readonly kind: 'beginning' }
  /** Only in the past: this instant was asked for; or, in it, this call was to be begun anew. */
  | { readonly kind: 'goto' | 'restart' };

/** When something happened in the guest: milliseconds of running time, executed instructions. */
export interface Moment {
  readonly time: number;
  readonly instant: number;
}

export interface DebugStop {
  readonly why: Why;
  readonly frames: readonly DebugFrame[];
  readonly moment: Moment;
  readonly inspector: Inspector;
  /** The guest's stack is gone: it can be looked at, but not go on. */
  readonly final: boolean;
  /** The run has gone on from here since: what is seen is a replay. */
  readonly past: boolean;
}
