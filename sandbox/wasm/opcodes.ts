/**
 * The one table of WebAssembly instructions: WebAssembly 3.0 §5.4 with legacy exceptions and threads, as V8 13.6 takes
 * them. Decoding, disassembly and instrumentation all derive from its rows; nothing else knows an instruction's
 * immediates or what it does to control.
 */

/** What follows an opcode in the code. */
export type ImmediateKind =
  | 'block type'
  | 'label'
  | 'labels'
  | 'catches'
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
  | 'zero'
  | 'memory argument'
  | 'i32'
  | 'i64'
  | 'f32'
  | 'f64'
  | 'v128'
  | 'lanes'
  | 'heap type'
  | 'cast flags'
  | 'value types';

/**
 * What an instruction does to the flow of control. `branch` may fall through, `jump` never does; `leave` ends the
 * function or traps; the others are the structure of blocks, and calls.
 */
export type Control =
  | 'none'
  | 'block'
  | 'loop'
  | 'if'
  | 'else'
  | 'end'
  | 'try'
  | 'catch'
  | 'delegate'
  | 'try_table'
  | 'branch'
  | 'jump'
  | 'return'
  | 'unreachable'
  | 'throw'
  | 'call'
  | 'tail call';

export interface Opcode {
  /** 0 for one-byte opcodes. */
  readonly prefix: number;
  readonly code: number;
  readonly name: string;
  readonly immediates: readonly ImmediateKind[];
  readonly control: Control;
}

/** Codes that other files need by name. */
export const OP = {
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  call: 0x10,
  callIndirect: 0x11,
  returnCall: 0x12,
  unreachable: 0x00,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  i32Load: 0x28,
  i64Load: 0x29,
  i32Load8U: 0x2d,
  i32Store: 0x36,
  i64Store: 0x37,
  f32Store: 0x38,
  f64Store: 0x39,
  i32Const: 0x41,
  i64Const: 0x42,
  i32Eq: 0x46,
  i32LeS: 0x4c,
  i32GtS: 0x4a,
  i64Eq: 0x51,
  i64GeS: 0x59,
  i32Add: 0x6a,
  i32And: 0x71,
  i32Or: 0x72,
  i32Shl: 0x74,
  i64Add: 0x7c,
  i64Sub: 0x7d,
  i64ExtendI32U: 0xad,
  f64ConvertI64S: 0xb9,
  refFunc: 0xd2,
  simd: 0xfd,
  v128Store: 11,
} as const;

type Row = readonly [code: number, name: string, immediates?: string, control?: Control];

