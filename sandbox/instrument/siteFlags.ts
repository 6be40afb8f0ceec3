/**
 * Tests the flag bytes of sites. One load fetches the flags of several sites that follow each other into a local, and each
 * site then tests its own byte of it: in a register, which costs a fraction of a load from shared memory. The word is good until
 * something may have let the controller act: a call, a caught exception, the next round of a loop, or a stop; and only where
 * every way that leads here has loaded the same word.
 */
import { type Control, OP } from '../wasm/opcodes.ts';
import type { CodeWriter } from './codeWriter.ts';
import type { AddedLocals } from './functionRewriter.ts';
import type { Plan } from './plan.ts';

/** Sites whose flags fit one word (i32). */
const SITES_A_WORD = 4;
const NONE = -1;

interface Scope {
  readonly control: Control;
  /** What held where the block begins. */
  readonly word: number;
  readonly changes: number;
}

export class SiteFlags {
  readonly #out: CodeWriter;
  readonly #locals: AddedLocals;
  readonly #flags: { readonly memory: number; readonly offset: number };
  readonly #scopes: Scope[] = [];
  #local: number | undefined;
  /** The site whose flags are the lowest byte of the local, or NONE. */
  #word = NONE;
  /** Counts how often the local has changed, so that a block's end can tell whether anything inside touched it. */
  #changes = 0;

  constructor(plan: Plan, out: CodeWriter, locals: AddedLocals) {
    this.#out = out;
    this.#locals = locals;
    this.#flags = { memory: plan.added.memory, offset: plan.probe.flags };
  }

  forget(): void {
    this.#word = NONE;
    this.#changes++;
  }

  /** Leaves on the stack whether any flag of the site is set. */
  test(site: number): void {
    this.#local ??= this.#locals.add('i32');
    if (this.#word === NONE || site >= this.#word + SITES_A_WORD) {
      this.#word = site;
      this.#changes++;
      this.#load(site);
      this.#out.localTee(this.#local);
    } else this.#out.localGet(this.#local);
    this.#out.i32Const(0xff << (8 * (site - this.#word))).op(OP.i32And);
  }

  /** With the flags from `site` on, as the slow path read them after the stop, on the stack. */
  refresh(site: number): void {
    if (site > this.#word) this.#out.i32Const(8 * (site - this.#word)).op(OP.i32Shl);
    if (this.#local !== undefined) this.#out.localSet(this.#local);
  }

  /** Keeps account of blocks. `plainEnd`: the end of a block that is reached by falling through only. */
  follow(control: Control, plainEnd: boolean): void {
    switch (control) {
      case 'block':
      case 'loop':
      case 'if':
      case 'try':
      case 'try_table':
        this.#scopes.push({ control, word: this.#word, changes: this.#changes });
        return;
      case 'else': {
        const scope = this.#scopes.at(-1);
        this.#word = scope?.word ?? NONE;
        return;
      }
      case 'catch':
        this.forget();
        return;
      case 'end':
      case 'delegate': {
        const scope = this.#scopes.pop();
        if (!scope || plainEnd) return;
        this.#word = scope.changes === this.#changes ? scope.word : NONE;
        return;
      }
      default:
    }
  }

  #load(site: number): void {
    this.#out.i32Const(0).access(OP.i32Load, { ...this.#flags, offset: this.#flags.offset + site });
  }
}
