/**
 * The clock inside one function. Its home is a global; a function keeps it in a local of its own meanwhile, because adding to a
 * register is cheaper than to memory, and writes it back (publishes) wherever others may look: before calls, returns and throws.
 * A function with `try_table` counts in the global itself: where a caught exception lands, ordinary control arrives too, and
 * the two would disagree about which copy is right.
 */
import { OP } from '../wasm/opcodes.ts';
import type { CodeWriter } from './codeWriter.ts';
import type { FunctionCode } from './functionCode.ts';
import type { AddedLocals } from './functionRewriter.ts';
import type { Plan } from './plan.ts';

type Home =
  | { readonly kind: 'none' }
  | { readonly kind: 'global' }
  | { readonly kind: 'local'; readonly index: number };

export class Clock {
  readonly #home: Home;
  readonly #global: number;
  readonly #out: CodeWriter;
  readonly #limit: { readonly memory: number; readonly offset: number };

  constructor(plan: Plan, code: FunctionCode, out: CodeWriter, locals: AddedLocals) {
    this.#out = out;
    this.#global = plan.added.clock;
    this.#limit = { memory: plan.added.memory, offset: plan.probe.limit };
    if (plan.clock === 'none') this.#home = { kind: 'none' };
    else if (plan.clock === 'brute' || code.hasTryTable) this.#home = { kind: 'global' };
    else this.#home = { kind: 'local', index: locals.add('i64') };
  }

  /** Take over what others counted: at entry and after whatever gave up control. */
  reload(): void {
    if (this.#home.kind === 'local') this.#out.globalGet(this.#global).localSet(this.#home.index);
  }

  publish(): void {
    if (this.#home.kind === 'local') this.#out.localGet(this.#home.index).globalSet(this.#global);
  }

  charge(instructions: number): void {
    if (this.#home.kind === 'none') return;
    this.#push();
    this.#out.i64Const(instructions).op(OP.i64Add);
    if (this.#home.kind === 'local') this.#out.localSet(this.#home.index);
    else this.#out.globalSet(this.#global);
  }

  /** Leaves the clock, less what it is ahead of the present instruction, on the stack (i64). */
  pushInstant(ahead: number): void {
    if (this.#home.kind === 'none') {
      this.#out.i64Const(0);
      return;
    }
    this.#push();
    if (ahead > 0) this.#out.i64Const(ahead).op(OP.i64Sub);
  }

  /** Leaves on the stack whether the clock has reached the limit, which another thread may have changed just now. */
  limitReached(): void {
    this.#push();
    this.#out.i32Const(0).access(OP.i64Load, this.#limit).op(OP.i64GeS);
  }

  #push(): void {
    if (this.#home.kind === 'local') this.#out.localGet(this.#home.index);
    else this.#out.globalGet(this.#global);
  }
}
