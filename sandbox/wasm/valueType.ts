/**
 * Value, reference and heap types (WebAssembly 3.0 §5.3) as the text format writes them: short, comparable, printable.
 * Nothing in the product computes with reference types, so their text is all that is kept.
 */
import type { ByteReader } from './byteReader.ts';

export type NumericType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';

/** `funcref`, `(ref null 3)`, `(ref extern)`, … */
export type ReferenceType = `${string}ref` | `(ref ${string})`;

export type ValueType = NumericType | ReferenceType;

/** What a struct field or array element holds. */
export type StorageType = ValueType | 'i8' | 'i16';

export const NUMERIC_TYPE_CODES: Readonly<Record<NumericType, number>> = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
};

const numericTypes = new Map<number, NumericType>(
  Object.entries(NUMERIC_TYPE_CODES).map(([type, code]) => [code, type as NumericType]),
);

/** Abstract heap types by code; each has a shorthand for its nullable reference. */
const heapTypes: Readonly<Record<number, readonly [heap: string, nullable: ReferenceType]>> = {
  116: ['noexn', 'nullexnref'],
  115: ['nofunc', 'nullfuncref'],
  114: ['noextern', 'nullexternref'],
  113: ['none', 'nullref'],
  112: ['func', 'funcref'],
  111: ['extern', 'externref'],
  110: ['any', 'anyref'],
  109: ['eq', 'eqref'],
  108: ['i31', 'i31ref'],
  107: ['struct', 'structref'],
  106: ['array', 'arrayref'],
  105: ['exn', 'exnref'],
};

export function readValueType(reader: ByteReader): ValueType {
  const at = reader.position;
  const code = reader.u8();
  const numeric = numericTypes.get(code);
  if (numeric) return numeric;
  const shorthand = heapTypes[code];
  if (shorthand) return shorthand[1];
  if (code === 0x63) return `(ref null ${readHeapType(reader)})`;
  if (code === 0x64) return `(ref ${readHeapType(reader)})`;
  return reader.fail(`0x${code.toString(16)} is not a value type`, at);
}

export function readReferenceType(reader: ByteReader): ReferenceType {
  const at = reader.position;
  const type = readValueType(reader);
  if (isReference(type)) return type;
  return reader.fail(`${type} is not a reference type`, at);
}

export function readStorageType(reader: ByteReader): StorageType {
  const code = reader.peek();
  if (code !== 0x78 && code !== 0x77) return readValueType(reader);
  reader.u8();
  return code === 0x78 ? 'i8' : 'i16';
}

/** A type index, or the name of an abstract heap type. */
export function readHeapType(reader: ByteReader): string {
  const at = reader.position;
  const value = reader.s33();
  if (value >= 0) return String(value);
  const heap = heapTypes[value + 128];
  if (!heap) return reader.fail('unknown heap type', at);
  return heap[0];
}

/** What a block takes and leaves: nothing, one result, or a function type by its index. */
export type BlockType =
  | { readonly kind: 'empty' }
  | { readonly kind: 'result'; readonly type: ValueType }
  | { readonly kind: 'type'; readonly index: number };

export function readBlockType(reader: ByteReader): BlockType {
  const first = reader.peek();
  if (first === 0x40) {
    reader.u8();
    return { kind: 'empty' };
  }
  // Bit 6 of a one-byte LEB is the sign: negative numbers are value types.
  if (first >= 0x40 && first < 0x80) return { kind: 'result', type: readValueType(reader) };
  const at = reader.position;
  const index = reader.s33();
  if (index < 0) return reader.fail('unknown block type', at);
  return { kind: 'type', index };
}

export function isReference(type: ValueType): type is ReferenceType {
  return type.endsWith('ref') || type.startsWith('(');
}
