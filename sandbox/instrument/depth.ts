/**
 * The call depth, scaled by the stride of shadow frames. The global holds the depth of whoever calls next: a function
 * takes its own from it at entry (one stride more) and puts that there before each call. So nothing needs undoing,
 * whichever way a callee ends: by return, branch, exception or tail call; and functions that call nobody never write.
 */
import { OP } from '../wasm/opcodes.ts';
import type { CodeWriter } from './codeWriter.ts';
import type { FunctionCode } from './functionCode.ts';
import type { AddedLocals } from './functionRewriter.ts';
import { KnownState } from './knownState.ts';
import type { Plan } from './plan.ts';

export class Depth {
  /** Known to be so: the global holds this function's depth. */
  readonly stored = new KnownState<true>();
  readonly #out: CodeWriter;
  readonly #global: number;
  readonly #stride: number;
  readonly #kept: boolean;
  /** undefined: this function calls nobody and keeps no frame, so the global stays as it was at entry. */
  readonly #local: number | undefined;
  readonly #calls: boolean;

  constructor(plan: Plan, code: FunctionCode, out: CodeWriter, locals: AddedLocals) {
    this.#out = out;
    this.#global = plan.added.depth;
    this.#stride = plan.shadow.stride;
    this.#kept = plan.options.depth === true;
    this.#calls = code.calls.some((call) => !call.tail);
    const needed = this.#kept && (this.#calls || plan.shadow.slots.has(code.fn.index));
    this.#local = needed ? locals.add('i32') : undefined;
  }

  enter(): void {
    if (this.#local === undefined) return;
    this.#pushEntry();
    this.#out.localSet(this.#local);
  }

  /** Leaves this function's own depth on the stack (i32); 0 when no depth is kept. */
  push(): void {
    if (this.#local !== undefined) this.#out.localGet(this.#local);
    else if (this.#kept) this.#pushEntry();
    else this.#out.i32Const(0);
  }

  beforeCall(): void {
    if (this.#local === undefined || this.stored.value) return;
    this.#out.localGet(this.#local).globalSet(this.#global);
    this.stored.set(true);
  }

  /** The callee takes this frame's place, so it must find what this function found. */
  beforeTailCall(): void {
    if (this.#local === undefined || !this.#calls) return;
    this.#out.localGet(this.#local).i32Const(-this.#stride).op(OP.i32Add).globalSet(this.#global);
  }

  #pushEntry(): void {
    this.#out.globalGet(this.#global).i32Const(this.#stride).op(OP.i32Add);
  }
}
