import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MissingMemory, type Type, type Value } from '../../sandbox/symbols/model.ts';
import { children, render } from '../../sandbox/symbols/render.ts';
import { scalarValue, unavailable, valueAt } from '../../sandbox/symbols/values.ts';
import { ByteMemory, unfetched } from './byteMemory.ts';
import {
  alias,
  array,
  base,
  bool,
  callback,
  char,
  color,
  double,
  float,
  int,
  longLong,
  mode,
  node,
  none,
  point,
  pointer,
  struct,
  unsigned,
} from './cTypes.ts';

const memory = new ByteMemory()
  .i32(100, -7, 9)
  .i32(200, 1, 208, 2, 216, 3, 0)
  .i32(300, ...Array.from({ length: 100 }, (_, index) => index))
  .text(1000, 'hello')
  .text(1100, 'é "quoted"\n')
  .text(2000, 'x'.repeat(300));
memory.bytes.set([0x80, 0x41, 0], 1200);
memory.bytes.set([0, 0, 0xc0, 0x3f, 0, 0, 0, 0, 0x61, 0, 0x62], 1600);
memory.bytes[1300] = 0b1011_0110;
// 3.0 as binary128: only its upper half is not zero.
memory.view.setBigUint64(1508, 0x4000_8000_0000_0000n, true);

const nested = struct('struct nested', 24, [
  { name: 'first', type: point, offset: 0 },
  { name: '', type: struct('', 8, [{ name: 'inside', type: int, offset: 0 }]), offset: 4 },
  { name: 'list', type: array(int, 3), offset: 8 },
]);
const derived = struct('Derived', 12, [
  { name: 'point', type: point, offset: 0, base: true },
  { name: 'z', type: int, offset: 8 },
]);
const flags = struct('struct flags', 1, [
  { name: 'low', type: unsigned, offset: 0, bits: { offset: 0, size: 3 } },
  { name: 'signed', type: int, offset: 0, bits: { offset: 3, size: 3 } },
  { name: 'top', type: unsigned, offset: 0, bits: { offset: 6, size: 2 } },
]);

const at = valueAt;
const of = scalarValue;

