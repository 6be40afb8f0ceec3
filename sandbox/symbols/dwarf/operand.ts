/** What the stack of a location expression holds: a number with a width, and how its bits are to be read. */
import { Unavailable } from './unavailable.ts';

export interface Operand {
  /** The bits, as an unsigned number below 2^`bits`; a signed number when `bits` is 0. */
  readonly value: bigint;
  /** Width; 0 for a constant of the expression, which takes the width of what it meets. */
  readonly bits: number;
  readonly encoding: 'generic' | 'signed' | 'unsigned' | 'float';
}

/** Addresses and the generic type of WebAssembly with 32-bit memories. */
export const GENERIC_BITS = 32;

export const constant = (value: bigint): Operand => ({ value, bits: 0, encoding: 'generic' });

export const generic = (value: bigint, bits = GENERIC_BITS): Operand => ({
  value: BigInt.asUintN(bits, value),
  bits,
  encoding: 'generic',
});

export const addressOf = (operand: Operand): number => Number(BigInt.asUintN(GENERIC_BITS, integer(operand)));

export const signedValue = ({ value, bits }: Operand): bigint => (bits === 0 ? value : BigInt.asIntN(bits, value));

/** The number it means, by its encoding. */
export function integer(operand: Operand): bigint {
  return operand.encoding === 'signed' ? signedValue(operand) : operand.value;
}

/** The low `size` bytes, little-endian. `signed`: how to widen, where the operand does not say. */
export function bytesOf(operand: Operand, size: number, signed: boolean): Uint8Array {
  const bytes = new Uint8Array(size);
  let rest = operand.encoding !== 'unsigned' && signed ? signedValue(operand) : integer(operand);
  for (let index = 0; index < size; index++) {
    bytes[index] = Number(BigInt.asUintN(8, rest));
    rest >>= 8n;
  }
  return bytes;
}

export function fromBytes(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let index = bytes.length - 1; index >= 0; index--) value = (value << 8n) | BigInt(bytes[index] ?? 0);
  return value;
}

/** DW_OP_convert: to a base type, keeping the number it means (DWARF 5 §2.5.1.6). */
export function convert(operand: Operand, bits: number, encoding: Operand['encoding']): Operand {
  if (operand.encoding === 'float' || encoding === 'float') return convertFloat(operand, bits, encoding);
  return { value: BigInt.asUintN(bits, integer(operand)), bits, encoding };
}

/** DW_OP_reinterpret: the same bits under another type. */
export function reinterpret(operand: Operand, bits: number, encoding: Operand['encoding']): Operand {
  return { value: BigInt.asUintN(bits, operand.value), bits, encoding };
}

function convertFloat(operand: Operand, bits: number, encoding: Operand['encoding']): Operand {
  const number = operand.encoding === 'float' ? floatOf(operand) : Number(integer(operand));
  if (encoding === 'float') return { value: floatBits(number, bits), bits, encoding };
  if (!Number.isFinite(number)) throw new Unavailable('not a number');
  return { value: BigInt.asUintN(bits, BigInt(Math.trunc(number))), bits, encoding };
}

function floatOf({ value, bits }: Operand): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt.asUintN(64, value), true);
  if (bits === 32) return view.getFloat32(0, true);
  if (bits === 64) return view.getFloat64(0, true);
  throw new Unavailable(`computed from a float of ${bits} bits`);
}

export function floatBits(number: number, bits: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  if (bits === 32) view.setFloat32(0, number, true);
  else if (bits === 64) view.setFloat64(0, number, true);
  else throw new Unavailable(`computed from a float of ${bits} bits`);
  return view.getBigUint64(0, true);
}
