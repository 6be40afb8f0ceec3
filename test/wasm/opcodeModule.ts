/** Modules that use any row of the opcode table. */
import { ByteWriter } from '../../sandbox/wasm/byteWriter.ts';
import type { ImmediateKind, Opcode } from '../../sandbox/wasm/opcodes.ts';

/**
 * Enough of everything for immediates to refer to. Types: 0 func, 1 struct {i8 mutable}, 2 array of i32, 3 array of
 * i8, 4 array of funcref, 5 struct {i32}.
 */
const STRUCT_I8 = 1;
const ARRAY_I32 = 2;
const ARRAY_I8 = 3;
const ARRAY_FUNCREF = 4;
const STRUCT_I32 = 5;

/** Valid for V8: a function for each opcode, that has little else in it. */
export function moduleWith(...opcodes: readonly Opcode[]): Uint8Array {
  const out = new ByteWriter().raw([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
  section(out, 1, [
    6,
    ...[0x60, 0, 0],
    ...[0x5f, 1, 0x78, 1],
    ...[0x5e, 0x7f, 1],
    ...[0x5e, 0x78, 1],
    ...[0x5e, 0x70, 1],
    ...[0x5f, 1, 0x7f, 1],
  ]);
  section(out, 3, [...new ByteWriter().unsigned(opcodes.length).written(), ...opcodes.map(() => 0)]);
  section(out, 4, [1, 0x70, 0, 1]);
  section(out, 5, [1, 3, 1, 1]);
  section(out, 13, [1, 0, 0]);
  section(out, 6, [1, 0x7f, 1, 0x41, 0, 0x0b]);
  section(out, 9, [1, 3, 0, 1, 0]);
  section(out, 12, [1]);
  const bodies = new ByteWriter().unsigned(opcodes.length);
  for (const code of opcodes.map(body)) bodies.unsigned(code.length).raw(code);
  section(out, 10, [...bodies.written()]);
  section(out, 11, [1, 1, 0]);
  return out.written();
}

function section(out: ByteWriter, id: number, contents: readonly number[]): void {
  out.u8(id).unsigned(contents.length).raw(contents);
}

/** `unreachable` makes operands of any type, before and after. */
function body(opcode: Opcode): number[] {
  const end = 0x0b;
  const unreachable = 0x00;
  const self = encode(opcode);
  const locals = [1, 1, 0x7f];
  switch (opcode.control) {
    case 'block':
    case 'loop':
    case 'try_table':
      return [...locals, unreachable, ...self, unreachable, end, unreachable, end];
    case 'if':
      return [...locals, unreachable, ...self, unreachable, end, unreachable, end];
    case 'else':
      return [...locals, unreachable, 0x04, 0x40, ...self, end, end];
    case 'try':
      return [...locals, unreachable, ...self, 0x19, end, unreachable, end];
    case 'catch':
      return [...locals, unreachable, 0x06, 0x40, ...self, end, unreachable, end];
    case 'delegate':
      return [...locals, unreachable, 0x06, 0x40, ...self, unreachable, end];
    case 'end':
      return [...locals, ...self];
    case 'branch':
      // The block's result is what a cast that branches brings along (eqref).
      if (opcode.name.startsWith('br_on_cast')) {
        return [...locals, 0x02, 0x6d, unreachable, ...self, unreachable, end, unreachable, end];
      }
      return [...locals, unreachable, ...self, unreachable, end];
    default:
      if (opcode.name === 'rethrow') return [...locals, 0x06, 0x40, 0x19, ...self, end, end];
      return [...locals, unreachable, ...self, unreachable, end];
  }
}

function encode(opcode: Opcode): number[] {
  const out = new ByteWriter();
  if (opcode.prefix !== 0) out.u8(opcode.prefix);
  if (opcode.prefix === 0) out.u8(opcode.code);
  else out.unsigned(opcode.code);
  let types = 0;
  for (const kind of opcode.immediates) out.raw(immediate(opcode, kind, types++));
  return [...out.written()];
}

function immediate(opcode: Opcode, kind: ImmediateKind, position: number): readonly number[] {
  switch (kind) {
    case 'block type':
      return [0x40];
    case 'labels':
      return [2, 0, 0, 0];
    case 'catches':
      return [2, 0, 0, 0, 2, 0];
    case 'type':
      return [typeFor(opcode.name, position)];
    case 'memory argument':
      return [alignment(opcode), 0x80, 0x01];
    case 'i32':
      return [0xff, 0xff, 0x7f];
    case 'i64':
      return [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f];
    case 'f32':
      return [0, 0, 0x80, 0x3f];
    case 'f64':
      return [0, 0, 0, 0, 0, 0, 0xf0, 0x3f];
    case 'v128':
    case 'lanes':
      return Array.from({ length: 16 }, (_, lane) => lane);
    case 'heap type':
      return [opcode.name.startsWith('br_on_cast') ? (position === 2 ? 0x6d : 0x6c) : 0x6c];
    case 'value types':
      return [1, 0x7f];
    default:
      return [0];
  }
}

function typeFor(name: string, position: number): number {
  if (name.startsWith('struct.'))
    return /_[su]$/.test(name) ? STRUCT_I8 : name === 'struct.get' ? STRUCT_I32 : STRUCT_I8;
  if (/^array\.(?:new_elem|init_elem)$/.test(name)) return ARRAY_FUNCREF;
  if (/^array\.get_[su]$/.test(name)) return ARRAY_I8;
  if (name.startsWith('array.')) return position >= 0 ? ARRAY_I32 : ARRAY_I8;
  return 0;
}

/** Atomics want their natural alignment, for others 0 will do. */
function alignment({ prefix, name }: Opcode): number {
  if (prefix !== 0xfe) return 0;
  const narrow = /(?:load|store|rmw)(8|16|32)/.exec(name)?.[1];
  const bits = narrow ?? (/wait64|^i64/.test(name) ? '64' : '32');
  return Math.log2(Number(bits) / 8);
}