const texts: readonly (readonly [what: string, value: Value, text: string])[] = [
  ['int', at(int, 100), '-7'],
  ['unsigned', at(unsigned, 100), '4294967289'],
  ['long long', of(longLong, -(2n ** 63n)), '-9223372036854775808'],
  ['128 bits', of(base('unsigned __int128', 16, 'unsigned'), 2n ** 128n - 1n), String(2n ** 128n - 1n)],
  ['shortest float', of(float, 0.1), '0.1'],
  ['float that needs nine digits', of(float, 16777217 / 3), '5592405.5'],
  ['double', of(double, 0.1), '0.1'],
  ['infinity', of(double, -Infinity), '-inf'],
  ['not a number', of(float, NaN), 'nan'],
  ['negative zero', of(double, -0), '-0'],
  ['long double', at(base('long double', 16, 'float'), 1500), '3'],
  ['char', of(char, 97n), "'a' (97)"],
  ['negative char', of(char, -1n), "'\\xff' (-1)"],
  ['newline', of(char, 10n), "'\\n' (10)"],
  ['quote', of(char, 39n), "'\\'' (39)"],
  ['wide char', of(base('char32_t', 4, 'character'), 0x1f600n), "'😀' (128512)"],
  ['uint8_t is a number', of(alias('uint8_t', base('unsigned char', 1, 'character')), 97n), '97'],
  ['bool', of(bool, 1n), 'true'],
  ['bool with garbage', of(bool, 7n), 'true (7)'],
  ['pointer', of(pointer(int), 0x1234n), '0x1234'],
  ['null', of(pointer(int), 0n), '0x0'],
  ['text', of(pointer(char), 1000n), '0x3e8 "hello"'],
  ['text with escapes', of(pointer(char), 1100n), '0x44c "é \\"quoted\\"\\n"'],
  ['text that is not UTF-8', of(pointer(char), 1200n), '0x4b0 "\\x80A"'],
  ['long text', of(pointer(char), 2000n), `0x7d0 "${'x'.repeat(200)}"…`],
  ['text through a typedef', of(pointer(alias('const char', char)), 1000n), '0x3e8 "hello"'],
  ['text outside memory', of(pointer(char), 0xfffffff0n), '0xfffffff0 <0xfffffff0 is not readable>'],
  ['function', of(callback, 3n), '0x3 (compare)'],
  ['unknown function', of(callback, 4n), '0x4'],
  ['enumerator', of(color, 5n), 'GREEN'],
  ['no enumerator', of(color, 9n), '9'],
  ['flags', of(mode, 5n), 'READ | EXECUTE'],
  ['flags with an unknown bit', of(mode, 9n), '9'],
  ['no flag', of(mode, 0n), '0'],
  ['struct', at(point, 100), '{x = -7, y = 9}'],
  ['nested struct', at(nested, 300), '{first = {x = 0, y = 1}, inside = 1, list = {2, 3, 4}}'],
  ['base class', at(derived, 300), '{struct point = {x = 0, y = 1}, z = 2}'],
  ['bit-fields', at(flags, 1300), '{low = 6, signed = -2, top = 2}'],
  ['array', at(array(int, 3), 300), '{0, 1, 2}'],
  ['empty array', at(array(int, 0), 300), '{}'],
  ['array of unknown length', at(array(int, undefined), 300), '{…}'],
  ['char array', at(array(char, 16), 1000), '"hello"'],
  ['bytes', at(array(base('unsigned char', 1, 'character'), 8), 1600), '"\\0\\0\\xc0?"'],
  ['text before rubbish', at(array(char, 8), 1608), '"a"'],
  ['char array without an end', at(array(char, 3), 1000), '"hel"'],
  ['reference', of(pointer(int, 'reference'), 100n), '-7'],
  ['void', at(none, 100), 'void'],
  ['unavailable', unavailable(int, 'optimized out'), '<optimized out>'],
  ['outside memory', at(int, 0xffff_fff0), '<0xfffffff0 is not readable>'],
  ['half outside memory', at(int, 65534), '<0xfffe is not readable>'],
  ['struct outside memory', at(point, 65532), '{x = 0, y = <0x10000 is not readable>}'],
];

for (const [what, value, text] of texts) {
  test(`renders ${what}`, () => {
    const functionNameOf = (index: number) => (index === 3 ? 'compare' : undefined);
    assert.equal(render(value, memory, { functionNameOf }).text, text);
  });
}

test('floats show the fewest digits that read back as themselves', () => {
  fc.assert(
    fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (number) => {
      const { text } = render(of(float, number), memory);
      assert.equal(Math.fround(Number(text)), number);
      const digits = text
        .replace(/e.*$/, '')
        .replaceAll(/[-.]/g, '')
        .replaceAll(/^0+|0+$/g, '');
      assert.ok(digits.length <= 9, text);
    }),
  );
});

test('a cap never cuts a character in two', () => {
  const long = new ByteMemory().text(8, 'é'.repeat(150)).text(1001, `x${'é'.repeat(150)}`);
  assert.equal(render(of(pointer(char), 8n), long).text, `0x8 "${'é'.repeat(100)}"…`);
  assert.equal(render(of(pointer(char), 1001n), long).text, `0x3e9 "x${'é'.repeat(99)}"…`);
});

test('text up to the end of memory', () => {
  const end = new ByteMemory(64);
  end.bytes.fill(0x61, 60);
  assert.equal(render(of(pointer(char), 60n), end).text, '0x3c "aaaa"');
});

test('hexadecimal', () => {
  assert.equal(render(at(int, 104), memory, { hex: true }).text, '0x9');
  assert.equal(render(at(int, 100), memory, { hex: true }).text, '0xfffffff9');
  assert.equal(render(at(point, 100), memory, { hex: true }).text, '{x = 0xfffffff9, y = 0x9}');
});

