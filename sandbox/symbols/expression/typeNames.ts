/**
 * Types that every guest of a language has, whether or not its debug information mentions them: for casts, `sizeof` and
 * the results of operators. Sizes are those of wasm32.
 */
import type { BaseType, Syntax, Type } from '../model.ts';

type Encoding = BaseType['encoding'];

/** Words that make a C type only together. */
export const typeWords: ReadonlySet<string> = new Set(
  'const volatile struct union enum class unsigned signed long short int char float double void bool _Bool'.split(' '),
);

export function baseType(name: string, size: number, encoding: Encoding): BaseType {
  return { kind: 'base', name, size, encoding };
}

/** The language's own type of that name, its words in any order C allows. */
export function builtinType(name: string, syntax: Syntax): Type | undefined {
  return fixedSize.get(name) ?? (syntax === 'c' ? cType(name) : undefined);
}

/** Name without the words that say nothing about layout. */
export function bareName(name: string): string {
  return name
    .replaceAll(/\b(?:const|volatile|struct|union|enum|class)\b/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/** The language's name for an integer or a floating-point number of a size. */
export function arithmeticType(syntax: Syntax, encoding: 'signed' | 'unsigned' | 'float', size: number): BaseType {
  if (syntax === 'c') {
    const names = cNames[encoding];
    return baseType(names[size] ?? (encoding === 'unsigned' ? 'unsigned __int128' : '__int128'), size, encoding);
  }
  const letter = encoding === 'float' ? 'f' : encoding === 'unsigned' ? 'u' : 'i';
  return baseType(`${letter}${size * 8}`, size, encoding);
}

const cNames: Readonly<Record<'signed' | 'unsigned' | 'float', Readonly<Record<number, string>>>> = {
  signed: { 4: 'int', 8: 'long long' },
  unsigned: { 4: 'unsigned int', 8: 'unsigned long long' },
  float: { 4: 'float', 8: 'double', 16: 'long double' },
};

const fixedSize: ReadonlyMap<string, BaseType> = new Map(
  [
    baseType('i8', 1, 'signed'),
    baseType('u8', 1, 'unsigned'),
    baseType('i16', 2, 'signed'),
    baseType('u16', 2, 'unsigned'),
    baseType('i32', 4, 'signed'),
    baseType('u32', 4, 'unsigned'),
    baseType('i64', 8, 'signed'),
    baseType('u64', 8, 'unsigned'),
    baseType('isize', 4, 'signed'),
    baseType('usize', 4, 'unsigned'),
    baseType('f32', 4, 'float'),
    baseType('f64', 8, 'float'),
    baseType('bool', 1, 'boolean'),
    baseType('void', 0, 'void'),
  ].map((type) => [type.name, type]),
);

const otherCTypes: ReadonlyMap<string, BaseType> = new Map(
  (
    [
      ['_Bool', 1, 'boolean'],
      ['float', 4, 'float'],
      ['double', 8, 'float'],
      ['size_t', 4, 'unsigned'],
      ['ssize_t', 4, 'signed'],
      ['ptrdiff_t', 4, 'signed'],
      ['intptr_t', 4, 'signed'],
      ['uintptr_t', 4, 'unsigned'],
      ['int8_t', 1, 'signed'],
      ['uint8_t', 1, 'unsigned'],
      ['int16_t', 2, 'signed'],
      ['uint16_t', 2, 'unsigned'],
      ['int32_t', 4, 'signed'],
      ['uint32_t', 4, 'unsigned'],
      ['int64_t', 8, 'signed'],
      ['uint64_t', 8, 'unsigned'],
    ] as const
  ).map(([name, size, encoding]) => [name, baseType(name, size, encoding)]),
);

function cType(name: string): BaseType | undefined {
  const known = otherCTypes.get(name);
  if (known) return known;
  const words = name.split(' ').toSorted();
  const count = (word: string) => words.filter((other) => other === word).length;
  const integral = words.every((word) => ['unsigned', 'signed', 'long', 'short', 'int', 'char'].includes(word));
  if (!integral || words.length === 0) return name === 'long double' ? baseType(name, 16, 'float') : undefined;
  const unsigned = count('unsigned') > 0;
  if (count('char')) return baseType(unsigned ? 'unsigned char' : name, 1, 'character');
  const plain = count('short') ? 'short' : ['int', 'long', 'long long'][count('long')];
  if (plain === undefined) return undefined;
  const size = plain === 'short' ? 2 : plain === 'long long' ? 8 : 4;
  return baseType(unsigned ? `unsigned ${plain}` : plain, size, unsigned ? 'unsigned' : 'signed');
}
