import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { EvaluationError, type EvaluationScope, evaluate, truth } from '../../sandbox/symbols/evaluate.ts';
import { MissingMemory, type Syntax, type Type, type Value } from '../../sandbox/symbols/model.ts';
import { render } from '../../sandbox/symbols/render.ts';
import { scalarOf, scalarValue, unavailable, valueAt } from '../../sandbox/symbols/values.ts';
import { ByteMemory, unfetched } from './byteMemory.ts';
import * as c from './cTypes.ts';

const memory = new ByteMemory()
  .i32(100, -7, 9)
  .i32(200, 1, 208, 2, 216, 3, 0)
  .i32(300, 10, 20, 30, 40)
  .i32(400, 100)
  .i32(600, 304)
  .text(1000, 'hello')
  .text(1100, '');
memory.bytes[1300] = 0b1011_0110;

const derived = c.struct('Derived', 12, [
  { name: 'point', type: c.point, offset: 0, base: true },
  { name: 'z', type: c.int, offset: 8 },
]);
const flags = c.struct('flags', 1, [
  { name: 'low', type: c.unsigned, offset: 0, bits: { offset: 0, size: 3 } },
  { name: 'signed', type: c.int, offset: 0, bits: { offset: 3, size: 3 } },
]);

const variables: Readonly<Record<string, Value>> = {
  point: valueAt(c.point, 100),
  p: scalarValue(c.pointer(c.point), 100n),
  list: valueAt(c.node, 200),
  numbers: valueAt(c.array(c.int, 4), 300),
  q: scalarValue(c.pointer(c.int), 304n),
  pp: scalarValue(c.pointer(c.pointer(c.point)), 400n),
  reference: scalarValue(c.pointer(c.point, 'reference'), 100n),
  text: scalarValue(c.pointer(c.char), 1000n),
  letters: valueAt(c.array(c.char, 8), 1000),
  empty: scalarValue(c.pointer(c.char), 1100n),
  derived: valueAt(derived, 300),
  flags: valueAt(flags, 1300),
  byte: scalarValue(c.base('unsigned char', 1, 'character'), 200n),
  small: scalarValue(c.base('short', 2, 'signed'), -1n),
  i: scalarValue(c.int, 42n),
  u: scalarValue(c.unsigned, 1n),
  big: scalarValue(c.longLong, 1n << 40n),
  f: scalarValue(c.float, 0.5),
  d: scalarValue(c.double, 0.1),
  colour: scalarValue(c.color, 5n),
  vp: scalarValue(c.pointer(c.none), 100n),
  fn: scalarValue(c.callback, 3n),
  gone: unavailable(c.int, 'optimized out'),
  lost: valueAt(c.int, 0xffff_fff0),
  size_t: scalarValue(c.int, 1n),
  zero: valueAt(c.int, 500),
  number: scalarValue(c.pointer(c.int, 'reference'), 304n),
  pointerReference: scalarValue(c.pointer(c.pointer(c.int), 'reference'), 600n),
  arrayReference: scalarValue(c.pointer(c.array(c.int, 4), 'reference'), 300n),
  zeroReference: scalarValue(c.pointer(c.int, 'reference'), 500n),
};
const types: Readonly<Record<string, Type>> = {
  point: c.point,
  color: c.color,
  node: c.node,
  word: c.alias('word', c.unsigned),
};

const scope = (syntax: Syntax = 'c'): EvaluationScope => ({
  syntax,
  memory,
  lookup: (name) => (Object.hasOwn(variables, name) ? variables[name] : undefined),
  names: () => Object.keys(variables),
  typeNamed: (name) => (Object.hasOwn(types, name) ? types[name] : undefined),
});

function shown(expression: string, syntax?: Syntax): string {
  const { text, type } = render(evaluate(expression, scope(syntax)), memory);
  return `(${type}) ${text}`;
}