test('summaries stay short, however much there is', () => {
  const { text, indexed } = render(at(array(int, 1_000_000_000), 300), memory);
  assert.match(text, /^\{0, 1, 2, .*…\}$/);
  assert.ok(text.length < 100, text);
  assert.equal(indexed, 1_000_000_000);
});

test('structs in structs are opened three deep', () => {
  let type: Type = int;
  for (let depth = 0; depth < 50; depth++) type = struct(`s${depth}`, 4, [{ name: 'm', type, offset: 0 }]);
  assert.equal(render(at(type, 104), memory).text, '{m = {m = {m = {m = {…}}}}}');
});

test('counts children and says where memory views open', () => {
  const { text: _, ...counted } = render(at(point, 100), memory);
  assert.deepEqual(counted, { type: 'struct point', named: 2, indexed: 0, address: 100 });
  assert.deepEqual(render(of(pointer(point), 100n), memory), {
    text: '0x64 {x = -7, y = 9}',
    type: 'struct point *',
    named: 2,
    indexed: 0,
    address: 100,
  });
  assert.equal(render(of(int, 5n), memory).address, undefined);
});

const childrenOf = (value: Value, range?: { start: number; count: number }) =>
  children(value, memory, range).map((child) => `${child.name}: ${render(child.value, memory).text}`);

test('children', () => {
  assert.deepEqual(childrenOf(at(nested, 300)), ['first: {x = 0, y = 1}', 'inside: 1', 'list: {2, 3, 4}']);
  assert.deepEqual(childrenOf(at(derived, 300)), ['struct point: {x = 0, y = 1}', 'z: 2']);
  assert.deepEqual(childrenOf(of(pointer(node), 200n)), ['value: 1', 'next: 0xd0 {value = 2, next = 0xd8}']);
  assert.deepEqual(childrenOf(of(pointer(int), 100n)), ['*: -7']);
  assert.deepEqual(childrenOf(of(pointer(none), 100n)), []);
  assert.deepEqual(childrenOf(of(pointer(int), 0n)), []);
  assert.deepEqual(childrenOf(of(callback, 3n)), []);
  assert.deepEqual(childrenOf(of(pointer(point, 'reference'), 100n)), ['x: -7', 'y: 9']);
  assert.deepEqual(childrenOf(unavailable(point, 'optimized out')), []);
});

test('arrays come page by page', () => {
  const numbers = at(array(int, 100), 300);
  assert.deepEqual(childrenOf(numbers, { start: 98, count: 10 }), ['[98]: 98', '[99]: 99']);
  assert.deepEqual(childrenOf(numbers, { start: 200, count: 10 }), []);
  const endless = at(array(int, 2 ** 31), 300);
  assert.deepEqual(childrenOf(endless, { start: 1e9, count: 1 }), ['[1000000000]: <0xee6b292c is not readable>']);
  assert.equal(children(endless, memory, { start: 0, count: Number.MAX_SAFE_INTEGER }).length, 10_000);
});

test('a linked list that is a circle ends where the user stops opening it', () => {
  const circle = new ByteMemory().i32(200, 1, 200);
  assert.equal(render(at(node, 200), circle).text, '{value = 1, next = 0xc8}');
});

test('missing memory gets out, of everything', () => {
  for (const value of [at(int, 0), at(point, 0), at(array(char, 4), 0), of(pointer(char), 8n)]) {
    assert.throws(() => render(value, unfetched), MissingMemory);
  }
});

test('types that contain themselves end', () => {
  const loop: Type = {
    kind: 'alias',
    name: 'loop',
    size: 4,
    get target() {
      return loop;
    },
  };
  assert.equal(render(at(loop, 100), memory).text, 'void');
  const own: Type = {
    ...pointer(int, 'reference'),
    get target() {
      return own;
    },
  };
  const circle = new ByteMemory().i32(200, 200);
  assert.equal(render(at(own, 200), circle).text, '<a reference to itself>');
  const struct: Type = {
    ...point,
    get members() {
      return [0, 4].map((offset) => ({ name: '', type: struct, offset }));
    },
  };
  assert.ok(render(at(struct, 200), circle).text.length < 1000);
});
