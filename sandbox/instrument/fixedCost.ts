/**
 * Functions whose every call, if it returns at all, counts the same number of instructions: accessors and other small
 * helpers without loops. Their direct callers add that number themselves, so such a function leaves the clock alone;
 * where it is stopped, the instant is the clock at its entry and the constant distance from there.
 */
import { FACT, type FunctionCode } from './functionCode.ts';

export interface FixedCost {
  /** Instructions from entry to return, callees included. */
  readonly total: number;
  /**
   * For each instruction, how many were counted since entry before it, or since the return that `afterCall` speaks of.
   */
  readonly before: Int32Array;
  /**
   * 1: a callee of unknown cost has returned on the way here, and left the clock in the global. Such a way never ends
   * in a return.
   */
  readonly afterCall: Uint8Array;
  /** Functions called on ways that can end in a return. */
  readonly callees: readonly number[];
}

/** `costOf`: the fixed cost of a callee (undefined: it has none, or is called through a table, or is imported). */
export function fixedCost(
  code: FunctionCode,
  costOf: (callee: number | undefined) => number | undefined,
): FixedCost | undefined {
  if (code.loopHeads > 0 || code.hasTryTable) return undefined;
  return new CostWalk(code, costOf).walk();
}

/** A label and the count at which control arrives behind it; every way there must agree. */
interface Label {
  readonly control: string;
  arrival: number | undefined;
  /** For an `if` whose `else` has not been seen: the count with which that would begin. */
  otherwise: number | undefined;
}

class CostWalk {
  readonly #code: FunctionCode;
  readonly #costOf: (callee: number | undefined) => number | undefined;
  readonly #labels: Label[] = [{ control: 'function', arrival: undefined, otherwise: undefined }];
  /** undefined: control cannot be here. */
  #count: number | undefined = 0;
  /** The count is from the return of a callee of unknown cost. Only a trap may follow. */
  #afterCall = false;
  readonly #callees: number[] = [];
  #fixed = true;

  constructor(code: FunctionCode, costOf: (callee: number | undefined) => number | undefined) {
    this.#code = code;
    this.#costOf = costOf;
  }

  walk(): FixedCost | undefined {
    const { count, opcodes } = this.#code;
    const before = new Int32Array(count);
    const afterCall = new Uint8Array(count);
    const exit = this.#labels[0] as Label;
    let call = 0;
    for (let at = 0; at < count && this.#fixed; at++) {
      before[at] = this.#count ?? 0;
      afterCall[at] = this.#afterCall ? 1 : 0;
      if (this.#count !== undefined) this.#count++;
      const { control } = opcodes[at] as FunctionCode['opcodes'][number];
      if (control === 'call') this.#call(this.#code.calls[call++]?.callee);
      else this.#follow(control, at);
    }
    if (!this.#fixed) return undefined;
    return { total: exit.arrival ?? 0, before, afterCall, callees: this.#callees };
  }

  #call(callee: number | undefined): void {
    if (this.#count === undefined) return;
    const cost = this.#costOf(callee);
    if (cost === undefined || callee === undefined) {
      this.#count = 0;
      this.#afterCall = true;
    } else if (this.#afterCall) this.#fixed = false;
    else {
      this.#count += cost;
      this.#callees.push(callee);
    }
  }

  #follow(control: string, at: number): void {
    if (this.#afterCall && control !== 'none' && control !== 'unreachable') this.#fixed = false;
    switch (control) {
      case 'none':
        return;
      case 'block':
      case 'loop':
        this.#labels.push({ control, arrival: undefined, otherwise: undefined });
        return;
      case 'if':
        this.#labels.push({ control, arrival: undefined, otherwise: this.#count });
        return;
      case 'else': {
        const label = this.#labels.at(-1) as Label;
        this.#arrive(label);
        this.#count = label.otherwise;
        label.otherwise = undefined;
        return;
      }
      case 'end': {
        const label = this.#labels.pop() as Label;
        this.#arrive(label);
        this.#count = label.otherwise;
        this.#arrive(label);
        this.#count = label.arrival;
        return;
      }
      case 'branch':
      case 'jump':
        this.#branch(at);
        if (control === 'jump') this.#count = undefined;
        return;
      case 'return':
        this.#arrive(this.#labels[0] as Label);
        this.#count = undefined;
        return;
      case 'unreachable':
        this.#count = undefined;
        this.#afterCall = false;
        return;
      default:
        this.#fixed = false;
    }
  }

  /**
   * Branches elsewhere than out of the function are given up: accessors have none, and labels are not kept by
   * instruction.
   */
  #branch(at: number): void {
    const onlyOut =
      (this.#code.facts[at] as number) & FACT.leavesFunction && this.#code.opcodes[at]?.name !== 'br_table';
    if (onlyOut) this.#arrive(this.#labels[0] as Label);
    else this.#fixed = false;
  }

  #arrive(label: Label): void {
    if (this.#count === undefined) return;
    if (label.arrival !== undefined && label.arrival !== this.#count) this.#fixed = false;
    label.arrival = this.#count;
  }
}