const results: Readonly<Record<string, string>> = {
  i: '(int) 42',
  'point.x': '(int) -7',
  'p->y': '(int) 9',
  'p.y': '(int) 9',
  '(*p).x': '(int) -7',
  '(**pp).y': '(int) 9',
  '(*pp)->y': '(int) 9',
  'reference.x': '(int) -7',
  'number + 1': '(int) 21',
  '(char)number': "(char) '\\x14' (20)",
  '&number': '(int *) 0x130',
  'sizeof reference': '(size_t) 8',
  '*pointerReference': '(int) 20',
  'pointerReference[1]': '(int) 30',
  'pointerReference == q': '(bool) true',
  'arrayReference[3]': '(int) 40',
  'numbers[number - 19]': '(int) 20',
  'list.next->next->value': '(int) 3',
  'derived.x + derived.z': '(int) 40',
  'flags.low': '(unsigned int) 6',
  'flags.signed - 1': '(int) -3',
  'numbers[2]': '(int) 30',
  '2[numbers]': '!A value of type int has no elements.',
  'numbers[1] * 2 + numbers[i - 42]': '(int) 50',
  '*numbers': '(int) 10',
  '*(numbers + 3)': '(int) 40',
  'q[1]': '(int) 30',
  'q[-1]': '(int) 10',
  'q - numbers': '(int) 1',
  '&numbers[3] - q': '(int) 2',
  'q > numbers': '(bool) true',
  'q == &numbers[1]': '(bool) true',
  'p == 100': '(bool) true',
  'p == 0': '(bool) false',
  'vp + 1': '(void *) 0x65',
  'p + 1': '(struct point *) 0x6c {x = 0, y = 0}',
  '&point': '(struct point *) 0x64 {x = -7, y = 9}',
  '&p->y': '(int *) 0x68',
  '&*p': '(struct point *) 0x64 {x = -7, y = 9}',
  '*&i': '!i is not in memory, so it has no address.',
  '&flags.low': '!flags.low is a bit-field, so it has no address.',
  '!p': '(bool) false',
  'p && *text': '(bool) true',
  '0 && 1 / 0': '(bool) false',
  '1 || lost': '(bool) true',
  '1 / 0': '!Division by zero.',
  '5 % 0': '!Division by zero.',
  '-7 / 2': '(int) -3',
  '-7 % 2': '(int) -1',
  '7 & 3 | 8 ^ 1': '(int) 11',
  '1 + 2 * 3 - 4 / 2': '(int) 5',
  '(1 + 2) * 3': '(int) 9',
  '2 - 1 - 1': '(int) 0',
  '1 < 2 == 1': '(bool) true',
  '1 ? 2 : 3 ? 4 : 5': '(int) 2',
  '0 ? 2 : 0 ? 4 : 5': '(int) 5',
  '~0': '(int) -1',
  '-(-3)': '(int) 3',
  '+byte': '(int) 200',
  'byte + byte': '(int) 400',
  'small + 0u': '(unsigned int) 4294967295',
  'u - 2': '(unsigned int) 4294967295',
  '-1 < u': '(bool) false',
  '-1 < big': '(bool) true',
  'big + 1': '(long long) 1099511627777',
  '2147483647 + 1': '(int) -2147483648',
  '2147483648': '(long long) 2147483648',
  '0x80000000': '(unsigned int) 2147483648',
  '0xffffffffffffffff': '(unsigned long long) 18446744073709551615',
  '18446744073709551616': '!18446744073709551616 does not fit 64 bits.',
  '1ull << 40': '(unsigned long long) 1099511627776',
  '1 << 31': '(int) -2147483648',
  '1 << 33': '(int) 2',
  '-8 >> 1': '(int) -4',
  '017': '(int) 15',
  '0b101': '(int) 5',
  '019': '!019 is not an octal number.',
  '1e3': '(double) 1000',
  '.5f': '(float) 0.5',
  '1.f + f': '(float) 1.5',
  'f + d': '(double) 0.6',
  '1 / 2.': '(double) 0.5',
  '1.0 % 2': '!% does not work on a floating-point number and a whole number.',
  "'a'": "(char) 'a' (97)",
  "'\\n' + 0": '(int) 10',
  "'\\x41' == 65": '(bool) true',
  "text[1] == 'e'": '(bool) true',
  'text == "hello"': '(bool) true',
  'letters != "hello"': '(bool) false',
  '"x" == text': '(bool) false',
  '"abc"': '(char[4]) "abc"',
  'colour == 5': '(bool) true',
  'colour == color::GREEN': '(bool) true',
  'color::BLUE + 0': '(unsigned int) 6',
  '(char)97': "(char) 'a' (97)",
  '(unsigned char)300 + 0': '(int) 44',
  '(int)3.99': '(int) 3',
  '(int)-3.99': '(int) -3',
  '(float)1 / 3': '(float) 0.33333334',
  '(unsigned long long)-1': '(unsigned long long) 18446744073709551615',
  '(long unsigned int)-1': '(unsigned long) 4294967295',
  '(_Bool)7': '(_Bool) true',
  '(struct point *)300': '(struct point *) 0x12c {x = 10, y = 20}',
  '((struct point *)300)->y': '(int) 20',
  '*(int *)100': '(int) -7',
  '*(const unsigned char * const)100': "(unsigned char) '\\xf9' (249)",
  '(word)-1': '(word) 4294967295',
  '(color)5': '(enum color) GREEN',
  '(struct point)i': '!A value cannot be cast to struct point; cast a pointer to it.',
  '(struct nothing)i': '!There is no type struct nothing here.',
  '(i) + 1': '(int) 43',
  '(size_t) + 1': '(int) 2',
  'sizeof(int)': '(size_t) 4',
  'sizeof(struct point)': '(size_t) 8',
  'sizeof point': '(size_t) 8',
  'sizeof numbers / sizeof *numbers': '(unsigned int) 4',
  'sizeof(char *)': '(size_t) 4',
  nullptr: '(void *) 0x0',
  'p != nullptr': '(bool) true',
  true: '(bool) true',
  gone: '(int) <optimized out>',
  'gone + 1': '!gone cannot be evaluated: optimized out.',
  'lost + 1': '!lost cannot be evaluated: 0xfffffff0 is not readable.',
  '*vp': '!A void * points at nothing that has a value. Cast it first.',
  '*i': '!A value of type int is not a pointer.',
  'i.x': '!A value of type int has no members.',
  'i[0]': '!A value of type int has no elements.',
  'point + 1': '!A value of type struct point is not a number.',
  'numbers[d]': '!An index must be a whole number.',
  'p * 2': '!* does not work on a pointer and a whole number.',
  '~f': '!~ does not work on a floating-point number.',
  pont: '!There is no pont here. Did you mean point?',
  unheardOf: '!There is no unheardOf here.',
  'list.valeu': '!struct node has no member valeu. Did you mean value?',
  'i = 3': '!Assignment is not available yet: an expression can only look.',
  'i += 3': '!Assignment is not available yet: an expression can only look.',
  'i++': '!Assignment is not available yet: an expression can only look.',
  'fn(3)': '!Calls are not available yet: an expression can only look.',
  '': '!The expression is empty.',
  '  ': '!The expression is empty.',
  '1 +': '!The expression ends where a value should be.',
  '(1': '!The expression ends where ) should be.',
  'numbers[1': '!The expression ends where ] should be.',
  'i i': '!There is i where it makes no sense.',
  ')': '!There is ) where a value should be.',
  'i.': '!The expression ends where the name of a member should be.',
  '"abc': '!The text has no closing quote.',
  "'ab'": "!'ab' is not a single character. Write text between double quotes.",
  'i # 1': '!# cannot stand in an expression.',
  'i ` 1': '!The text has no closing quote.',
  '*q@3': '(int[3]) {20, 30, 40}',
  '(*q@3)[2] + 1': '(int) 41',
  'i@2': '!What is left of @ must be in memory: write *pointer@count.',
  '*q@0': '!The number after @ must be from 1 to 1000000.',
};

