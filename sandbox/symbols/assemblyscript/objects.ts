/**
 * Objects of the AssemblyScript runtime as they lie in memory (std/assembly/rt/common.ts): a header before each, with the
 * runtime id at -8 and the size in bytes at -4. A value of a class is placed AT its object.
 */
import type { Memory, Type, Value } from '../model.ts';
import { longestText, quoted, wideText } from '../text.ts';
import { concrete, readMemory, readU32, Unreadable } from '../values.ts';

export function addressOfObject(value: Value): number {
  if (value.place.kind !== 'memory') throw new Unreadable('not an object in memory');
  return value.place.address;
}

export function runtimeId(memory: Memory, address: number): number {
  return readU32(memory, address - 8);
}

/** Bytes the runtime says an object has, checked against the end of memory. */
export function sizeOfObject(memory: Memory, address: number): number {
  const size = readU32(memory, address - 4);
  return checkedLength(size, size, address, memory);
}

/** `length` when that many bytes fit behind an address, else words for the user. */
export function checkedLength(length: number, bytes: number, address: number, memory: Memory): number {
  if (length < 0 || bytes > memory.size - address) throw new Unreadable(`invalid length ${length}`);
  return length;
}

/** A type argument of a generic class. */
export function parameter(value: Value, index: number): Type {
  const type = concrete(value.type);
  const found = type.kind === 'composite' ? type.parameters?.[index] : undefined;
  if (!found) throw new Unreadable(`what ${type.name} holds is not known`);
  return found;
}

/** A string between quotes, cut when it is long. */
export function stringText(memory: Memory, address: number): string {
  const length = sizeOfObject(memory, address) >>> 1;
  const shown = Math.min(length, longestText);
  return quoted(wideText(readMemory(memory, address, shown * 2), 2), shown < length);
}

/** All of a string: UTF-16. */
export function stringCharacters(memory: Memory, address: number): string {
  return wideText(readMemory(memory, address, sizeOfObject(memory, address) & ~1), 2);
}
