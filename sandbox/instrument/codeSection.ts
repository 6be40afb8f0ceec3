/** Puts the new code section together: rewritten bodies, the appended functions, and how offsets map back. */
import { ByteWriter } from '../wasm/byteWriter.ts';
import { LIMITS } from '../wasm/limits.ts';
import { localCount, type WasmFunction } from '../wasm/module.ts';
import { eventFunction, stopFunction } from './appendedFunctions.ts';
import { CodeWriter } from './codeWriter.ts';
import { FunctionRewriter } from './functionRewriter.ts';
import { InstrumentError } from './instrumentError.ts';
import type { Plan } from './plan.ts';

export interface CodeSection {
  readonly contents: Uint8Array;
  /** Pairs of offsets within the new and the original contents, see `offsetMap`. */
  readonly marks: readonly number[];
  readonly hints: readonly FunctionHints[];
}

/** Branches of one function that are hardly ever taken: offsets from the start of its body, as branch hints want them. */
export interface FunctionHints {
  readonly functionIndex: number;
  readonly unlikely: readonly number[];
}

const APPENDED = -1;

export function writeCodeSection(plan: Plan): CodeSection {
  const { module, codes } = plan;
  const out = new ByteWriter(module.bytes.length * 2);
  const marks: number[] = [];
  const hints: FunctionHints[] = [];
  const appended = [stopFunction(plan), eventFunction(plan)];
  out.unsigned(codes.length + appended.length);
  const scratch = new CodeWriter();
  const locals = new ByteWriter();
  codes.forEach((code, position) => {
    const rewritten = new FunctionRewriter(plan, position, scratch).rewrite();
    const { start, bodyStart } = code.body;
    locals.clear();
    locals.unsigned(code.body.localGroups.length + rewritten.addedLocals.length);
    locals.copy(module.bytes, afterGroupCount(module.bytes, module.codeStart + start), module.codeStart + bodyStart);
    for (const type of rewritten.addedLocals) locals.unsigned(1).u8(type);
    refuseTooLarge(code.fn, locals.length + rewritten.code.length, rewritten.addedLocals.length);
    out.unsigned(locals.length + rewritten.code.length);
    marks.push(out.length, start);
    out.raw(locals.written());
    const base = out.length;
    for (let i = 0; i < rewritten.marks.length; i += 2) {
      marks.push(base + (rewritten.marks[i] as number), rewritten.marks[i + 1] as number);
    }
    if (rewritten.unlikely.length > 0) {
      const unlikely = rewritten.unlikely.map((offset) => offset + locals.length);
      hints.push({ functionIndex: code.fn.index, unlikely });
    }
    out.raw(rewritten.code);
  });
  marks.push(out.length, APPENDED);
  for (const body of appended) out.unsigned(body.length).raw(body);
  return { contents: out.written(), marks, hints };
}

function refuseTooLarge(fn: WasmFunction, bytes: number, addedLocals: number): void {
  const locals = localCount(fn) + addedLocals;
  const problem =
    bytes > LIMITS.bodyBytes
      ? `a body of ${bytes} bytes, more than the ${LIMITS.bodyBytes}`
      : locals > LIMITS.locals
        ? `${locals} locals, more than the ${LIMITS.locals}`
        : undefined;
  if (problem === undefined) return;
  throw new InstrumentError(
    `Function ${fn.index} is too large to be watched: with what is added to it, it would have ${problem} that can run. Build it smaller: optimize, or split it up.`,
  );
}

/** The declarations of locals begin with their number, in LEB128. */
function afterGroupCount(bytes: Uint8Array, start: number): number {
  let at = start;
  while ((bytes[at] as number) & 0x80) at++;
  return at + 1;
}
