/** Values as plain JavaScript, for comparisons: what the types and places of the symbols lead to, byte by byte. */
import {
  type FrameState,
  type Member,
  type Memory,
  OutOfBounds,
  type Type,
  type Value,
} from '../../../sandbox/symbols/model.ts';

export function memoryOf(instance: WebAssembly.Instance): Memory {
  const { buffer } = instance.exports.memory as WebAssembly.Memory;
  return {
    size: buffer.byteLength,
    read(address, length) {
      if (address < 0 || address + length > buffer.byteLength) throw new OutOfBounds(address, length);
      return new Uint8Array(buffer, address, length).slice();
    },
  };
}

/** A frame of which only the memory is known. */
export function bareFrame(memory: Memory): FrameState {
  return { functionIndex: -1, offset: 0, memory, local: () => undefined, global: () => undefined };
}

export function concrete(type: Type): Exclude<Type, { kind: 'alias' }> {
  return type.kind === 'alias' ? concrete(type.target) : type;
}

export function plain(value: Value, memory: Memory): unknown {
  const { place } = value;
  const type = concrete(value.type);
  if (place.kind === 'unavailable') return `<${place.reason}>`;
  switch (type.kind) {
    case 'composite':
      return Object.fromEntries(type.members.map((member) => [nameOf(member), plain(inside(value, member), memory)]));
    case 'array':
      return Array.from({ length: type.count ?? 0 }, (_, index) =>
        plain(inside(value, { type: type.element, offset: index * type.element.size }), memory),
      );
    case 'enum': {
      const number = integer(value, memory, type.signed);
      return type.enumerators.find((enumerator) => enumerator.value === number)?.name ?? number;
    }
    case 'pointer':
      return Number(integer(value, memory, false));
    case 'function':
      return type.name;
    case 'base':
      return scalar(value, memory, type);
  }
}

export function pointee(value: Value, memory: Memory): Value {
  const type = concrete(value.type);
  if (type.kind !== 'pointer') throw new Error(`${type.name} is no pointer`);
  return { type: type.target, place: { kind: 'memory', address: Number(integer(value, memory, false)) } };
}

export function inside(value: Value, member: Pick<Member, 'type' | 'offset' | 'bits'>): Value {
  const { place } = value;
  const bits = member.bits === undefined ? {} : { bits: member.bits };
  if (place.kind === 'unavailable') return { type: member.type, place };
  if (place.kind === 'memory') {
    return { type: member.type, place: { kind: 'memory', address: place.address + member.offset, ...bits } };
  }
  return { type: member.type, place: { kind: 'bytes', bytes: place.bytes.subarray(member.offset), ...bits } };
}

const nameOf = (member: Member): string => member.name || (member.base ? `: ${member.type.name}` : '(anonymous)');

function scalar(value: Value, memory: Memory, type: Extract<Type, { kind: 'base' }>): unknown {
  if (type.encoding === 'float') return float(bytesOf(value, memory));
  if (type.encoding === 'boolean') return integer(value, memory, false) !== 0n;
  const signed = type.encoding === 'signed' || (type.encoding === 'character' && !type.name.startsWith('unsigned'));
  const number = integer(value, memory, signed);
  return number >= -(2n ** 53n) && number <= 2n ** 53n ? Number(number) : number;
}

function bytesOf({ type, place }: Value, memory: Memory): Uint8Array {
  if (place.kind === 'unavailable') throw new Error(place.reason);
  const length = place.bits === undefined ? type.size : Math.ceil((place.bits.offset + place.bits.size) / 8);
  return place.kind === 'memory' ? memory.read(place.address, length) : place.bytes.subarray(0, length);
}

function integer(value: Value, memory: Memory, signed: boolean): bigint {
  const bits = value.place.kind === 'unavailable' ? undefined : value.place.bits;
  let number = 0n;
  for (const byte of bytesOf(value, memory).toReversed()) number = (number << 8n) | BigInt(byte);
  number >>= BigInt(bits?.offset ?? 0);
  const width = bits?.size ?? value.type.size * 8;
  return signed ? BigInt.asIntN(width, number) : BigInt.asUintN(width, number);
}

function float(bytes: Uint8Array): unknown {
  const view = new DataView(bytes.slice().buffer);
  if (bytes.length === 4) return view.getFloat32(0, true);
  return bytes.length === 8 ? view.getFloat64(0, true) : `${bytes.length} bytes`;
}
