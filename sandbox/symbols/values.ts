/**
 * Bytes of values: how a value's bytes are fetched, how a scalar is made of them and back, and how one value leads to
 * others (members, elements, what a pointer points at). Knows nothing of text.
 */
import type { AliasType, BaseType, Member, Memory, Place, PointerType, Type, Value } from './model.ts';
import { OutOfBounds } from './model.ts';

/** Integers, pointers, booleans and enumerations are bigints; floating point is a number. */
export type Scalar = bigint | number;

export type ConcreteType = Exclude<Type, AliasType>;

/** A value that cannot be had, in plain words without brackets. Renderers show it, the evaluator reports it. */
export class Unreadable extends Error {}

/** No object of a 32-bit guest that is worth showing is larger: more is garbage. */
const largestRead = 1 << 24;
const longestAliasChain = 64;

/** The type without typedefs and qualifiers. */
export function concrete(type: Type): ConcreteType {
  let current = type;
  for (let step = 0; step < longestAliasChain; step++) {
    if (current.kind !== 'alias') return current;
    current = current.target;
  }
  return { kind: 'base', name: type.name, size: type.size, encoding: 'void' };
}

/** The value's own bytes; for a bit-field, the bytes that hold it. */
export function bytesOf(value: Value, memory: Memory): Uint8Array {
  const { place, type } = value;
  if (place.kind === 'unavailable') throw new Unreadable(place.reason);
  const length = place.bits ? Math.ceil((place.bits.offset + place.bits.size) / 8) : type.size;
  if (place.kind === 'memory') return readMemory(memory, place.address, length);
  if (place.bytes.length < length) throw new Unreadable('not all of it is known');
  return place.bytes.subarray(0, length);
}

/** Bytes at an address, with a sentence instead of an error when they cannot be there. */
export function readMemory(memory: Memory, address: number, length: number): Uint8Array {
  if (!(length >= 0 && length <= largestRead)) throw new Unreadable(`${length} bytes are too many to read`);
  if (address < 0) throw new Unreadable(`${hexadecimal(address)} is not readable`);
  try {
    return memory.read(address, length);
  } catch (error) {
    if (error instanceof OutOfBounds) throw new Unreadable(`${hexadecimal(address)} is not readable`);
    throw error;
  }
}

export function readU32(memory: Memory, address: number): number {
  const bytes = readMemory(memory, address, 4);
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
}

/** The number in a value; undefined when its type is no scalar. */
export function scalarOf(value: Value, memory: Memory): Scalar | undefined {
  const type = concrete(value.type);
  if (type.kind === 'composite' || type.kind === 'array' || type.kind === 'function') return undefined;
  if (type.kind === 'base' && type.encoding === 'void') return undefined;
  const bytes = bytesOf(value, memory);
  if (type.kind === 'base' && type.encoding === 'float') return floatOf(bytes);
  const bits = value.place.kind === 'unavailable' ? undefined : value.place.bits;
  const raw = littleEndian(bytes) >> BigInt(bits?.offset ?? 0);
  const width = bits?.size ?? type.size * 8;
  return isSigned(type) ? BigInt.asIntN(width, raw) : BigInt.asUintN(width, raw);
}

/** A value that is in no memory. */
export function scalarValue(type: Type, scalar: Scalar): Value {
  const target = concrete(type);
  const bytes = new Uint8Array(type.size);
  if (target.kind === 'base' && target.encoding === 'float') writeFloat(bytes, Number(scalar));
  else writeInteger(bytes, typeof scalar === 'bigint' ? scalar : integerOf(scalar));
  return { type, place: { kind: 'bytes', bytes } };
}

export function valueAt(type: Type, address: number): Value {
  return { type, place: { kind: 'memory', address } };
}

export function unavailable(type: Type, reason: string): Value {
  return { type, place: { kind: 'unavailable', reason } };
}

export function memberValue(value: Value, member: Pick<Member, 'type' | 'offset' | 'bits'>): Value {
  const place = placeInside(value.place, member.offset, member.type.size);
  if (!member.bits || place.kind === 'unavailable') return { type: member.type, place };
  return { type: member.type, place: { ...place, bits: member.bits } };
}