describe('C expressions', () => {
  for (const [expression, result] of Object.entries(results)) {
    test(expression || '(nothing)', () => {
      if (result.startsWith('!')) assert.equal(messageOf(expression), result.slice(1));
      else assert.equal(shown(expression), result);
    });
  }
});

function messageOf(expression: string, syntax?: Syntax): string {
  try {
    return `no error but ${shown(expression, syntax)}`;
  } catch (error) {
    assert.ok(error instanceof EvaluationError, String(error));
    assert.ok(error.position >= 0 && error.position <= expression.length);
    return error.message;
  }
}

test('says where in the expression it went wrong', () => {
  const position = (expression: string) => {
    try {
      evaluate(expression, scope());
    } catch (error) {
      return error instanceof EvaluationError ? error.position : error;
    }
    return undefined;
  };
  assert.equal(position('i + unheardOf'), 4);
  assert.equal(position('i = 3'), 2);
  assert.equal(position('i + 1 / 0'), 6);
  assert.equal(position('point.z'), 5);
});

test('AssemblyScript syntax', () => {
  assert.equal(shown('i === 42', 'assemblyscript'), '(bool) true');
  assert.equal(shown('i !== 42', 'assemblyscript'), '(bool) false');
  assert.equal(shown('-1 >>> 28', 'assemblyscript'), '(u32) 15');
  assert.equal(shown('<u8>300', 'assemblyscript'), '(u8) 44');
  assert.equal(shown('300 as u8', 'assemblyscript'), '(u8) 44');
  assert.equal(shown('u8(300) + 1', 'assemblyscript'), '(i32) 45');
  assert.equal(shown('5.5 % 2', 'assemblyscript'), '(f64) 1.5');
  assert.equal(shown('\'it\' == "it"', 'assemblyscript'), '(bool) true');
  assert.equal(shown('null', 'assemblyscript'), '(null) null');
  assert.equal(shown('NaN == NaN', 'assemblyscript'), '(bool) false');
});

