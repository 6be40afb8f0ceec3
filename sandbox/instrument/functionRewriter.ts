/**
 * Rewrites one function: its instructions are copied as they are, and before some of them code is inserted that counts,
 * checks, tests flags and keeps shadow frames. What is inserted leaves the operand stack as it was, so it fits anywhere.
 */

import { localCount } from '../wasm/module.ts';
import { OP } from '../wasm/opcodes.ts';
import { NUMERIC_TYPE_CODES, type NumericType } from '../wasm/valueType.ts';
import type { Callee } from './callees.ts';
import { Clock } from './clock.ts';
import type { CodeWriter } from './codeWriter.ts';
import { Depth } from './depth.ts';
import { FACT, type FunctionCode } from './functionCode.ts';
import { GrowthReport } from './growthReport.ts';
import { EVENT_LIMIT, EVENT_STACK_OVERFLOW } from './instrumented.ts';
import type { Plan } from './plan.ts';
import { ShadowFrame } from './shadowFrame.ts';
import { SiteFlags } from './siteFlags.ts';

export interface RewrittenFunction {
  /** Instructions only, without the declarations of locals. */
  readonly code: Uint8Array;
  /** Binary types of the locals that were added. */
  readonly addedLocals: readonly number[];
  /** Pairs: where in `code` an insertion begins or ends, and the original code offset there. */
  readonly marks: readonly number[];
  /** Where in `code` an `if` stands whose condition is hardly ever true. */
  readonly unlikely: readonly number[];
}

/** The added locals of one function. */
export class AddedLocals {
  readonly types: number[] = [];
  readonly #first: number;

  constructor(first: number) {
    this.#first = first;
  }

  add(type: NumericType): number {
    return this.#first + this.types.push(NUMERIC_TYPE_CODES[type]) - 1;
  }
}

export class FunctionRewriter {
  readonly #plan: Plan;
  readonly #code: FunctionCode;
  readonly #out: CodeWriter;
  readonly #locals: AddedLocals;
  readonly #clock: Clock;
  readonly #depth: Depth;
  readonly #frame: ShadowFrame;
  readonly #flags: SiteFlags;
  readonly #growths: GrowthReport;
  readonly #marks: number[] = [];
  readonly #unlikely: number[] = [];
  /** Number of the next site, and one past the function's last. */
  #site: number;
  readonly #siteEnd: number;
  /** Length of the current run and the instruction that it started with. */
  #runStart = 0;
  #runLength = 0;
  #nextCall = 0;
  /** Original code up to here (code offset) is in the output. */
  #copied: number;

  /** `out`: whose contents are no longer needed; a buffer for each of a million functions would take longer than the rest. */
  constructor(plan: Plan, position: number, out: CodeWriter) {
    const code = plan.codes[position] as FunctionCode;
    this.#plan = plan;
    this.#code = code;
    this.#copied = code.body.bodyStart;
    this.#out = out;
    out.clear();
    this.#locals = new AddedLocals(localCount(code.fn));
    this.#clock = new Clock(plan, code, this.#out, this.#locals);
    this.#frame = new ShadowFrame(plan, code, this.#out);
    this.#depth = new Depth(plan, code, this.#out, this.#locals);
    this.#flags = new SiteFlags(plan, this.#out, this.#locals);
    this.#growths = new GrowthReport(plan, position, this.#out, this.#locals);
    this.#site = plan.sitePlan.first[position] as number;
    this.#siteEnd = plan.sitePlan.first[position + 1] as number;
  }

