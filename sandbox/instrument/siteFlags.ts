/**
 * Tests the flag bytes of sites. One load fetches the flags of several sites that follow each other into a local, and
 * each site then tests its own byte of it: in a register, which costs a fraction of a load from shared memory. The
 * word is good until something may have let the controller act: a call in which the guest can stop, a caught
 * exception, the next round of a loop.
 */
import { OP } from '../wasm/opcodes.ts';
import type { CodeWriter } from './codeWriter.ts';
import type { AddedLocals } from './functionRewriter.ts';
import { KnownState } from './knownState.ts';
import type { Plan } from './plan.ts';

/** Sites whose flags fit one word (i32). */
const SITES_A_WORD = 4;

export class SiteFlags {
  /** The site whose flags are the lowest byte of the local. */
  readonly word = new KnownState<number>();
  readonly #out: CodeWriter;
  readonly #locals: AddedLocals;
  readonly #flags: { readonly memory: number; readonly offset: number };
  #local: number | undefined;

  constructor(plan: Plan, out: CodeWriter, locals: AddedLocals) {
    this.#out = out;
    this.#locals = locals;
    this.#flags = { memory: plan.added.memory, offset: plan.probe.flags };
  }

  /** Leaves on the stack whether any flag of the site is set. */
  test(site: number): void {
    this.#local ??= this.#locals.add('i32');
    const first = this.word.value;
    if (first === undefined || site >= first + SITES_A_WORD) {
      this.word.set(site);
      this.#out.i32Const(0).access(OP.i32Load, { ...this.#flags, offset: this.#flags.offset + site });
      this.#out.localTee(this.#local);
    } else this.#out.localGet(this.#local);
    this.#out.i32Const(0xff << (8 * (site - (this.word.value ?? site)))).op(OP.i32And);
  }

  /** With the flags from `site` on, as the slow path read them after the stop, on the stack. */
  refresh(site: number): void {
    const position = site - (this.word.value ?? site);
    if (position > 0) this.#out.i32Const(8 * position).op(OP.i32Shl);
    if (this.#local !== undefined) this.#out.localSet(this.#local);
  }
}
