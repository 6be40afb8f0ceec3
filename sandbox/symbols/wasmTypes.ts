/** WebAssembly's own types as types of variables, and values of locals and globals as they are handed over. */
import type { ValueType } from '../wasm/valueType.ts';
import type { BaseType, CompositeType, FrameState, Type, Value } from './model.ts';
import { concrete, scalarValue, unavailable } from './values.ts';

/** How a reader of the text format sees a value of that type. */
export function typeOfWasm(type: ValueType): Type {
  return numeric[type] ?? { kind: 'base', name: type, size: 4, encoding: 'reference' };
}

export function localValue(type: Type, frame: FrameState, index: number): Value {
  return rawValue(type, frame.local(index));
}

export function globalValue(type: Type, frame: FrameState, index: number): Value {
  return rawValue(type, frame.global(index));
}

function rawValue(type: Type, raw: number | bigint | Uint8Array | undefined): Value {
  const target = concrete(type);
  if (target.kind === 'base' && target.encoding === 'reference') {
    return unavailable(type, 'references live outside the guest');
  }
  if (raw === undefined) return unavailable(type, 'not available in this frame');
  if (raw instanceof Uint8Array) return { type, place: { kind: 'bytes', bytes: raw } };
  const isFloat = target.kind === 'base' && target.encoding === 'float';
  return scalarValue(type, isFloat ? Number(raw) : BigInt(raw));
}

const base = (name: string, size: number, encoding: BaseType['encoding']): BaseType => ({
  kind: 'base',
  name,
  size,
  encoding,
});

/** A vector is what the instruction at hand takes it for: all shapes at once. */
const lanes = [
  ['i32x4', base('i32', 4, 'signed')],
  ['f32x4', base('f32', 4, 'float')],
  ['i64x2', base('i64', 8, 'signed')],
  ['f64x2', base('f64', 8, 'float')],
  ['i16x8', base('i16', 2, 'signed')],
  ['i8x16', base('i8', 1, 'signed')],
] as const;

const v128: CompositeType = {
  kind: 'composite',
  name: 'v128',
  size: 16,
  flavour: 'union',
  members: lanes.map(([name, element]) => ({
    name,
    offset: 0,
    type: { kind: 'array', name, size: 16, element, count: 16 / element.size },
  })),
};

const numeric: Readonly<Record<string, Type>> = {
  i32: base('i32', 4, 'signed'),
  i64: base('i64', 8, 'signed'),
  f32: base('f32', 4, 'float'),
  f64: base('f64', 8, 'float'),
  v128,
};
