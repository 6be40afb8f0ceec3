/**
 * Code around the growths of one function: by how much is kept in a global before each, and after it −1 leads to the
 * hook. Costs nothing where nothing grows.
 */
import { OP } from '../wasm/opcodes.ts';
import type { CodeWriter } from './codeWriter.ts';
import type { GrowthCode } from './functionCode.ts';
import type { AddedLocals } from './functionRewriter.ts';
import { EVENT_GROWTH } from './instrumented.ts';
import type { Plan } from './plan.ts';

export class GrowthReport {
  readonly #out: CodeWriter;
  readonly #locals: AddedLocals;
  readonly #asked: number | undefined;
  readonly #growths: readonly GrowthCode[];
  readonly #first: number;
  /** How many of the function's growths have been reached. */
  #seen = 0;
  /** First the amount, then the result. */
  readonly #local: { i32?: number; i64?: number } = {};

  constructor(plan: Plan, position: number, out: CodeWriter, locals: AddedLocals) {
    this.#out = out;
    this.#locals = locals;
    this.#asked = plan.added.asked;
    this.#growths = plan.codes[position]?.growths ?? [];
    this.#first = plan.growths.first[position] as number;
  }

  /** With the amount on the stack. */
  before(): void {
    const { is64 } = this.#growths[this.#seen++] as GrowthCode;
    if (this.#asked === undefined) return;
    const local = this.#localOf(is64);
    this.#out.localTee(local).localGet(local);
    if (!is64) this.#out.op(OP.i64ExtendI32U);
    this.#out.globalSet(this.#asked);
  }

  /**
   * Takes the result from the stack and leaves whether it is −1. Gives the id for the hook; undefined: nothing is to be
   * told. `end` puts the result back.
   */
  after(): number | undefined {
    if (this.#asked === undefined) return undefined;
    const { is64 } = this.#growths[this.#seen - 1] as GrowthCode;
    const local = this.#localOf(is64);
    this.#out.localTee(local);
    if (is64) this.#out.i64Const(-1).op(OP.i64Eq);
    else this.#out.i32Const(-1).op(OP.i32Eq);
    return EVENT_GROWTH - (this.#first + this.#seen - 1);
  }

  end(): void {
    const { is64 } = this.#growths[this.#seen - 1] as GrowthCode;
    this.#out.localGet(this.#localOf(is64));
  }

  #localOf(is64: boolean): number {
    const type = is64 ? 'i64' : 'i32';
    this.#local[type] ??= this.#locals.add(type);
    return this.#local[type];
  }
}
