/**
 * What follows an opcode, by kind: one reader for those who want the values and one that only steps over them, since
 * most instructions of a module are only passed. Both refuse what is malformed.
 */
import type { ByteReader } from './byteReader.ts';
import { LIMITS } from './limits.ts';
import type { ImmediateKind } from './opcodes.ts';
import { type BlockType, readBlockType, readHeapType, readValueType, type ValueType } from './valueType.ts';

export type IndexKind =
  | 'label'
  | 'function'
  | 'type'
  | 'table'
  | 'memory'
  | 'global'
  | 'local'
  | 'tag'
  | 'data'
  | 'element'
  | 'field'
  | 'length'
  | 'lane'
  | 'zero';

export type Immediate =
  | { readonly kind: IndexKind; readonly value: number }
  | { readonly kind: 'block type'; readonly type: BlockType }
  /** Relative depths; the default is the last. */
  | { readonly kind: 'labels'; readonly labels: readonly number[] }
  | { readonly kind: 'catches'; readonly catches: readonly CatchClause[] }
  /** `align` is the exponent of two. */
  | { readonly kind: 'memory argument'; readonly align: number; readonly memory: number; readonly offset: number }
  | { readonly kind: 'i32' | 'f32' | 'f64'; readonly value: number }
  | { readonly kind: 'i64'; readonly value: bigint }
  | { readonly kind: 'v128' | 'lanes'; readonly bytes: Uint8Array }
  | { readonly kind: 'heap type'; readonly type: string }
  | { readonly kind: 'cast flags'; readonly value: number }
  | { readonly kind: 'value types'; readonly types: readonly ValueType[] };

export interface CatchClause {
  readonly kind: 'catch' | 'catch_ref' | 'catch_all' | 'catch_all_ref';
  /** undefined: any. */
  readonly tag: number | undefined;
  readonly label: number;
}

export function readImmediate(reader: ByteReader, kind: ImmediateKind): Immediate {
  switch (kind) {
    case 'block type':
      return { kind, type: readBlockType(reader) };
    case 'labels':
      return { kind, labels: readLabels(reader) };
    case 'catches':
      return { kind, catches: readCatches(reader) };
    case 'memory argument':
      return { kind, ...readMemoryArgument(reader) };
    case 'lane':
    case 'zero':
    case 'cast flags':
      return { kind, value: reader.u8() };
    case 'i32':
      return { kind, value: reader.s32() };
    case 'i64':
      return { kind, value: reader.s64() };
    case 'f32':
      return { kind, value: view(reader.take(4)).getFloat32(0, true) };
    case 'f64':
      return { kind, value: view(reader.take(8)).getFloat64(0, true) };
    case 'v128':
    case 'lanes':
      return { kind, bytes: reader.take(16) };
    case 'heap type':
      return { kind, type: readHeapType(reader) };
    case 'value types':
      return { kind, types: readValueTypes(reader) };
    default:
      return { kind, value: reader.u32() };
  }
}

export function skipImmediate(reader: ByteReader, kind: ImmediateKind): void {
  switch (kind) {
    case 'memory argument':
      skipMemoryArgument(reader);
      return;
    case 'i64':
      skipInteger64(reader);
      return;
    case 'f32':
      reader.skip(4);
      return;
    case 'f64':
      reader.skip(8);
      return;
    case 'i32':
      reader.s32();
      return;
    case 'local':
    case 'global':
    case 'function':
    case 'label':
      reader.u32();
      return;
    default:
      readImmediate(reader, kind);
  }
}

function readLabels(reader: ByteReader): number[] {
  const count = reader.count('branch targets', LIMITS.branchTargets);
  const labels: number[] = [];
  for (let i = 0; i <= count; i++) labels.push(reader.u32());
  return labels;
}

const catchKinds = ['catch', 'catch_ref', 'catch_all', 'catch_all_ref'] as const;

function readCatches(reader: ByteReader): CatchClause[] {
  const count = reader.count('catch clauses');
  const catches: CatchClause[] = [];
  for (let i = 0; i < count; i++) {
    const kind = catchKinds[reader.u8()];
    if (!kind) return reader.fail('unknown catch clause', reader.position - 1);
    const tag = kind === 'catch' || kind === 'catch_ref' ? reader.u32() : undefined;
    catches.push({ kind, tag, label: reader.u32() });
  }
  return catches;
}

/** Bit 6 of the alignment announces a memory index (multi-memory). */
function readMemoryArgument(reader: ByteReader): { align: number; memory: number; offset: number } {
  const at = reader.position;
  const flags = reader.u32();
  if (flags > 0x7f) return reader.fail('alignment is too large', at);
  const memory = flags & 0x40 ? reader.u32() : 0;
  return { align: flags & 0x3f, memory, offset: reader.u64() };
}

function skipMemoryArgument(reader: ByteReader): void {
  const at = reader.position;
  const flags = reader.u32();
  if (flags > 0x7f) reader.fail('alignment is too large', at);
  if (flags & 0x40) reader.u32();
  reader.u64();
}

function readValueTypes(reader: ByteReader): ValueType[] {
  const count = reader.count('value types');
  const types: ValueType[] = [];
  for (let i = 0; i < count; i++) types.push(readValueType(reader));
  return types;
}

/** Without a bigint for each of the many small constants. */
function skipInteger64(reader: ByteReader): void {
  const at = reader.position;
  for (let byteIndex = 0; byteIndex < 9; byteIndex++) if (reader.u8() < 0x80) return;
  const last = reader.u8();
  if (last !== 0 && last !== 0x7f) reader.fail('integer does not fit 64 bits', at);
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
