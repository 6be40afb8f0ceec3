/**
 * `proc_raise`: what a signal does to a program that has no handlers, since there is no way to set one. Numbers are those of
 * preview1's `signal`; they agree with Linux up to SIGTERM.
 */

/** NONE asks whether a signal could be sent; CHLD, CONT, URG and WINCH mean nothing to who does not wait for them. */
const IGNORED = new Set([0, 16, 17, 22, 27]);
/** STOP, TSTP, TTIN, TTOU: nobody could let it go on. */
const STOPPING = new Set([18, 19, 20, 21]);
/** SYS. */
const LAST = 30;
/** What shells add to the number of the signal that ended a program. */
const SIGNALLED = 128;

export type SignalEffect =
  | { readonly kind: 'ignored' }
  | { readonly kind: 'ends'; readonly exitCode: number }
  | { readonly kind: 'refused'; readonly errno: 'NOTSUP' | 'INVAL' };

export function effectOf(signal: number): SignalEffect {
  if (signal < 0 || signal > LAST) return { kind: 'refused', errno: 'INVAL' };
  if (STOPPING.has(signal)) return { kind: 'refused', errno: 'NOTSUP' };
  return IGNORED.has(signal) ? { kind: 'ignored' } : { kind: 'ends', exitCode: SIGNALLED + signal };
}
