/**
 * The clock inside one function. Its home is a global; a function keeps it in a local of its own meanwhile, because
 * adding to a register is cheaper than to memory, and writes it back (publishes) wherever others may look: before
 * calls, returns and throws. A function with `try_table` counts in the global itself: where a caught exception lands,
 * ordinary control arrives too, and the two would disagree about which copy is right.
 */
import { OP } from '../wasm/opcodes.ts';
import type { CodeWriter } from './codeWriter.ts';
import type { FixedCost } from './fixedCost.ts';
import type { FunctionCode } from './functionCode.ts';
import type { AddedLocals } from './functionRewriter.ts';
import type { Plan } from './plan.ts';

/**
 * Where the clock is. `entry`: the function has a fixed cost and its callers count for it, so only the clock at entry is
 * needed; it stays in the global (`index` undefined) unless the function calls others.
 */
type Home =
  | { readonly kind: 'none' }
  | { readonly kind: 'global' }
  | { readonly kind: 'local'; readonly index: number }
  | { readonly kind: 'entry'; readonly index: number | undefined; readonly cost: FixedCost };

export class Clock {
  readonly #home: Home;
  readonly #global: number;
  readonly #out: CodeWriter;
  readonly #limit: { readonly memory: number; readonly offset: number };

  constructor(plan: Plan, code: FunctionCode, out: CodeWriter, locals: AddedLocals) {
    this.#out = out;
    this.#global = plan.added.clock;
    this.#limit = { memory: plan.added.memory, offset: plan.probe.limit };
    const { fixed } = plan.callees.of(code.fn.index);
    if (plan.clock === 'none') this.#home = { kind: 'none' };
    else if (plan.clock === 'brute' || code.hasTryTable) this.#home = { kind: 'global' };
    else if (fixed) {
      const index = code.calls.length > 0 ? locals.add('i64') : undefined;
      this.#home = { kind: 'entry', index, cost: fixed };
    } else this.#home = { kind: 'local', index: locals.add('i64') };
  }

  enter(): void {
    if (this.#home.kind === 'entry' && this.#home.index !== undefined) {
      this.#out.globalGet(this.#global).localSet(this.#home.index);
    } else this.reload();
  }

  /** Take over what others counted, after whatever gave up control. */
  reload(): void {
    if (this.#home.kind === 'local') this.#out.globalGet(this.#global).localSet(this.#home.index);
  }

  /**
   * Before instruction `at` gives up control. Returning with a fixed cost (`returning`) needs nothing: the caller
   * knows.
   */
  publish(at: number, returning: boolean): void {
    if (this.#home.kind === 'local') this.#out.localGet(this.#home.index).globalSet(this.#global);
    else if (this.#home.kind === 'entry' && !returning) {
      // The instruction itself counts before the callee does.
      this.#pushCounted(this.#home, at, 1);
      this.#out.globalSet(this.#global);
    }
  }

  charge(instructions: number): void {
    if (this.#home.kind === 'none' || this.#home.kind === 'entry' || instructions === 0) return;
    this.#push();
    this.#out.i64Const(instructions).op(OP.i64Add);
    if (this.#home.kind === 'local') this.#out.localSet(this.#home.index);
    else this.#out.globalSet(this.#global);
  }

  /**
   * Leaves the instant of instruction `at` on the stack (i64). `ahead`: how many instructions of its run are charged
   * already.
   */
  pushInstant(at: number, ahead: number): void {
    if (this.#home.kind === 'none') this.#out.i64Const(0);
    else if (this.#home.kind === 'entry') this.#pushCounted(this.#home, at, 0);
    else {
      this.#push();
      if (ahead > 0) this.#out.i64Const(ahead).op(OP.i64Sub);
    }
  }

  /** Leaves on the stack whether the clock has reached the limit, which another thread may have changed just now. */
  limitReached(): void {
    this.#push();
    this.#out.i32Const(0).access(OP.i64Load, this.#limit).op(OP.i64GeS);
  }

  #pushCounted({ index, cost }: Extract<Home, { kind: 'entry' }>, at: number, more: number): void {
    if (index === undefined || cost.afterCall[at] === 1) this.#out.globalGet(this.#global);
    else this.#out.localGet(index);
    const instructions = (cost.before[at] as number) + more;
    if (instructions > 0) this.#out.i64Const(instructions).op(OP.i64Add);
  }

  #push(): void {
    if (this.#home.kind === 'local') this.#out.localGet(this.#home.index);
    else this.#out.globalGet(this.#global);
  }
}