  rewrite(): RewrittenFunction {
    const { count } = this.#code;
    for (let at = 0; at < count; at++) if (this.#matters(at)) this.#rewriteInstruction(at);
    this.#copyUpTo(this.#code.body.end);
    return {
      code: this.#out.written(),
      addedLocals: this.#locals.types,
      marks: this.#marks,
      unlikely: this.#unlikely,
    };
  }

  /** Most instructions are just copied. */
  #matters(at: number): boolean {
    const { facts, opcodes, offsets } = this.#code;
    if (at === 0 || facts[at] !== 0 || facts[at - 1] !== 0) return true;
    const opcode = opcodes[at] as FunctionCode['opcodes'][number];
    if (opcode.control !== 'none' || this.#plan.clock === 'brute') return true;
    if (this.#site < this.#siteEnd && this.#plan.sitePlan.sites[this.#site]?.offset === offsets[at]) return true;
    return this.#frame.keeps(opcode);
  }

  #rewriteInstruction(at: number): void {
    const offset = this.#code.offsets[at] as number;
    const next = this.#code.offsets[at + 1] as number;
    this.#copyUpTo(offset);
    const before = this.#out.length;
    if (at === 0) this.#enter();
    this.#insertBefore(at);
    if (this.#out.length > before || at === 0) this.#marks.push(before, offset, this.#out.length, offset);
    this.#copyUpTo(next);
    const after = this.#out.length;
    this.#insertAfter(at);
    if (this.#out.length > after) this.#marks.push(after, next, this.#out.length, next);
  }

  #copyUpTo(offset: number): void {
    const { bytes, codeStart } = this.#plan.module;
    this.#out.copy(bytes, codeStart + this.#copied, codeStart + offset);
    this.#copied = offset;
  }

  #enter(): void {
    this.#depth.enter();
    this.#clock.enter();
    this.#frame.enter(this.#depth);
  }

  #insertBefore(at: number): void {
    const fact = this.#code.facts[at] as number;
    const follows = at === 0 ? undefined : this.#controlBefore(at);
    if (follows === 'call') this.#returned();
    else if (follows === 'catch' || this.#landedBefore(at)) {
      this.#clock.reload();
      this.#flags.word.forget();
      this.#depth.stored.forget();
    }
    if (this.#loopHeadBefore(at)) {
      this.#flags.word.forget();
      this.#depth.stored.forget();
    }
    if (fact & FACT.runStart) this.#startRun(at, follows);
    this.#testSite(at);
    if (this.#plan.clock === 'brute') this.#clock.charge(1);
    if (fact & FACT.grows) this.#growths.before();
    this.#leaving(at);
  }

  /** A callee is back: only what it can have changed must be fetched anew. */
  #returned(): void {
    const { fixed, mayStop, writesDepth } = this.#lastCallee();
    if (!fixed) this.#clock.reload();
    if (mayStop) this.#flags.word.forget();
    if (writesDepth) this.#depth.stored.forget();
  }

