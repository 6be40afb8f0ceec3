/** Types of a C program, made by hand. */
import type { BaseType, CompositeType, EnumType, Member, PointerType, Type } from '../../sandbox/symbols/model.ts';

export const base = (name: string, size: number, encoding: BaseType['encoding']): BaseType => ({
  kind: 'base',
  name,
  size,
  encoding,
});

export const int = base('int', 4, 'signed');
export const unsigned = base('unsigned int', 4, 'unsigned');
export const longLong = base('long long', 8, 'signed');
export const char = base('char', 1, 'character');
export const float = base('float', 4, 'float');
export const double = base('double', 8, 'float');
export const bool = base('_Bool', 1, 'boolean');
export const none = base('void', 0, 'void');

export const pointer = (target: Type, flavour: PointerType['flavour'] = 'pointer'): PointerType => ({
  kind: 'pointer',
  name: `${target.name} ${flavour === 'reference' ? '&' : '*'}`,
  size: 4,
  flavour,
  target,
});

export const array = (element: Type, count: number | undefined): Type => ({
  kind: 'array',
  name: `${element.name}[${count ?? ''}]`,
  size: element.size * (count ?? 0),
  element,
  count,
});

export const alias = (name: string, target: Type): Type => ({ kind: 'alias', name, size: target.size, target });

export const struct = (name: string, size: number, members: readonly Member[]): CompositeType => ({
  kind: 'composite',
  name,
  size,
  flavour: 'struct',
  members,
});

export const point = struct('struct point', 8, [
  { name: 'x', type: int, offset: 0 },
  { name: 'y', type: int, offset: 4 },
]);

/** A list node, which points at its own type. */
export const node: CompositeType = {
  ...struct('struct node', 8, []),
  get members(): readonly Member[] {
    return [
      { name: 'value', type: int, offset: 0 },
      { name: 'next', type: pointer(node), offset: 4 },
    ];
  },
};

export const enumeration = (name: string, values: Readonly<Record<string, number>>): EnumType => ({
  kind: 'enum',
  name,
  size: 4,
  signed: false,
  enumerators: Object.entries(values).map(([each, value]) => ({ name: each, value: BigInt(value) })),
});

export const color = enumeration('enum color', { RED: 0, GREEN: 5, BLUE: 6 });
export const mode = enumeration('enum mode', { READ: 1, WRITE: 2, EXECUTE: 4 });
export const callback: Type = pointer({ kind: 'function', name: 'int (int)', size: 0 });
