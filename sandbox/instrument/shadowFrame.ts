/**
 * Copies of the tracked locals of one function in the probe memory, at this call's own place. They are kept current at
 * every write, so that all live frames can be read at any stop, at no cost where nothing is written.
 */

import { InstructionCursor } from '../wasm/instructions.ts';
import { OP, type Opcode } from '../wasm/opcodes.ts';
import type { CodeWriter } from './codeWriter.ts';
import type { Depth } from './depth.ts';
import type { FunctionCode } from './functionCode.ts';
import type { LocalSlot } from './instrumented.ts';
import type { Plan } from './plan.ts';

export class ShadowFrame {
  readonly #plan: Plan;
  readonly #code: FunctionCode;
  readonly #out: CodeWriter;
  readonly #slots: ReadonlyMap<number, LocalSlot>;

  constructor(plan: Plan, code: FunctionCode, out: CodeWriter) {
    this.#plan = plan;
    this.#code = code;
    this.#out = out;
    this.#slots = new Map((plan.shadow.slots.get(code.fn.index) ?? []).map((slot) => [slot.local, slot]));
  }

  /** Parameters come with values; other locals begin as zero, whatever an earlier call has left in the slot. */
  enter(depth: Depth): void {
    for (const slot of this.#slots.values()) {
      if (slot.local < this.#code.fn.params.length) this.#store(slot, depth);
      else this.#clear(slot, depth);
    }
  }

  /** May this instruction write to a tracked local? */
  keeps({ prefix, code }: Opcode): boolean {
    return this.#slots.size > 0 && prefix === 0 && (code === OP.localSet || code === OP.localTee);
  }

  after(opcode: Opcode, at: number, depth: Depth): void {
    if (!this.keeps(opcode)) return;
    const { offsets } = this.#code;
    const cursor = new InstructionCursor(this.#plan.module, offsets[at] as number, offsets[at + 1] as number);
    cursor.advance();
    const slot = this.#slots.get(cursor.index());
    if (slot) this.#store(slot, depth);
  }

  #store(slot: LocalSlot, depth: Depth): void {
    depth.push();
    this.#out.localGet(slot.local);
    this.#write(slot, slot.type, 0);
  }

  #clear(slot: LocalSlot, depth: Depth): void {
    for (let byte = 0; byte < (slot.type === 'v128' ? 16 : 8); byte += 8) {
      depth.push();
      this.#out.i64Const(0);
      this.#write(slot, 'i64', byte);
    }
  }

  #write(slot: LocalSlot, type: LocalSlot['type'], byte: number): void {
    const access = { memory: this.#plan.added.memory, offset: this.#plan.probe.frames + 8 * slot.slot + byte };
    switch (type) {
      case 'i32':
        this.#out.access(OP.i32Store, access);
        return;
      case 'i64':
        this.#out.access(OP.i64Store, access);
        return;
      case 'f32':
        this.#out.access(OP.f32Store, access);
        return;
      case 'f64':
        this.#out.access(OP.f64Store, access);
        return;
      case 'v128':
        this.#out.u8(OP.simd).access(OP.v128Store, access);
        return;
    }
  }
}