const ONE_BYTE: readonly Row[] = [
  [0x00, 'unreachable', '', 'unreachable'],
  [0x01, 'nop'],
  [0x02, 'block', 'block type', 'block'],
  [0x03, 'loop', 'block type', 'loop'],
  [0x04, 'if', 'block type', 'if'],
  [0x05, 'else', '', 'else'],
  [0x06, 'try', 'block type', 'try'],
  [0x07, 'catch', 'tag', 'catch'],
  [0x08, 'throw', 'tag', 'throw'],
  [0x09, 'rethrow', 'label', 'throw'],
  [0x0a, 'throw_ref', '', 'throw'],
  [0x0b, 'end', '', 'end'],
  [0x0c, 'br', 'label', 'jump'],
  [0x0d, 'br_if', 'label', 'branch'],
  [0x0e, 'br_table', 'labels', 'jump'],
  [0x0f, 'return', '', 'return'],
  [0x10, 'call', 'function', 'call'],
  [0x11, 'call_indirect', 'type, table', 'call'],
  [0x12, 'return_call', 'function', 'tail call'],
  [0x13, 'return_call_indirect', 'type, table', 'tail call'],
  [0x14, 'call_ref', 'type', 'call'],
  [0x15, 'return_call_ref', 'type', 'tail call'],
  [0x18, 'delegate', 'label', 'delegate'],
  [0x19, 'catch_all', '', 'catch'],
  [0x1a, 'drop'],
  [0x1b, 'select'],
  [0x1c, 'select', 'value types'],
  [0x1f, 'try_table', 'block type, catches', 'try_table'],
  [0x20, 'local.get', 'local'],
  [0x21, 'local.set', 'local'],
  [0x22, 'local.tee', 'local'],
  [0x23, 'global.get', 'global'],
  [0x24, 'global.set', 'global'],
  [0x25, 'table.get', 'table'],
  [0x26, 'table.set', 'table'],
  ...sequence(
    0x28,
    'i32.load i64.load f32.load f64.load i32.load8_s i32.load8_u i32.load16_s i32.load16_u i64.load8_s i64.load8_u i64.load16_s i64.load16_u i64.load32_s i64.load32_u i32.store i64.store f32.store f64.store i32.store8 i32.store16 i64.store8 i64.store16 i64.store32',
    'memory argument',
  ),
  [0x3f, 'memory.size', 'memory'],
  [0x40, 'memory.grow', 'memory'],
  [0x41, 'i32.const', 'i32'],
  [0x42, 'i64.const', 'i64'],
  [0x43, 'f32.const', 'f32'],
  [0x44, 'f64.const', 'f64'],
  ...typed(0x45, 'i32', 'eqz eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u'),
  ...typed(0x50, 'i64', 'eqz eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u'),
  ...typed(0x5b, 'f32', 'eq ne lt gt le ge'),
  ...typed(0x61, 'f64', 'eq ne lt gt le ge'),
  ...typed(0x67, 'i32', 'clz ctz popcnt add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u rotl rotr'),
  ...typed(0x79, 'i64', 'clz ctz popcnt add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u rotl rotr'),
  ...typed(0x8b, 'f32', 'abs neg ceil floor trunc nearest sqrt add sub mul div min max copysign'),
  ...typed(0x99, 'f64', 'abs neg ceil floor trunc nearest sqrt add sub mul div min max copysign'),
  ...typed(0xa7, 'i32', 'wrap_i64 trunc_f32_s trunc_f32_u trunc_f64_s trunc_f64_u'),
  ...typed(0xac, 'i64', 'extend_i32_s extend_i32_u trunc_f32_s trunc_f32_u trunc_f64_s trunc_f64_u'),
  ...typed(0xb2, 'f32', 'convert_i32_s convert_i32_u convert_i64_s convert_i64_u demote_f64'),
  ...typed(0xb7, 'f64', 'convert_i32_s convert_i32_u convert_i64_s convert_i64_u promote_f32'),
  ...sequence(
    0xbc,
    'i32.reinterpret_f32 i64.reinterpret_f64 f32.reinterpret_i32 f64.reinterpret_i64 i32.extend8_s i32.extend16_s i64.extend8_s i64.extend16_s i64.extend32_s',
  ),
  [0xd0, 'ref.null', 'heap type'],
  [0xd1, 'ref.is_null'],
  [0xd2, 'ref.func', 'function'],
  [0xd3, 'ref.eq'],
  [0xd4, 'ref.as_non_null'],
  [0xd5, 'br_on_null', 'label', 'branch'],
  [0xd6, 'br_on_non_null', 'label', 'branch'],
];

const GC: readonly Row[] = [
  [0x00, 'struct.new', 'type'],
  [0x01, 'struct.new_default', 'type'],
  ...sequence(0x02, 'struct.get struct.get_s struct.get_u struct.set', 'type, field'),
  [0x06, 'array.new', 'type'],
  [0x07, 'array.new_default', 'type'],
  [0x08, 'array.new_fixed', 'type, length'],
  [0x09, 'array.new_data', 'type, data'],
  [0x0a, 'array.new_elem', 'type, element'],
  ...sequence(0x0b, 'array.get array.get_s array.get_u array.set', 'type'),
  [0x0f, 'array.len'],
  [0x10, 'array.fill', 'type'],
  [0x11, 'array.copy', 'type, type'],
  [0x12, 'array.init_data', 'type, data'],
  [0x13, 'array.init_elem', 'type, element'],
  [0x14, 'ref.test', 'heap type'],
  [0x15, 'ref.test null', 'heap type'],
  [0x16, 'ref.cast', 'heap type'],
  [0x17, 'ref.cast null', 'heap type'],
  [0x18, 'br_on_cast', 'cast flags, label, heap type, heap type', 'branch'],
  [0x19, 'br_on_cast_fail', 'cast flags, label, heap type, heap type', 'branch'],
  ...sequence(0x1a, 'any.convert_extern extern.convert_any ref.i31 i31.get_s i31.get_u'),
];

const MISC: readonly Row[] = [
  ...sequence(
    0x00,
    'i32.trunc_sat_f32_s i32.trunc_sat_f32_u i32.trunc_sat_f64_s i32.trunc_sat_f64_u i64.trunc_sat_f32_s i64.trunc_sat_f32_u i64.trunc_sat_f64_s i64.trunc_sat_f64_u',
  ),
  [0x08, 'memory.init', 'data, memory'],
  [0x09, 'data.drop', 'data'],
  [0x0a, 'memory.copy', 'memory, memory'],
  [0x0b, 'memory.fill', 'memory'],
  [0x0c, 'table.init', 'element, table'],
  [0x0d, 'elem.drop', 'element'],
  [0x0e, 'table.copy', 'table, table'],
  [0x0f, 'table.grow', 'table'],
  [0x10, 'table.size', 'table'],
  [0x11, 'table.fill', 'table'],
];

