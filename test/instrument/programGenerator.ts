/**
 * Makes random, valid, terminating modules out of a seed. Every function takes and returns an i32; a counter ends
 * whatever runs long.
 */

type Exceptions = 'none' | 'legacy' | 'try_table';

const FUNCTIONS = 7;
const FUEL = 50;

export class ProgramGenerator {
  readonly #exceptions: Exceptions;
  #state: number;
  /** Labels in scope, innermost last; `loop` also stands for those that want a value, which nothing may branch to. */
  #labels: ('block' | 'loop')[] = [];

  constructor(seed: number, exceptions: Exceptions) {
    this.#state = seed * 2_654_435_761 + 1;
    this.#exceptions = exceptions;
  }

  module(): string {
    const functions = Array.from({ length: FUNCTIONS }, (_, index) => this.#function(index));
    return `(module
  (type $ii (func (param i32) (result i32)))
  (tag $e (param i32))
  (tag $f)
  (table ${FUNCTIONS} funcref)
  (elem (i32.const 0) $f1 $f3 $f1 $f5)
  (global $fuel (mut i32) (i32.const ${FUEL}))
  ${functions.join('\n  ')}
  (func $burn global.get $fuel i32.const 1 i32.sub global.set $fuel global.get $fuel i32.const 0 i32.lt_s if unreachable end)
  (func (export "run") (param i32) (result i32) i32.const ${FUEL} global.set $fuel local.get 0 call $f0 local.get 0 call $f2 i32.add))`;
  }

  #function(index: number): string {
    this.#labels = [];
    // Even ones are small, so that some cost the same on every path.
    const small = index % 2 === 0 && index > 0;
    const guard = small ? '' : 'call $burn ';
    const body = small ? this.#leafBody(index) : this.#statements(3);
    const end = !small && this.#random(6) === 0 ? this.#tailCall() : 'local.get 0';
    return `(func $f${index} (param i32) (result i32) (local i32) ${guard}${body} ${end})`;
  }

  /** Calls go to larger functions only, so there is an end to them. */
  #leafBody(index: number): string {
    switch (this.#random(6)) {
      case 0:
        return 'nop';
      case 1:
        return 'local.get 0 i32.const 9 i32.gt_s if i32.const 1 local.set 0 else i32.const 2 local.set 0 end';
      case 2:
        return 'local.get 0 i32.const -50000 i32.lt_s if nop unreachable end block local.get 0 local.set 1 end';
      case 4:
        return `local.get 0 i32.const ${this.#random(30)} i32.eq if local.get 0 call $f1 drop nop unreachable end`;
      case 3:
        return index + 2 < FUNCTIONS ? `local.get 0 call $f${index + 2} local.set 1` : 'nop';
      default:
        return 'local.get 0 i32.const 1 i32.and if local.get 0 return end';
    }
  }

  #statements(depth: number): string {
    return Array.from({ length: 1 + this.#random(4) }, () => this.#statement(depth)).join(' ');
  }

  #statement(depth: number): string {
    const kind = this.#random(depth > 0 ? 16 : 8);
    switch (kind) {
      case 0:
      case 1:
        return `local.get 0 i32.const ${this.#random(9) - 4} i32.add local.set 0`;
      case 2:
        return `${this.#condition()} ${this.#branch('br_if')}`;
      case 3:
        return `local.get 0 call $f${this.#random(FUNCTIONS)} local.set ${this.#random(2)}`;
      case 4:
        return `local.get 1 i32.const ${this.#random(4)} call_indirect (type $ii) local.set 0`;
      case 5:
        return `${this.#condition()} if ${this.#exit()} end`;
      case 6:
        return this.#exceptions === 'none' ? 'nop' : `${this.#condition()} if ${this.#throw()} end`;
      case 7:
        return 'nop';
      case 8:
        return this.#inside('block', 'block % end', depth);
      case 9:
        return this.#inside('block', `block % ${this.#random(2) === 0 ? '' : 'br 0'} end`, depth);
      case 10:
      case 11:
        return this.#inside('loop', `loop call $burn % ${this.#condition()} br_if 0 end`, depth);
      case 12:
        return this.#inside('block', `${this.#condition()} if % end`, depth);
      case 13:
        return this.#inside('block', `${this.#condition()} if % else % end`, depth);
      case 14:
        return this.#inside('block', `block block % local.get 0 i32.const 3 i32.and br_table 0 1 0 end nop end`, depth);
      default:
        return this.#try(depth);
    }
  }

  #inside(label: 'block' | 'loop', template: string, depth: number): string {
    const nesting = template.startsWith('block block') ? 2 : 1;
    for (let i = 0; i < nesting; i++) this.#labels.push(label);
    const text = template.replaceAll('%', () => this.#statements(depth - 1));
    this.#labels.length -= nesting;
    return text;
  }

  #try(depth: number): string {
    if (this.#exceptions === 'legacy') {
      const handlers = this.#random(2) === 0 ? 'catch $e local.set 1 catch_all %' : 'catch_all %';
      return this.#inside('block', `try % ${handlers} end`, depth);
    }
    if (this.#exceptions === 'try_table') {
      this.#labels.push('block', 'loop', 'block');
      const inner = this.#statements(depth - 1);
      this.#labels.length -= 3;
      return `block block (result i32) try_table (catch $e 0) (catch_all 1) ${inner} end br 1 end local.set 1 end`;
    }
    return 'nop';
  }

  #throw(): string {
    return this.#random(2) === 0 ? 'local.get 0 throw $e' : 'throw $f';
  }

  #exit(): string {
    const kind = this.#random(4);
    if (kind === 0) return 'local.get 0 return';
    if (kind === 1) return this.#tailCall();
    return 'local.get 1 local.set 0';
  }

  #tailCall(): string {
    return this.#random(2) === 0
      ? `local.get 0 return_call $f${this.#random(FUNCTIONS)}`
      : 'local.get 0 i32.const 2 return_call_indirect (type $ii)';
  }

  /** Out of a block, never back into a loop: those have their own, which burns fuel. */
  #branch(instruction: string): string {
    const targets = this.#labels.flatMap((label, index) =>
      label === 'block' ? [this.#labels.length - 1 - index] : [],
    );
    if (targets.length === 0) return 'drop';
    return `${instruction} ${targets[this.#random(targets.length)]}`;
  }

  #condition(): string {
    return `local.get ${this.#random(2)} i32.const ${1 << this.#random(3)} i32.and`;
  }

  #random(below: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % below;
  }
}