test('names of the text format', () => {
  const locals: Readonly<Record<string, Value>> = {
    $a: scalarValue(c.int, 6n),
    '$a-b': scalarValue(c.int, 7n),
    $0: scalarValue(c.int, 8n),
  };
  const text: EvaluationScope = { ...scope('wat'), lookup: (name) => locals[name], names: () => Object.keys(locals) };
  const value = (expression: string) => render(evaluate(expression, text), memory).text;
  assert.equal(value('$a * 2'), '12');
  assert.equal(value('$a-b'), '7');
  assert.equal(value('$a-1'), '5');
  assert.equal(value('$0+$a'), '14');
  assert.equal(value('*(i32*)100'), '-7');
});

test('methods see the members of this', () => {
  const method: EvaluationScope = {
    ...scope(),
    lookup: (name) => (name === 'this' ? scalarValue(c.pointer(c.point), 100n) : undefined),
  };
  assert.equal(render(evaluate('x + this->y', method), memory).text, '2');
});

test('members of tuples have numbers', () => {
  const pair = c.struct('(i32, (i32, i32))', 8, [
    { name: '__0', type: c.int, offset: 0 },
    { name: '__1', type: c.struct('(i32)', 4, [{ name: '__0', type: c.int, offset: 0 }]), offset: 4 },
  ]);
  const tuple: EvaluationScope = { ...scope(), lookup: (name) => (name === 't' ? valueAt(pair, 300) : undefined) };
  assert.equal(render(evaluate('t.0 + t.1.0', tuple), memory).text, '30');
});

test('truth', () => {
  const holds = (expression: string, syntax?: Syntax) => truth(evaluate(expression, scope(syntax)), memory);
  for (const yes of ['1', '-1', '0.5', 'p', 'text', 'i == 42', 'numbers', "'a'", 'empty', 'big'])
    assert.ok(holds(yes), yes);
  for (const no of ['0', '0.0', 'nullptr', 'i == 41', '!p', 'zero', 'zeroReference', '*empty'])
    assert.ok(!holds(no), no);
  assert.throws(() => holds('point'), EvaluationError);
  assert.throws(() => holds('gone'), EvaluationError);
  assert.ok(!holds('""', 'assemblyscript'));
});

test('missing memory gets out', () => {
  const lazy = { ...scope(), memory: unfetched };
  for (const expression of ['point.x + 1', '*q', 'text == "a"', '!numbers[0]', 'list.next->value']) {
    assert.throws(() => scalarOf(evaluate(expression, lazy), unfetched), MissingMemory, expression);
  }
});