const COMPARE = 'eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u';

const SIMD: readonly Row[] = [
  ...typed(
    0,
    'v128',
    'load load8x8_s load8x8_u load16x4_s load16x4_u load32x2_s load32x2_u load8_splat load16_splat load32_splat load64_splat store',
    'memory argument',
  ),
  [12, 'v128.const', 'v128'],
  [13, 'i8x16.shuffle', 'lanes'],
  ...sequence(14, 'i8x16.swizzle i8x16.splat i16x8.splat i32x4.splat i64x2.splat f32x4.splat f64x2.splat'),
  ...typed(21, 'i8x16', 'extract_lane_s extract_lane_u replace_lane', 'lane'),
  ...typed(24, 'i16x8', 'extract_lane_s extract_lane_u replace_lane', 'lane'),
  ...typed(27, 'i32x4', 'extract_lane replace_lane', 'lane'),
  ...typed(29, 'i64x2', 'extract_lane replace_lane', 'lane'),
  ...typed(31, 'f32x4', 'extract_lane replace_lane', 'lane'),
  ...typed(33, 'f64x2', 'extract_lane replace_lane', 'lane'),
  ...typed(35, 'i8x16', COMPARE),
  ...typed(45, 'i16x8', COMPARE),
  ...typed(55, 'i32x4', COMPARE),
  ...typed(65, 'f32x4', 'eq ne lt gt le ge'),
  ...typed(71, 'f64x2', 'eq ne lt gt le ge'),
  ...typed(77, 'v128', 'not and andnot or xor bitselect any_true'),
  ...typed(
    84,
    'v128',
    'load8_lane load16_lane load32_lane load64_lane store8_lane store16_lane store32_lane store64_lane',
    'memory argument, lane',
  ),
  ...typed(92, 'v128', 'load32_zero load64_zero', 'memory argument'),
  ...sequence(94, 'f32x4.demote_f64x2_zero f64x2.promote_low_f32x4'),
  ...typed(96, 'i8x16', 'abs neg popcnt all_true bitmask narrow_i16x8_s narrow_i16x8_u'),
  ...typed(103, 'f32x4', 'ceil floor trunc nearest'),
  ...typed(107, 'i8x16', 'shl shr_s shr_u add add_sat_s add_sat_u sub sub_sat_s sub_sat_u'),
  ...typed(116, 'f64x2', 'ceil floor'),
  ...typed(118, 'i8x16', 'min_s min_u max_s max_u'),
  [122, 'f64x2.trunc'],
  [123, 'i8x16.avgr_u'],
  ...typed(124, 'i16x8', 'extadd_pairwise_i8x16_s extadd_pairwise_i8x16_u'),
  ...typed(126, 'i32x4', 'extadd_pairwise_i16x8_s extadd_pairwise_i16x8_u'),
  ...typed(
    128,
    'i16x8',
    'abs neg q15mulr_sat_s all_true bitmask narrow_i32x4_s narrow_i32x4_u extend_low_i8x16_s extend_high_i8x16_s extend_low_i8x16_u extend_high_i8x16_u shl shr_s shr_u add add_sat_s add_sat_u sub sub_sat_s sub_sat_u',
  ),
  [148, 'f64x2.nearest'],
  ...typed(149, 'i16x8', 'mul min_s min_u max_s max_u'),
  ...typed(155, 'i16x8', 'avgr_u extmul_low_i8x16_s extmul_high_i8x16_s extmul_low_i8x16_u extmul_high_i8x16_u'),
  ...typed(160, 'i32x4', 'abs neg'),
  ...typed(163, 'i32x4', 'all_true bitmask'),
  ...typed(
    167,
    'i32x4',
    'extend_low_i16x8_s extend_high_i16x8_s extend_low_i16x8_u extend_high_i16x8_u shl shr_s shr_u add',
  ),
  [177, 'i32x4.sub'],
  ...typed(181, 'i32x4', 'mul min_s min_u max_s max_u dot_i16x8_s'),
  ...typed(188, 'i32x4', 'extmul_low_i16x8_s extmul_high_i16x8_s extmul_low_i16x8_u extmul_high_i16x8_u'),
  ...typed(192, 'i64x2', 'abs neg'),
  ...typed(195, 'i64x2', 'all_true bitmask'),
  ...typed(
    199,
    'i64x2',
    'extend_low_i32x4_s extend_high_i32x4_s extend_low_i32x4_u extend_high_i32x4_u shl shr_s shr_u add',
  ),
  [209, 'i64x2.sub'],
  ...typed(
    213,
    'i64x2',
    'mul eq ne lt_s gt_s le_s ge_s extmul_low_i32x4_s extmul_high_i32x4_s extmul_low_i32x4_u extmul_high_i32x4_u',
  ),
  ...typed(224, 'f32x4', 'abs neg'),
  ...typed(227, 'f32x4', 'sqrt add sub mul div min max pmin pmax'),
  ...typed(236, 'f64x2', 'abs neg'),
  ...typed(239, 'f64x2', 'sqrt add sub mul div min max pmin pmax'),
  ...sequence(
    248,
    'i32x4.trunc_sat_f32x4_s i32x4.trunc_sat_f32x4_u f32x4.convert_i32x4_s f32x4.convert_i32x4_u i32x4.trunc_sat_f64x2_s_zero i32x4.trunc_sat_f64x2_u_zero f64x2.convert_low_i32x4_s f64x2.convert_low_i32x4_u',
  ),
  ...sequence(
    0x100,
    'i8x16.relaxed_swizzle i32x4.relaxed_trunc_f32x4_s i32x4.relaxed_trunc_f32x4_u i32x4.relaxed_trunc_f64x2_s_zero i32x4.relaxed_trunc_f64x2_u_zero f32x4.relaxed_madd f32x4.relaxed_nmadd f64x2.relaxed_madd f64x2.relaxed_nmadd i8x16.relaxed_laneselect i16x8.relaxed_laneselect i32x4.relaxed_laneselect i64x2.relaxed_laneselect f32x4.relaxed_min f32x4.relaxed_max f64x2.relaxed_min f64x2.relaxed_max i16x8.relaxed_q15mulr_s i16x8.relaxed_dot_i8x16_i7x16_s i32x4.relaxed_dot_i8x16_i7x16_add_s',
  ),
];

