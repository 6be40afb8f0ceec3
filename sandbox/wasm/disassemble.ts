/** A function's instructions as text, in the manner of `wasm-objdump -d`: flat, with names where the module has them. */
import type { Immediate, IndexKind } from './immediates.ts';
import { type InstructionCursor, instructionsOf } from './instructions.ts';
import type { Module } from './module.ts';
import { type Names, readNames } from './names.ts';
import type { CodeOffset } from './offsets.ts';
import type { Control, Opcode } from './opcodes.ts';

export interface DisassembledInstruction {
  readonly offset: CodeOffset;
  readonly text: string;
  /**
   * Blocks around it; 0 for those directly in the function. `end`, `else` and `catch` are as deep as what they belong
   * to.
   */
  readonly depth: number;
}

/**
 * The first `most` instructions of a function; nothing for imported ones.
 * @throws {WasmDecodeError} the body is malformed
 */
export function disassemble(
  module: Module,
  functionIndex: number,
  names: Names = cachedNames(module),
  most = Number.POSITIVE_INFINITY,
): readonly DisassembledInstruction[] {
  const body = module.functions[functionIndex]?.body;
  if (!body) return [];
  const lines: DisassembledInstruction[] = [];
  let depth = 0;
  for (const cursor of instructionsOf(module, body)) {
    if (lines.length >= most) break;
    const { control } = cursor.opcode;
    if (control === 'end' || control === 'delegate') depth--;
    const shown = control === 'else' || control === 'catch' ? depth - 1 : depth;
    lines.push({ offset: cursor.offset, text: textOf(cursor, functionIndex, names), depth: Math.max(0, shown) });
    if (opensBlock(control)) depth++;
  }
  return lines;
}

/** Of a `br_table`: nobody reads more. */
const mostLabels = 1000;

/** Whoever shows a whole module asks for one function after the other. */
const namesByModule = new WeakMap<Module, Names>();

function cachedNames(module: Module): Names {
  const known = namesByModule.get(module) ?? readNames(module);
  namesByModule.set(module, known);
  return known;
}

function textOf(cursor: InstructionCursor, functionIndex: number, names: Names): string {
  const { opcode } = cursor;
  const operands = cursor.immediates().map((immediate) => operandText(immediate, functionIndex, names));
  return [opcode.name, ...ordered(opcode, operands)].filter((part) => part !== '').join(' ');
}

/** The text format puts some operands the other way round than the binary does. */
function ordered(opcode: Opcode, operands: readonly string[]): readonly string[] {
  const reversed = /^(?:return_)?call_indirect$|^(?:memory|table)\.init$/.test(opcode.name);
  return reversed ? [...operands].reverse() : operands;
}

function operandText(immediate: Immediate, functionIndex: number, names: Names): string {
  switch (immediate.kind) {
    case 'block type':
      if (immediate.type.kind === 'empty') return '';
      return immediate.type.kind === 'result' ? immediate.type.type : `type[${immediate.type.index}]`;
    case 'labels':
      return labelsText(immediate.labels);
    case 'catches':
      return immediate.catches
        .map(({ kind, tag, label }) => [kind, ...(tag === undefined ? [] : [tag]), label].join(' '))
        .join(' ');
    case 'memory argument':
      return `${immediate.align} ${immediate.offset}${immediate.memory === 0 ? '' : ` (memory ${immediate.memory})`}`;
    case 'v128':
      return `0x${hexWords(immediate.bytes)}`;
    case 'lanes':
      return [...immediate.bytes].join(' ');
    case 'heap type':
      return immediate.type;
    case 'value types':
      return immediate.types.join(' ');
    case 'i64':
    case 'i32':
      return immediate.value.toString();
    case 'f32':
    case 'f64':
      return Object.is(immediate.value, -0) ? '-0' : String(immediate.value);
    case 'zero':
    case 'cast flags':
      return '';
    default:
      return named(immediate.value, nameOf(immediate.kind, immediate.value, functionIndex, names));
  }
}

function labelsText(labels: readonly number[]): string {
  const rest = labels.length - mostLabels;
  return rest > 0 ? `${labels.slice(0, mostLabels).join(' ')} … ${rest} more` : labels.join(' ');
}

function nameOf(kind: IndexKind, index: number, functionIndex: number, names: Names): string | undefined {
  switch (kind) {
    case 'local':
      return names.local(functionIndex, index);
    case 'function':
    case 'global':
    case 'type':
    case 'table':
    case 'tag':
      return names[kind](index);
    default:
      return undefined;
  }
}

function named(index: number, name: string | undefined): string {
  return name === undefined ? String(index) : `${index} <${name}>`;
}

/** Four 32-bit words, as the text format writes vectors. */
function hexWords(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return [0, 4, 8, 12].map((at) => view.getUint32(at, true).toString(16).padStart(8, '0')).join(' 0x');
}

function opensBlock(control: Control): boolean {
  return control === 'block' || control === 'loop' || control === 'if' || control === 'try' || control === 'try_table';
}