test('nothing a user types hangs or gets out as another error', () => {
  const pieces = [
    '(',
    ')',
    '[',
    ']',
    '*',
    '&',
    '-',
    '!',
    '~',
    '+',
    '.',
    '->',
    '?',
    ':',
    'i',
    'p',
    'list',
    '1',
    '0x',
    "'",
    '"',
    'sizeof',
    '(int)',
    '<',
    ' ',
    '==',
    '=',
    '@',
    '::',
    '\\',
    '\0',
    '💥',
  ];
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 3 })), { maxLength: 30 }),
      (parts) => {
        for (const syntax of ['c', 'assemblyscript', 'wat'] as const) {
          try {
            render(evaluate(parts.join(''), scope(syntax)), memory);
          } catch (error) {
            assert.ok(error instanceof EvaluationError, `${parts.join('')}: ${error}`);
          }
        }
      },
    ),
    { numRuns: 2000 },
  );
});

test('deep and long expressions are refused, not crashed on', () => {
  for (const expression of ['('.repeat(5000), '-'.repeat(3000) + 1, '('.repeat(1900) + 1 + ')'.repeat(1900)]) {
    assert.throws(() => evaluate(expression, scope()), EvaluationError);
  }
  assert.equal(shown(Array.from({ length: 1500 }, () => '1').join('+')), '(int) 1500');
  assert.throws(() => evaluate('1+'.repeat(3000), scope()), EvaluationError);
});

/** An integer of one of C's types. */
interface Sample {
  readonly type: 'int' | 'unsigned int' | 'long long' | 'unsigned long long';
  readonly value: bigint;
}

const widths = { int: 32, 'unsigned int': 32, 'long long': 64, 'unsigned long long': 64 } as const;
const wrap = (type: Sample['type'], value: bigint) =>
  type.startsWith('unsigned') ? BigInt.asUintN(widths[type], value) : BigInt.asIntN(widths[type], value);

const sample: fc.Arbitrary<Sample> = fc
  .tuple(
    fc.constantFrom<Sample['type'][]>('int', 'unsigned int', 'long long', 'unsigned long long'),
    fc.oneof(fc.bigInt(-(2n ** 64n), 2n ** 64n), fc.bigInt(-4n, 4n)),
  )
  .map(([type, value]) => ({ type, value: wrap(type, value) }));

/** C17 §6.3.1.8, written down as a table rather than as a rule. */
const ranks: readonly Sample['type'][] = ['int', 'unsigned int', 'long long', 'unsigned long long'];
const commonType = (a: Sample, b: Sample) => ranks[Math.max(ranks.indexOf(a.type), ranks.indexOf(b.type))] ?? 'int';

const arithmetic: Readonly<Record<string, (a: bigint, b: bigint) => bigint>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
  '&': (a, b) => a & b,
  '|': (a, b) => a | b,
  '^': (a, b) => a ^ b,
  '<': (a, b) => (a < b ? 1n : 0n),
  '>=': (a, b) => (a >= b ? 1n : 0n),
  '==': (a, b) => (a === b ? 1n : 0n),
};

test('arithmetic agrees with big integers that are wrapped afterwards', () => {
  fc.assert(
    fc.property(sample, sample, fc.constantFrom(...Object.keys(arithmetic)), (a, b, operator) => {
      fc.pre(b.value !== 0n || !/[/%]/.test(operator));
      const type = commonType(a, b);
      const expected = wrap(type, arithmetic[operator]!(wrap(type, a.value), wrap(type, b.value)));
      assert.equal(computed(a, operator, b), expected);
    }),
    { numRuns: 2000 },
  );
});

test('shifts keep the type of their left operand', () => {
  fc.assert(
    fc.property(sample, fc.bigInt(0n, 63n), (a, count) => {
      const shift = count % BigInt(widths[a.type]);
      const by: Sample = { type: 'int', value: count };
      assert.equal(computed(a, '<<', by), wrap(a.type, a.value << shift));
      assert.equal(computed(a, '>>', by), wrap(a.type, a.value >> shift));
    }),
  );
});

function computed(a: Sample, operator: string, b: Sample): bigint {
  const lookup = (name: string) => {
    const { type, value } = name === 'a' ? a : b;
    return scalarValue(c.base(type, widths[type] / 8, type.startsWith('unsigned') ? 'unsigned' : 'signed'), value);
  };
  const result = scalarOf(evaluate(`a ${operator} b`, { ...scope(), lookup }), memory);
  assert.equal(typeof result, 'bigint');
  return result as bigint;
}
