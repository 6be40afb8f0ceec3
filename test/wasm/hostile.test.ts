/** Broken and hostile modules: a `WasmDecodeError` with its offset, and nothing else, whatever the bytes. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { instrument } from '../../sandbox/instrument/instrument.ts';
import { InstrumentError } from '../../sandbox/instrument/instrumentError.ts';
import { ByteReader } from '../../sandbox/wasm/byteReader.ts';
import { ByteWriter } from '../../sandbox/wasm/byteWriter.ts';
import { disassemble } from '../../sandbox/wasm/disassemble.ts';
import { readModule, WasmDecodeError } from '../../sandbox/wasm/module.ts';
import { readNames } from '../../sandbox/wasm/names.ts';
import { assemble } from '../instrument/harness.ts';

const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const sample = assemble(readFileSync(new URL('../fixtures/wasm/features.wat', import.meta.url), 'utf8'));

const broken: readonly (readonly [what: string, bytes: readonly number[], offset: number])[] = [
  ['nothing', [], 0],
  ['another magic', [0, 0x61, 0x73, 0x6e, 1, 0, 0, 0], 0],
  ['a component', [0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0], 4],
  ['a section longer than the file', [...header, 1, 5, 0], 11],
  ['a size of six bytes', [...header, 1, 0x80, 0x80, 0x80, 0x80, 0x80, 0], 9],
  ['a size beyond 32 bits', [...header, 1, 0xff, 0xff, 0xff, 0xff, 0x1f], 9],
  ['a billion types', [...header, 1, 6, 0x80, 0x94, 0xeb, 0xdc, 3, 0], 10],
  ['a section twice', [...header, 1, 1, 0, 1, 1, 0], 11],
  ['an unknown section', [...header, 0x40, 0], 8],
  ['functions without bodies', [...header, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0], 18],
  [
    'four billion locals',
    [...header, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 10, 10, 1, 8, 1, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x7f, 0x0b],
    22,
  ],
  ['bytes after the contents', [...header, 1, 2, 0, 0], 11],
  ['a name that is not UTF-8', [...header, 0, 2, 1, 0xff], 11],
];

for (const [what, bytes, offset] of broken) {
  test(`refuses ${what}`, () => {
    assert.throws(
      () => readModule(Uint8Array.from(bytes)),
      (error) => error instanceof WasmDecodeError && error.offset === offset,
      what,
    );
  });
}

test('every truncation is refused or read, never crashed on', () => {
  for (let length = 0; length < sample.length; length++) readAll(sample.subarray(0, length));
});

test('mutated modules', () => {
  const random = generator(20_260_101);
  let refused = 0;
  for (let round = 0; round < 4000; round++) {
    const bytes = sample.slice();
    for (let change = 0; change <= random(4); change++) bytes[8 + random(bytes.length - 8)] = random(256);
    if (!readAll(bytes)) refused++;
  }
  assert.ok(refused > 500, `${refused} refused`);
});

test('instrumenting what can be read gives a module or an error, never a crash', () => {
  const random = generator(7);
  for (let round = 0; round < 400; round++) {
    const bytes = sample.slice();
    bytes[8 + random(bytes.length - 8)] = random(256);
    try {
      instrument(bytes, { sites: 'all', clock: 'exact', checks: true, depth: true, maxCallDepth: 100 });
    } catch (error) {
      assert.ok(error instanceof WasmDecodeError || error instanceof InstrumentError, String(error));
    }
  }
});

test('names are one line that has an end, and there are none of what does not exist', () => {
  const text = (name: string) => [...new ByteWriter().name(name).written()];
  const entry = (index: number, name: string) => [index, ...text(name)];
  const names = [3, ...entry(0, '\u001b[31mred\n'), ...entry(1, 'x'.repeat(5000)), ...entry(2, 'nobody')];
  const subsection = new ByteWriter().u8(1).unsigned(names.length).raw(names).written();
  const contents = new ByteWriter().name('name').raw(subsection).written();
  const functions = [...[1, 4, 1, 0x60, 0, 0, 3, 3, 2, 0, 0], ...[10, 7, 2, 2, 0, 0x0b, 2, 0, 0x0b]];
  const bytes = new ByteWriter()
    .raw([...header, ...functions, 0])
    .unsigned(contents.length)
    .raw(contents)
    .written();
  const read = readNames(readModule(bytes));
  assert.equal(read.function(0), '\\u001b[31mred\\u000a');
  assert.equal(read.function(1)?.length, 1001);
  assert.equal(read.function(2), undefined);
});

test('more than V8 takes is refused with both numbers', () => {
  const params = new ByteWriter().raw([1, 0x60]).unsigned(1001).raw(new Uint8Array(1001).fill(0x7f)).u8(0).written();
  const bytes = new ByteWriter()
    .raw([...header, 1])
    .unsigned(params.length)
    .raw(params)
    .written();
  assert.throws(() => readModule(bytes), { message: /1001 parameters, more than the 1000 that can run at offset 0xd/ });
  assert.ok(!WebAssembly.validate(bytes as BufferSource));
});

test('integers in LEB128 survive the round trip', () => {
  const values = [0, 1, 63, 64, 127, 128, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];
  for (const value of values) {
    assert.equal(new ByteReader(new ByteWriter().unsigned(value).written()).u32(), value);
    for (const signed of [value, 0 - value, -value - 1]) {
      if (signed >= -(2 ** 31) && signed < 2 ** 31) {
        assert.equal(new ByteReader(new ByteWriter().signed(signed).written()).s32(), signed);
      }
      assert.equal(new ByteReader(new ByteWriter().signed(signed).written()).s33(), signed);
      assert.equal(new ByteReader(new ByteWriter().signed(signed).written()).s64(), BigInt(signed));
    }
  }
  for (const value of [2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n, -1n]) {
    assert.equal(new ByteReader(new ByteWriter().signed(value).written()).s64(), value);
  }
});

/** True when all of it could be decoded. */
function readAll(bytes: Uint8Array): boolean {
  try {
    const module = readModule(bytes);
    for (const { index } of module.functions) disassemble(module, index);
    return true;
  } catch (error) {
    assert.ok(error instanceof WasmDecodeError, error instanceof Error ? error.stack : String(error));
    assert.ok(error.offset >= 0 && error.offset <= bytes.length);
    return false;
  }
}

/** Xorshift: the same numbers in every run. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