/** Address a pointer holds. */
export function addressIn(value: Value, memory: Memory): number {
  const scalar = scalarOf(value, memory);
  return typeof scalar === 'bigint' ? Number(BigInt.asUintN(64, scalar)) : 0;
}

/** What a pointer of this type points at. */
export function dereference(type: PointerType, value: Value, memory: Memory): Value {
  return valueAt(type.target, addressIn(value, memory));
}

export function pointerTo(target: Type): PointerType {
  const name = target.name.endsWith('*') ? `${target.name}*` : `${target.name} *`;
  return { kind: 'pointer', name, size: 4, flavour: 'pointer', target };
}

export function isCharacter(type: Type): boolean {
  for (let current = type, step = 0; current.kind === 'alias' && step < longestAliasChain; step++) {
    // C's wide characters are typedefs of integers.
    if (/^(?:wchar|char16|char32)_t$/.test(current.name)) return true;
    // `int8_t` and its like are typedefs of characters, but whoever uses them means numbers.
    if (/\bu?int(_least|_fast)?8_t$/.test(current.name)) return false;
    current = current.target;
  }
  const target = concrete(type);
  return target.kind === 'base' && target.encoding === 'character';
}

export function isSigned(type: ConcreteType): boolean {
  if (type.kind === 'enum') return type.signed;
  if (type.kind !== 'base') return false;
  if (type.encoding === 'character') return isSignedCharacter(type);
  return type.encoding === 'signed';
}

export function hexadecimal(number: number | bigint): string {
  return number < 0 ? `-0x${(-number).toString(16)}` : `0x${number.toString(16)}`;
}

/** Wide characters are code points; `char` is signed on wasm32. */
function isSignedCharacter(type: BaseType): boolean {
  return type.size === 1 && !/\bunsigned\b|^u8$|^char8_t$/.test(type.name);
}

function placeInside(place: Place, offset: number, size: number): Place {
  if (place.kind === 'memory') return { kind: 'memory', address: place.address + offset };
  if (place.kind === 'unavailable') return place;
  return { kind: 'bytes', bytes: place.bytes.subarray(offset, Math.max(offset + size, offset)) };
}

function littleEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let index = bytes.length - 1; index >= 0; index--) value = (value << 8n) | BigInt(bytes[index] ?? 0);
  return value;
}

function writeInteger(bytes: Uint8Array, value: bigint): void {
  let rest = BigInt.asUintN(bytes.length * 8, value);
  for (let index = 0; index < bytes.length; index++) {
    bytes[index] = Number(rest & 0xffn);
    rest >>= 8n;
  }
}

function writeFloat(bytes: Uint8Array, value: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length === 4) view.setFloat32(0, value, true);
  else if (bytes.length === 8) view.setFloat64(0, value, true);
  else throw new Unreadable(`a ${bytes.length}-byte floating-point number cannot be made here`);
}

/** C leaves conversion of what does not fit undefined; wasm's saturating conversion turns NaN into 0. */
function integerOf(number: number): bigint {
  return Number.isFinite(number) ? BigInt(Math.trunc(number)) : 0n;
}

function floatOf(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length === 4) return view.getFloat32(0, true);
  if (bytes.length === 8) return view.getFloat64(0, true);
  if (bytes.length === 16) return quadruple(littleEndian(bytes));
  throw new Unreadable(`a ${bytes.length}-byte floating-point number cannot be read`);
}

/** IEEE 754 binary128, C's `long double` on wasm, rounded to the nearest number we have. */
function quadruple(bits: bigint): number {
  const sign = bits >> 127n ? -1 : 1;
  const exponent = Number((bits >> 112n) & 0x7fffn);
  const fraction = bits & ((1n << 112n) - 1n);
  if (exponent === 0x7fff) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  if (exponent === 0) return sign * 0;
  return sign * (1 + Number(fraction) * 2 ** -112) * 2 ** (exponent - 16383);
}
