/** Walks instructions one after the other. A cursor is reused for all of a function: nothing is allocated a step. */
import { ByteReader } from './byteReader.ts';
import { type Immediate, readImmediate, skipImmediate } from './immediates.ts';
import type { FunctionBody, Module } from './module.ts';
import type { CodeOffset } from './offsets.ts';
import { isPrefix, OPCODES, type Opcode, opcodeOf } from './opcodes.ts';

const nop = OPCODES[1] as Opcode;

export class InstructionCursor {
  /** Of the instruction that the cursor is on; valid after `advance` said true. */
  opcode: Opcode = nop;
  /** Where that instruction begins and where the next one does. */
  offset: CodeOffset = 0;
  next: CodeOffset;
  readonly #reader: ByteReader;
  readonly #codeStart: number;
  #immediatesAt = 0;

  /** From `start` (inclusive) to `end` (exclusive), code offsets. */
  constructor(module: Pick<Module, 'bytes' | 'codeStart'>, start: CodeOffset, end: CodeOffset) {
    this.#codeStart = module.codeStart;
    this.#reader = new ByteReader(module.bytes, module.codeStart + start, module.codeStart + end);
    this.next = start;
  }

  /** @throws {WasmDecodeError} unknown opcode, or immediates that are malformed or cut off */
  advance(): boolean {
    const reader = this.#reader;
    if (reader.atEnd) return false;
    this.offset = this.next;
    this.opcode = readOpcode(reader);
    this.#immediatesAt = reader.position;
    const kinds = this.opcode.immediates;
    for (let i = 0; i < kinds.length; i++) skipImmediate(reader, kinds[i] as Opcode['immediates'][number]);
    this.next = reader.position - this.#codeStart;
    return true;
  }

  immediates(): Immediate[] {
    const reader = new ByteReader(this.#reader.bytes, this.#immediatesAt, this.#reader.position);
    return this.opcode.immediates.map((kind) => readImmediate(reader, kind));
  }

  fail(message: string): never {
    return this.#reader.fail(message, this.#codeStart + this.offset);
  }

  /** The first immediate, which must be an index (`call`, `local.set`, `br`, …). */
  index(): number {
    return new ByteReader(this.#reader.bytes, this.#immediatesAt, this.#reader.end).u32();
  }
}

/** Every instruction of a function, in order. The cursor is one and the same object. */
export function* instructionsOf(module: Module, body: FunctionBody): Generator<InstructionCursor, void> {
  const cursor = new InstructionCursor(module, body.bodyStart, body.end);
  while (cursor.advance()) yield cursor;
}

export function readOpcode(reader: ByteReader): Opcode {
  const at = reader.position;
  const first = reader.u8();
  const prefix = isPrefix(first) ? first : 0;
  const code = prefix === 0 ? first : reader.u32();
  const opcode = opcodeOf(prefix, code);
  if (opcode) return opcode;
  const text = prefix === 0 ? `0x${code.toString(16)}` : `0x${prefix.toString(16)} 0x${code.toString(16)}`;
  return reader.fail(`unknown opcode ${text}`, at);
}

/**
 * A constant expression (global initialisers, segment offsets): up to and including its `end`. Yields function indices
 * it mentions.
 */
export function readConstantExpression(reader: ByteReader): number[] {
  const functions: number[] = [];
  for (;;) {
    const opcode = readOpcode(reader);
    if (opcode.control === 'end') return functions;
    if (opcode.control !== 'none') return reader.fail(`${opcode.name} is not allowed in a constant expression`);
    for (const kind of opcode.immediates) {
      const immediate = readImmediate(reader, kind);
      if (immediate.kind === 'function') functions.push(immediate.value);
    }
  }
}
