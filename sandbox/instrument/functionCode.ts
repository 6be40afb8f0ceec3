/**
 * One function's instructions with what instrumentation must know of their control flow, above all its straight-line
 * runs: a run is entered at its first instruction only and, but for a trap, left at its last only, so it can be
 * charged as a whole at its start. Runs are cut at calls too: what a callee counts must come before what follows the
 * call.
 */
import { InstructionCursor } from '../wasm/instructions.ts';
import type { FunctionBody, Module, WasmFunction } from '../wasm/module.ts';
import { type Opcode, opcodeOf } from '../wasm/opcodes.ts';

/** Facts about single instructions, as bits. */
export const FACT = {
  /** A straight-line run starts here. */
  runStart: 1,
  /** A `loop` that something branches to. */
  loopHead: 2,
  /** Branches to the label of the function itself: a return. */
  leavesFunction: 4,
  /** An `end` or `loop` where a `try_table` lands what it caught. */
  landing: 8,
  /** The `end` of a block that nothing branches to: reached by falling through only. */
  plainEnd: 16,
  /** `memory.grow` or `table.grow`. */
  grows: 32,
} as const;

export interface FunctionCode {
  readonly fn: WasmFunction;
  readonly body: FunctionBody;
  readonly count: number;
  /** Code offset of each instruction, and `body.end` after the last. */
  readonly offsets: Uint32Array;
  readonly opcodes: readonly Opcode[];
  readonly facts: Uint8Array;
  readonly calls: readonly Call[];
  readonly growths: readonly GrowthCode[];
  readonly loopHeads: number;
  readonly hasTryTable: boolean;
  /** Functions that `ref.func` mentions. */
  readonly references: readonly number[];
}

export interface Call {
  /** Number of the instruction within the function. */
  readonly at: number;
  /** Function index; undefined for calls through tables and references. */
  readonly callee: number | undefined;
  readonly tail: boolean;
}

/** A `memory.grow` or `table.grow`. */
export interface GrowthCode {
  /** Number of the instruction within the function. */
  readonly at: number;
  readonly of: 'memory' | 'table';
  readonly index: number;
  /** It counts in i64: memory64, table64. */
  readonly is64: boolean;
}

interface Label {
  readonly opcode: Opcode | undefined;
  readonly at: number;
  targeted: boolean;
  landing: boolean;
}

/** @throws {WasmDecodeError} malformed instructions, or blocks that do not nest */
export function readFunctionCode(module: Module, fn: WasmFunction, body: FunctionBody): FunctionCode {
  return new FunctionCodeReader(module, fn, body).read();
}

const CALL = 0x10;
const RETURN_CALL = 0x12;
const refFunc = opcodeOf(0, 0xd2);
const memoryGrow = opcodeOf(0, 0x40);
const tableGrow = opcodeOf(0xfc, 0x0f);

class FunctionCodeReader {
  readonly #module: Module;
  readonly #fn: WasmFunction;
  readonly #body: FunctionBody;
  readonly #cursor: InstructionCursor;
  readonly #opcodes: Opcode[] = [];
  readonly #labels: Label[] = [{ opcode: undefined, at: -1, targeted: false, landing: false }];
  readonly #calls: Call[] = [];
  readonly #growths: GrowthCode[] = [];
  readonly #references: number[] = [];
  #offsets: Uint32Array;
  #facts: Uint8Array;
  #hasTryTable = false;
  #loopHeads = 0;

  constructor(module: Module, fn: WasmFunction, body: FunctionBody) {
    this.#module = module;
    this.#fn = fn;
    this.#body = body;
    this.#cursor = new InstructionCursor(module, body.bodyStart, body.end);
    // No instruction is shorter than a byte.
    const most = body.end - body.bodyStart + 1;
    this.#offsets = new Uint32Array(most);
    this.#facts = new Uint8Array(most + 1);
  }

