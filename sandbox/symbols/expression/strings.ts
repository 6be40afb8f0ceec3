/** Text in expressions: literals as values, and the characters of whatever holds text. */
import { referenced } from '../children.ts';
import { formatterOf } from '../formatters.ts';
import type { ArrayType, Memory, Syntax, Value } from '../model.ts';
import { readUntilZero, wideText } from '../text.ts';
import { addressIn, bytesOf, concrete, isCharacter, readMemory } from '../values.ts';
import { baseType } from './typeNames.ts';

/** Longer texts are not compared to their end. */
const longestCompared = 1 << 16;

/** A literal: UTF-16 in AssemblyScript, else UTF-8 with a zero at its end. */
export function stringValue(text: string, syntax: Syntax): Value {
  return syntax === 'assemblyscript' ? utf16Value(text) : utf8Value(text);
}

/** Its characters, when a value is text; the literal's own zero does not count. */
export function charactersOf(value: Value, memory: Memory): string | undefined {
  const type = concrete(value.type);
  switch (type.kind) {
    case 'composite':
      return formatterOf(type)?.characters?.(value, memory);
    case 'array':
      return isCharacter(type.element) ? arrayText(type, value, memory) : undefined;
    case 'pointer': {
      if (type.flavour !== 'pointer') {
        const object = referenced(type, value, memory);
        return object && charactersOf(object, memory);
      }
      const address = addressIn(value, memory);
      if (!isCharacter(type.target) || type.target.size !== 1 || address === 0) return undefined;
      return new TextDecoder().decode(readUntilZero(memory, address, longestCompared));
    }
  }
  return undefined;
}

function arrayText(type: ArrayType, value: Value, memory: Memory): string {
  const length = Math.min((type.count ?? 0) * type.element.size, longestCompared);
  const bytes =
    value.place.kind === 'memory'
      ? readMemory(memory, value.place.address, length)
      : bytesOf(value, memory).subarray(0, length);
  const unit = type.element.size;
  const text = unit === 1 ? new TextDecoder().decode(bytes) : wideText(bytes, unit === 2 ? 2 : 4);
  const end = unit === 2 && value.place.kind === 'bytes' ? -1 : text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}

function utf8Value(text: string): Value {
  const encoded = new TextEncoder().encode(text);
  const bytes = new Uint8Array(encoded.length + 1);
  bytes.set(encoded);
  return literal('char', 1, bytes);
}

function utf16Value(text: string): Value {
  const bytes = new Uint8Array(text.length * 2);
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < text.length; index++) view.setUint16(index * 2, text.charCodeAt(index), true);
  return literal('u16', 2, bytes);
}

function literal(element: string, unit: number, bytes: Uint8Array): Value {
  const count = bytes.length / unit;
  const name = unit === 2 ? 'String' : `${element}[${count}]`;
  const type: ArrayType = {
    kind: 'array',
    name,
    size: bytes.length,
    element: baseType(element, unit, 'character'),
    count,
  };
  return { type, place: { kind: 'bytes', bytes } };
}
