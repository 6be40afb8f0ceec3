/**
 * AssemblyScript's `abort`: what a failed assertion, an index out of range, a null dereference or a `throw` ends in. It is no
 * trap, just a function that prints and exits, so the debugger stops at its entry and reads its message there.
 */
import type { FrameState, Symbols } from '../symbols/model.ts';
import { render } from '../symbols/render.ts';
import type { Module } from '../wasm/module.ts';

/** The function of the WASI shim; its parameters are message, file, line and column. */
const ABORT = 'wasi_abort';
const MESSAGE = 0;

/** Its parameters are kept readable, whatever the symbols ask for. */
export const ABORT_LOCALS: readonly number[] = [MESSAGE];

/** Index of the function, in programs that have it. */
export function findAbort(module: Module, symbols: Symbols): number | undefined {
  if (symbols.syntax !== 'assemblyscript') return undefined;
  return module.functions.find(({ index }) => symbols.functionName(index) === ABORT)?.index;
}

/** The message, at the function's entry; may throw `MissingMemory`. */
export function abortMessage(symbols: Symbols, frame: FrameState): string {
  const pointer = frame.local(MESSAGE);
  const type = symbols.typeNamed('String');
  if (typeof pointer !== 'number' || pointer === 0 || type === undefined) return 'abort';
  const bytes = new Uint8Array(Uint32Array.of(pointer).buffer);
  const { text } = render({ type, place: { kind: 'bytes', bytes } }, frame.memory);
  return text.replace(/^"|"$/g, '');
}
