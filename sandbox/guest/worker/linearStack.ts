/**
 * The stack that C, C++ and Rust keep in linear memory: whether it was full when the guest trapped. It grows down from
 * where the global `__stack_pointer` begins; toolchains of today put it below all data, so that running out of it leads
 * below address 0, which is out of bounds.
 */
import { type Instrumented, PROBE_EXPORTS } from '../../instrument/instrumented.ts';
import { instrumentedOffset, originalOffset } from '../../instrument/offsetMap.ts';
import { ByteReader } from '../../wasm/byteReader.ts';
import { InstructionCursor, readConstantExpression } from '../../wasm/instructions.ts';
import type { Module } from '../../wasm/module.ts';
import { readNames } from '../../wasm/names.ts';
import type { ModuleOffset } from '../../wasm/offsets.ts';
import { OP } from '../../wasm/opcodes.ts';
import { SECTION } from '../../wasm/sections.ts';
import { readValueType } from '../../wasm/valueType.ts';

export interface FullStack {
  /** Bytes, where the layout tells. */
  readonly size: number | undefined;
}

/** How many instructions of its own a function's prologue may take. */
const PROLOGUE = 16;
const I32_SUB = 0x6b;

/** What was running. */
export interface Running {
  readonly module: Module;
  readonly instrumented: Instrumented | undefined;
  readonly exports: Readonly<Record<string, unknown>>;
}

/** After a trap in `functionIndex`: whether its stack was full. undefined: it was not, or there is no telling. */
export function fullStack(running: Running, functionIndex: number | undefined): FullStack | undefined {
  const { module, exports } = running;
  const index = stackPointerOf(module);
  if (index === undefined) return undefined;
  const global = exports[`${PROBE_EXPORTS.global}${index}`];
  if (!(global instanceof WebAssembly.Global) || typeof global.value !== 'number') return undefined;
  const left = global.value;
  // A function that calls nobody keeps its stack pointer to itself: then its frame has to be compared.
  if (left >= 0 && left >= frameSize(running, index, functionIndex)) return undefined;
  const top = initialValue(module, index);
  return { size: top !== undefined && top <= lowestData(module) ? top : undefined };
}

/** The name section tells: by convention it is global 0, but so is many another. */
function stackPointerOf(module: Module): number | undefined {
  const names = readNames(module);
  const index = module.globals.findIndex(({ type, mutable }, at) => {
    return type === 'i32' && mutable && names.global(at) === '__stack_pointer';
  });
  return index < 0 ? undefined : index;
}

/** What the prologue takes from the stack pointer: `global.get sp`, a constant, `i32.sub`. 0: it takes nothing. */
function frameSize(running: Running, stackPointer: number, functionIndex: number | undefined): number {
  const { module } = running;
  const body = functionIndex === undefined ? undefined : module.functions[functionIndex]?.body;
  if (body === undefined) return 0;
  const cursor = new InstructionCursor(module, body.bodyStart, body.end);
  let begun = false;
  let constant = 0;
  let seen = 0;
  while (seen < PROLOGUE && cursor.advance()) {
    if (!isOriginal(running, cursor.offset + module.codeStart)) continue;
    seen++;
    const { prefix, code } = cursor.opcode;
    if (prefix !== 0) continue;
    if (code === OP.globalGet && cursor.index() === stackPointer) begun = true;
    else if (code === OP.i32Const) {
      const [immediate] = cursor.immediates();
      constant = immediate?.kind === 'i32' ? immediate.value : 0;
    } else if (begun && code === I32_SUB) return constant;
  }
  return 0;
}

/** Not inserted by instrumentation. */
function isOriginal({ instrumented }: Running, offset: ModuleOffset): boolean {
  if (instrumented === undefined) return true;
  const original = originalOffset(instrumented, offset);
  return original !== undefined && instrumentedOffset(instrumented, original) === offset;
}

/** Of a global whose initialiser is an i32 constant. */
function initialValue(module: Module, index: number): number | undefined {
  const reader = sectionReader(module, SECTION.global);
  const imported = module.globals.filter((global) => global.imported).length;
  if (reader === undefined) return undefined;
  const defined = reader.u32();
  for (let at = imported; at < imported + defined; at++) {
    readValueType(reader);
    reader.u8();
    if (at === index) return reader.u8() === OP.i32Const ? reader.s32() : undefined;
    readConstantExpression(reader);
  }
  return undefined;
}

/** Address of the first byte of initialised data; Infinity: there is none. */
function lowestData(module: Module): number {
  const reader = sectionReader(module, SECTION.data);
  if (reader === undefined) return Number.POSITIVE_INFINITY;
  let lowest = Number.POSITIVE_INFINITY;
  const segments = reader.u32();
  for (let at = 0; at < segments; at++) {
    const flags = reader.u32();
    if (flags === 2) reader.u32();
    if (flags !== 1) {
      const start = reader.position;
      readConstantExpression(reader);
      const expression = new ByteReader(reader.bytes, start, reader.position);
      if (expression.u8() === OP.i32Const) lowest = Math.min(lowest, expression.s32() >>> 0);
      else return 0;
    }
    reader.take(reader.u32());
  }
  return lowest;
}

function sectionReader(module: Module, id: number): ByteReader | undefined {
  const section = module.sections.find((candidate) => candidate.id === id);
  return section && new ByteReader(module.bytes, section.start, section.end);
}