const THREADS: readonly Row[] = [
  ...sequence(0x00, 'memory.atomic.notify memory.atomic.wait32 memory.atomic.wait64', 'memory argument'),
  [0x03, 'atomic.fence', 'zero'],
  ...sequence(
    0x10,
    'i32.atomic.load i64.atomic.load i32.atomic.load8_u i32.atomic.load16_u i64.atomic.load8_u i64.atomic.load16_u i64.atomic.load32_u i32.atomic.store i64.atomic.store i32.atomic.store8 i32.atomic.store16 i64.atomic.store8 i64.atomic.store16 i64.atomic.store32',
    'memory argument',
  ),
  ...['add', 'sub', 'and', 'or', 'xor', 'xchg', 'cmpxchg'].flatMap((operation, index) =>
    sequence(
      0x1e + 7 * index,
      `i32.atomic.rmw.${operation} i64.atomic.rmw.${operation} i32.atomic.rmw8.${operation}_u i32.atomic.rmw16.${operation}_u i64.atomic.rmw8.${operation}_u i64.atomic.rmw16.${operation}_u i64.atomic.rmw32.${operation}_u`,
      'memory argument',
    ),
  ),
];

export const OPCODES: readonly Opcode[] = [
  ...rows(0, ONE_BYTE),
  ...rows(0xfb, GC),
  ...rows(0xfc, MISC),
  ...rows(0xfd, SIMD),
  ...rows(0xfe, THREADS),
];

/** First bytes that announce a second number, in LEB128. */
export function isPrefix(byte: number): boolean {
  return byte >= 0xfb && byte <= 0xfe;
}

export function opcodeOf(prefix: number, code: number): Opcode | undefined {
  return (prefix === 0 ? oneByte : prefixed[prefix - 0xfb])?.[code];
}

const oneByte = byCode(0);
const prefixed = [byCode(0xfb), byCode(0xfc), byCode(0xfd), byCode(0xfe)];

function byCode(prefix: number): readonly (Opcode | undefined)[] {
  const table: (Opcode | undefined)[] = new Array(prefix === 0 ? 256 : 320).fill(undefined);
  for (const opcode of OPCODES) if (opcode.prefix === prefix) table[opcode.code] = opcode;
  return table;
}

function rows(prefix: number, table: readonly Row[]): Opcode[] {
  return table.map(([code, name, immediates = '', control = 'none']) => ({
    prefix,
    code,
    name,
    immediates: (immediates === '' ? [] : immediates.split(', ')) as ImmediateKind[],
    control,
  }));
}

/** Rows of successive codes that differ in name only. */
function sequence(first: number, names: string, immediates = ''): Row[] {
  return names.split(' ').map((name, index) => [first + index, name, immediates]);
}

function typed(first: number, type: string, names: string, immediates = ''): Row[] {
  return sequence(
    first,
    names
      .split(' ')
      .map((name) => `${type}.${name}`)
      .join(' '),
    immediates,
  );
}
