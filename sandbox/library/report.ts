/** What is known of a run when it is over: plain data, the same for the library and the command line. */
import type { ConfigChange } from '../config/configEdits.ts';
import type { Decision, Exhausted, GuestWalls, TrapKind, Usage, Violation } from '../guest/protocol.ts';
import type { StackFrame, StackLocation } from './stack.ts';

/** An i64 is a bigint; a reference has no value outside the guest. */
export type SingleValue = number | bigint | 'reference';

/** What a function returned: several results are a list, none is undefined. */
export type Value = SingleValue | readonly SingleValue[] | undefined;

export interface RunReport {
  readonly outcome: Outcome;
  /** Counters at the end. */
  readonly usage: Usage;
  /** In order; at most `MOST_VIOLATIONS` of them. */
  readonly violations: readonly ReportedViolation[];
  /** How many there were in all. */
  readonly violationCount: number;
  /** Growths of its memory that were refused, and that it survived: the first hundred at most. */
  readonly limits: readonly ReportedLimit[];
  readonly walls: GuestWalls;
}

export type Outcome =
  /** The function's result, or the program's exit code. */
  | { readonly kind: 'exited'; readonly code: number; readonly value: Value }
  | {
      readonly kind: 'trapped';
      readonly trap: TrapKind;
      readonly message: string;
      readonly frames: readonly StackFrame[];
    }
  | {
      readonly kind: 'exhausted';
      readonly exhausted: Exhausted;
      /** Where the limit was met. */
      readonly frames: readonly StackFrame[];
      /** It was refused memory, went on, and soon trapped: here. */
      readonly trap?: {
        readonly kind: TrapKind;
        readonly message: string;
        readonly frames: readonly StackFrame[];
      };
    }
  /** The caller's signal ended it, or a violation that was to be an error. */
  | { readonly kind: 'killed' }
  /** It could not be started: no such function, wrong arguments, an import that is not WASI. */
  | { readonly kind: 'refused'; readonly message: string }
  /** The guest's process died. `cause`: what it lacked, where that is known. */
  | { readonly kind: 'crashed'; readonly message: string; readonly cause?: 'memory' };

/** A limit that the program met and survived: it was told, and went on. */
export interface ReportedLimit {
  readonly exhausted: Exhausted;
  /** Executed instructions. */
  readonly instant: number;
  /** Milliseconds of running. */
  readonly time: number;
  readonly stack: readonly StackFrame[];
}

/** What a host call was about and was allowed, with the place in the source that made it first. */
export interface ReportedDecision extends Omit<Decision, 'frames'> {
  /** The function that made the call; empty when unknown. */
  readonly function: string;
  /** The innermost place in the user's own source. */
  readonly location: StackLocation | null;
}

/** A host call that the sandbox refused, with the place in the source that made it. */
export interface ReportedViolation extends Omit<Violation, 'frames'> {
  /** The function that made the call; empty when unknown. */
  readonly function: string;
  /** The innermost place in the user's own source. */
  readonly location: StackLocation | null;
  /** Innermost first. */
  readonly stack: readonly StackFrame[];
  /** The change of `sandbox.json` that would let the call pass, where there is one. */
  readonly remedy?: ConfigChange;
}