  read(): FunctionCode {
    const cursor = this.#cursor;
    this.#facts[0] = FACT.runStart;
    while (cursor.advance()) {
      const at = this.#opcodes.length;
      this.#opcodes.push(cursor.opcode);
      this.#offsets[at] = cursor.offset;
      if (this.#labels.length === 0) this.#malformed('instructions after the end of the function');
      this.#follow(cursor.opcode, at);
    }
    if (this.#labels.length > 0) this.#malformed('the function has no end');
    const count = this.#opcodes.length;
    this.#offsets[count] = this.#body.end;
    return {
      fn: this.#fn,
      body: this.#body,
      count,
      offsets: this.#offsets.slice(0, count + 1),
      opcodes: this.#opcodes,
      facts: this.#facts.slice(0, count + 1),
      calls: this.#calls,
      growths: this.#growths,
      loopHeads: this.#loopHeads,
      hasTryTable: this.#hasTryTable,
      references: this.#references,
    };
  }

  #follow(opcode: Opcode, at: number): void {
    switch (opcode.control) {
      case 'none':
        if (opcode === refFunc) this.#references.push(this.#cursor.index());
        else if (opcode === memoryGrow || opcode === tableGrow) this.#growth(opcode, at);
        return;
      case 'block':
      case 'loop':
      case 'try':
        this.#open(opcode, at);
        return;
      case 'try_table':
        this.#hasTryTable = true;
        // Catch clauses name labels from outside of the block.
        this.#branch(at);
        this.#open(opcode, at);
        return;
      case 'if':
        this.#open(opcode, at);
        this.#cutAfter(at);
        return;
      case 'else':
      case 'catch':
      case 'unreachable':
      case 'return':
        this.#cutAfter(at);
        return;
      case 'end':
      case 'delegate':
        this.#close(opcode, at);
        return;
      case 'branch':
      case 'jump':
      case 'throw':
        this.#branch(at);
        this.#cutAfter(at);
        return;
      case 'call':
      case 'tail call':
        this.#call(opcode, at);
        this.#cutAfter(at);
        return;
    }
  }

  #open(opcode: Opcode, at: number): void {
    this.#labels.push({ opcode, at, targeted: false, landing: false });
  }

  #close(opcode: Opcode, at: number): void {
    const label = this.#labels.pop();
    if (!label) return;
    const control = label.opcode?.control;
    if (control === 'loop') {
      if (label.targeted) {
        this.#mark(label.at, FACT.loopHead);
        this.#cutAfter(label.at);
        this.#loopHeads++;
      }
      if (label.landing) this.#mark(label.at, FACT.landing);
      this.#mark(at, FACT.plainEnd);
      return;
    }
    if (label.landing) this.#mark(at, FACT.landing);
    const joins = label.targeted || control === 'if' || control === 'try' || opcode.control === 'delegate';
    if (joins) this.#cutAfter(at);
    else this.#mark(at, FACT.plainEnd);
  }

  #branch(at: number): void {
    for (const immediate of this.#cursor.immediates()) {
      if (immediate.kind === 'label') this.#target(at, immediate.value, false);
      else if (immediate.kind === 'labels') for (const depth of immediate.labels) this.#target(at, depth, false);
      else if (immediate.kind === 'catches')
        for (const clause of immediate.catches) this.#target(at, clause.label, true);
    }
  }

  #target(at: number, depth: number, landing: boolean): void {
    const label = this.#labels[this.#labels.length - 1 - depth];
    if (!label) this.#malformed(`branch to label ${depth}, which does not exist`);
    label.targeted = true;
    if (landing) label.landing = true;
    if (label.opcode === undefined) this.#mark(at, FACT.leavesFunction);
  }

  #call(opcode: Opcode, at: number): void {
    const direct = opcode.prefix === 0 && (opcode.code === CALL || opcode.code === RETURN_CALL);
    const callee = direct ? this.#cursor.index() : undefined;
    this.#calls.push({ at, callee, tail: opcode.control === 'tail call' });
  }

  #growth(opcode: Opcode, at: number): void {
    const of = opcode === memoryGrow ? 'memory' : 'table';
    const index = this.#cursor.index();
    const { memories, tables } = this.#module;
    const is64 = (of === 'memory' ? memories : tables)[index]?.is64 ?? false;
    this.#growths.push({ at, of, index, is64 });
    this.#mark(at, FACT.grows);
  }

  #cutAfter(at: number): void {
    this.#mark(at + 1, FACT.runStart);
  }

  #mark(at: number, fact: number): void {
    this.#facts[at] = (this.#facts[at] ?? 0) | fact;
  }

  #malformed(message: string): never {
    return this.#cursor.fail(`function ${this.#fn.index}: ${message}`);
  }
}
