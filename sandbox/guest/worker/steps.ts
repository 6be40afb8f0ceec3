/** When a step ends: the one rule, for the guest, which decides, and the debugger, whose conditional breakpoints may let it go on. */
import type { Resume } from '../protocol.ts';

export type Step = Extract<Resume, { kind: 'step' }>;

/** A place that a step has reached. `depth` is real, not scaled. */
export interface StepPlace {
  /** Line key of the site; negative: never a step's end. */
  readonly line: number;
  readonly depth: number;
  /** A new call at the depth where the step began, or above, has begun since: the frame that was left is gone. */
  readonly replaced: boolean;
}

export function endsStep(step: Step, { line, depth, replaced }: StepPlace): boolean {
  if (line < 0 || depth > step.maxDepth) return false;
  if (depth !== step.depth) return true;
  // The next call from the same caller is what a step into looks for, and nothing to a step over.
  return replaced ? step.maxDepth > step.depth : line !== step.line;
}
