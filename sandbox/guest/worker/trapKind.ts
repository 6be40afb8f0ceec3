/** Which trap it was, told from what V8 throws: the specification fixes the conditions, not the words, so this table is V8's. */
import type { TrapKind } from '../protocol.ts';

export interface Trap {
  readonly kind: TrapKind;
  /** V8's words. */
  readonly message: string;
}

/** The trap that an error leaving wasm stands for; undefined when it is no fault of the guest. */
export function trapOf(error: unknown): Trap | undefined {
  if (error instanceof WebAssembly.RuntimeError) return { kind: trapKind(error.message), message: error.message };
  if (error instanceof RangeError && /call stack/i.test(error.message))
    return { kind: 'stack overflow', message: error.message };
  if (isException(error)) return { kind: 'uncaught exception', message: 'an exception was thrown and not caught' };
  return undefined;
}

const KINDS: readonly (readonly [RegExp, TrapKind])[] = [
  [/unreachable/, 'unreachable'],
  [/^(divide|remainder) by zero/, 'integer divide by zero'],
  [/divide result unrepresentable/, 'integer overflow'],
  [/float unrepresentable in integer range/, 'invalid conversion to integer'],
  [/^memory access out of bounds|memory index is out of range|data segment/, 'out of bounds memory access'],
  // V8 does not say which of the two it was, so 'indirect call to null' is never told.
  [/null function or function signature mismatch|function signature mismatch/, 'indirect call type mismatch'],
  [/table (index|access|element)|element segment/, 'out of bounds table access'],
  [/unaligned access|operation does not support unaligned/, 'unaligned atomic'],
  [/dereferencing a null pointer/, 'null reference'],
  [/illegal cast/, 'cast failure'],
  [/array (element )?access out of bounds|requested new array is too large/, 'array out of bounds'],
  [/call stack|stack overflow/i, 'stack overflow'],
];

function trapKind(message: string): TrapKind {
  return KINDS.find(([pattern]) => pattern.test(message))?.[1] ?? 'other';
}

/** `WebAssembly.Exception` is missing in lib.es and in old runtimes; the tag of its prototype is in the specification (JS API §Exceptions). */
function isException(error: unknown): boolean {
  return Object.prototype.toString.call(error) === '[object WebAssembly.Exception]';
}