  #lastCallee(): Callee {
    return this.#plan.callees.of(this.#code.calls[this.#nextCall - 1]?.callee);
  }

  #startRun(at: number, follows: string | undefined): void {
    const { facts, count } = this.#code;
    let end = at + 1;
    while (end < count && !((facts[end] as number) & FACT.runStart)) end++;
    this.#runStart = at;
    this.#runLength = end - at;
    const exact = this.#plan.clock === 'exact';
    const calleeCost = follows === 'call' ? (this.#lastCallee().fixed?.total ?? 0) : 0;
    if (exact) this.#clock.charge(calleeCost + this.#runLength);
    const ahead = exact ? this.#runLength : 0;
    if (at === 0) this.#checkDepth(ahead);
    if (this.#plan.options.checks && this.#needsCheck(at, follows)) {
      this.#clock.limitReached();
      this.#event(EVENT_LIMIT, at, ahead);
    }
  }

  #needsCheck(at: number, follows: string | undefined): boolean {
    const { graph } = this.#plan;
    const { index } = this.#code.fn;
    if (at === 0) return graph.checkedAtEntry(index);
    if (this.#loopHeadBefore(at)) return true;
    if (follows === 'call') {
      const callee = this.#code.calls[this.#nextCall - 1]?.callee;
      return graph.checkedAfter(index, callee) && !this.#leadsToCheck(at);
    }
    return (follows === 'catch' || this.#landedBefore(at)) && graph.checkedAtEntry(index);
  }

  /** Does control go straight from here into a function that checks at its entry? */
  #leadsToCheck(at: number): boolean {
    const { opcodes, facts, count, calls } = this.#code;
    for (let next = at; next < count; next++) {
      const { control } = opcodes[next] as FunctionCode['opcodes'][number];
      if (control === 'call' || control === 'tail call') {
        const callee = calls[this.#nextCall]?.callee;
        return callee !== undefined && this.#plan.graph.checkedAtEntry(callee);
      }
      const straight = control === 'none' || (control === 'end' && (facts[next] as number) & FACT.plainEnd);
      if (!straight) return false;
    }
    return false;
  }

  #checkDepth(ahead: number): void {
    const { maxDepth, graph } = this.#plan;
    if (maxDepth === undefined || !graph.checksDepth(this.#code.fn.index)) return;
    this.#depth.push();
    this.#out.i32Const(maxDepth).op(OP.i32GtS);
    this.#event(EVENT_STACK_OVERFLOW, 0, ahead);
  }

  /**
   * With the condition on the stack: tell the hook, hardly ever. `ahead`: how many instructions the clock is ahead of
   * here.
   */
  #event(id: number, at: number, ahead: number): void {
    this.#unlikely.push(this.#out.length);
    this.#out.ifThen().i32Const(id);
    this.#clock.pushInstant(at, ahead);
    this.#depth.push();
    this.#out.call(this.#plan.added.eventFunction).end();
  }

  #testSite(at: number): void {
    if (this.#site >= this.#siteEnd) return;
    if (this.#plan.sitePlan.sites[this.#site]?.offset !== this.#code.offsets[at]) return;
    const id = this.#site++;
    this.#flags.test(id);
    this.#unlikely.push(this.#out.length);
    this.#out.ifThen().i32Const(id);
    this.#clock.pushInstant(at, this.#plan.clock === 'exact' ? this.#runLength - (at - this.#runStart) : 0);
    this.#depth.push();
    this.#out.call(this.#plan.added.stopFunction);
    this.#flags.refresh(id);
    this.#out.end();
  }

  /** Before whatever gives up control, others must find the clock and the depth in their globals. */
  #leaving(at: number): void {
    const { control } = this.#code.opcodes[at] as FunctionCode['opcodes'][number];
    const fact = this.#code.facts[at] as number;
    switch (control) {
      case 'call':
        this.#nextCall++;
        if (this.#lastCallee().silent) return;
        this.#clock.publish(at, false);
        this.#depth.beforeCall();
        return;
      case 'tail call':
        this.#nextCall++;
        this.#clock.publish(at, false);
        this.#depth.beforeTailCall();
        return;
      case 'throw':
      case 'unreachable':
        this.#clock.publish(at, false);
        return;
      case 'return':
        this.#clock.publish(at, true);
        return;
      default:
        if (fact & FACT.leavesFunction || at === this.#code.count - 1) this.#clock.publish(at, true);
    }
  }

  #insertAfter(at: number): void {
    if ((this.#code.facts[at] as number) & FACT.grows) this.#grown(at);
    const opcode = this.#code.opcodes[at] as FunctionCode['opcodes'][number];
    const plainEnd = ((this.#code.facts[at] as number) & FACT.plainEnd) !== 0;
    this.#flags.word.follow(opcode.control, plainEnd);
    this.#depth.stored.follow(opcode.control, plainEnd);
    this.#frame.after(opcode, at, this.#depth);
  }

  /** The instruction has run: the clock is ahead of its instant by at least itself. */
  #grown(at: number): void {
    const id = this.#growths.after();
    if (id === undefined) return;
    const ahead = { none: 0, brute: 1, exact: this.#runLength - (at - this.#runStart) }[this.#plan.clock];
    this.#event(id, at, ahead);
    this.#flags.word.forget();
    this.#growths.end();
  }

  #controlBefore(at: number): string | undefined {
    return this.#code.opcodes[at - 1]?.control;
  }

  #loopHeadBefore(at: number): boolean {
    return at > 0 && ((this.#code.facts[at - 1] as number) & FACT.loopHead) !== 0;
  }

  #landedBefore(at: number): boolean {
    return at > 0 && ((this.#code.facts[at - 1] as number) & FACT.landing) !== 0;
  }
}
