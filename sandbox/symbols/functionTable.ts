/**
 * Which function lies at an index of the guest's table, as its element segments fill it (WebAssembly §5.5.12). Compilers
 * fill the table once; an entry that the guest changes later is not followed.
 */
import { ByteReader } from '../wasm/byteReader.ts';
import { WasmDecodeError } from '../wasm/decodeError.ts';
import { readConstantExpression } from '../wasm/instructions.ts';
import type { Module } from '../wasm/module.ts';
import { readReferenceType } from '../wasm/valueType.ts';

/** Function index by index into table 0; what function pointers of C and references of AssemblyScript hold. */
export function readFunctionTable(module: Module): ReadonlyMap<number, number> {
  const table = new Map<number, number>();
  const section = module.sections.find(({ id }) => id === elementSection);
  if (!section) return table;
  const reader = new ByteReader(module.bytes, section.start, section.end);
  try {
    for (let count = reader.count('element segments'); count > 0; count--) readSegment(reader, table);
  } catch (error) {
    // Validation reports what is wrong with the module; here names of functions are lost, no more.
    if (!(error instanceof WasmDecodeError)) throw error;
  }
  return table;
}

const elementSection = 9;
const i32Const = 0x41;

/** Bits of a segment's flags. */
const passiveOrDeclarative = 1;
const explicitTable = 2;
const expressions = 4;

function readSegment(reader: ByteReader, table: Map<number, number>): void {
  const flags = reader.u32();
  const active = (flags & passiveOrDeclarative) === 0;
  const target = active && flags & explicitTable ? reader.u32() : 0;
  const start = active ? readOffset(reader) : undefined;
  const hasType = (flags & (passiveOrDeclarative | explicitTable)) !== 0;
  if (hasType) {
    if (flags & expressions) readReferenceType(reader);
    else reader.u8();
  }
  const count = reader.count('elements');
  for (let index = 0; index < count; index++) {
    const functionIndex = flags & expressions ? readConstantExpression(reader)[0] : reader.u32();
    if (start !== undefined && target === 0 && functionIndex !== undefined) table.set(start + index, functionIndex);
  }
}

/** undefined: not a constant, so unknown before the module runs. */
function readOffset(reader: ByteReader): number | undefined {
  if (reader.peek() !== i32Const) {
    readConstantExpression(reader);
    return undefined;
  }
  const constant = new ByteReader(reader.bytes, reader.position + 1, reader.end);
  const offset = constant.s32();
  readConstantExpression(reader);
  return offset >>> 0;
}
