/** Exit codes of `wasm-sandbox run`, beside those of the guest itself, which are passed through. */
import type { Outcome } from '../library/report.ts';

/** Bad command line, broken configuration, or a program that does not compile or cannot be started. */
export const NOT_RUN = 2;
/** As a shell has it for a program that aborted: 128 + SIGABRT. */
export const TRAPPED = 134;
/** As a shell has it for a program that was killed for using too much: 128 + SIGKILL. */
export const EXHAUSTED = 137;
/** Ended by Ctrl-C: 128 + SIGINT. */
export const INTERRUPTED = 130;
/** Our output could not be written, mostly because nobody reads it any more: 128 + SIGPIPE. */
export const OUTPUT_FAILED = 141;
/** Something in here went wrong that should not: EX_SOFTWARE of sysexits. */
export const OUR_MISTAKE = 70;

export function exitCodeOf(outcome: Outcome): number {
  switch (outcome.kind) {
    case 'exited':
      return outcome.code & 0xff;
    case 'trapped':
    case 'crashed':
      return TRAPPED;
    case 'exhausted':
      return EXHAUSTED;
    case 'killed':
      return INTERRUPTED;
    case 'refused':
      return NOT_RUN;
  }
}
