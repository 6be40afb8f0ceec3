import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluate, type Location, localsOf } from '../../../sandbox/symbols/dwarf/expression.ts';
import { DebugInformation } from '../../../sandbox/symbols/dwarf/information.ts';
import { bytesOf } from '../../../sandbox/symbols/dwarf/operand.ts';
import { findSections } from '../../../sandbox/symbols/dwarf/sections.ts';
import { Unavailable } from '../../../sandbox/symbols/dwarf/unavailable.ts';
import type { ValueType } from '../../../sandbox/wasm/valueType.ts';
import { moduleBytes } from './fixtures.ts';
import { readModuleSections } from './moduleSections.ts';

/** Locals 0 to 4: -5, 2^40, 1.5, a half, one that is not tracked. */
const LOCALS: readonly (readonly [ValueType, number | bigint | undefined])[] = [
  ['i32', -5],
  ['i64', 1n << 40n],
  ['f32', 1.5],
  ['f64', 0.5],
  ['i32', undefined],
];
const FRAME_BASE = 0x1000;
const GLOBAL = 0x2000;

const VALUE = 0x9f;
const local = (index: number): number[] => [0xed, 0, index];

/** Operations, then the signed 64-bit number that they leave as a value. */
const VALUES: readonly (readonly [name: string, operations: readonly number[], value: bigint])[] = [
  ['lit31', [0x4f], 31n],
  ['const1u', [0x08, 0xff], 255n],
  ['const1s', [0x09, 0xff], -1n],
  ['const2s', [0x0b, 0xfe, 0xff], -2n],
  ['const4u', [0x0c, 0xff, 0xff, 0xff, 0xff], 0xffffffffn],
  ['const8s', [0x0f, 1, 0, 0, 0, 0, 0, 0, 0x80], -(2n ** 63n) + 1n],
  ['constu', [0x10, 0xe5, 0x8e, 0x26], 624485n],
  ['consts', [0x11, 0x80, 0x7f], -128n],
  ['a local', local(0), -5n],
  ['an i64 local', local(1), 1n << 40n],
  ['a local plus one', [...local(0), 0x23, 1], -4n],
  ['an i64 local plus one', [...local(1), 0x23, 1], (1n << 40n) + 1n],
  ['a local shifted right, signed', [...local(0), 0x31, 0x26], -3n],
  ['a local divided by -1', [...local(0), 0x11, 0x7f, 0x1b], 5n],
  ['and with a constant', [...local(0), 0x08, 0x0f, 0x1a], 11n],
  ['minus', [0x35, 0x37, 0x1c], -2n],
  ['over, swap, rot, drop', [0x31, 0x32, 0x33, 0x17, 0x13, 0x16, 0x14, 0x22, 0x22], 5n],
  ['pick', [0x31, 0x32, 0x33, 0x15, 2, 0x1e, 0x1e, 0x1e], 6n],
  ['less than, signed', [...local(0), 0x30, 0x2d], 1n],
  ['not equal', [0x31, 0x31, 0x2e], 0n],
  ['neg, abs, not', [0x31, 0x1f, 0x19, 0x20], -2n],
  ['a taken branch', [0x31, 0x28, 2, 0, 0x08, 9, 0x35], 5n],
  ['a skip', [0x34, 0x2f, 1, 0, 0x23], 4n],
  ['a load', [0x08, 8, 0x06], 0x0b0a0908n],
  ['a load of one byte', [0x08, 8, 0x94, 1], 8n],
];

for (const [name, operations, value] of VALUES) {
  test(`${name} is ${value}`, () => {
    const bytes = asBytes(run([...operations, VALUE]), 8);
    assert.equal(new DataView(bytes.buffer).getBigInt64(0, true), value);
  });
}

test('floats in locals keep their bits', () => {
  assert.equal(new DataView(asBytes(run([...local(2), VALUE]), 4).buffer).getFloat32(0, true), 1.5);
  assert.equal(new DataView(asBytes(run([...local(3), VALUE]), 8).buffer).getFloat64(0, true), 0.5);
});

test('addresses', () => {
  assert.deepEqual(run([0x91, 0x7c]), { kind: 'memory', address: FRAME_BASE - 4 });
  assert.deepEqual(run([0x03, 0x44, 0x33, 0x22, 0x11]), { kind: 'memory', address: 0x11223344 });
  assert.deepEqual(run(local(0)), { kind: 'memory', address: 0xfffffffb });
  assert.deepEqual(run([0xed, 3, 7, 0, 0, 0, 0x23, 4]), { kind: 'memory', address: GLOBAL + 7 + 4 });
});

test('pieces and implicit values', () => {
  const location = run([...local(0), VALUE, 0x93, 4, 0x9e, 2, 7, 8, 0x93, 2, 0x91, 0, 0x93, 1]);
  assert.ok(location.kind === 'pieces');
  assert.deepEqual(
    location.pieces.map(({ size, location: { kind } }) => `${size} ${kind}`),
    ['4 value', '2 bytes', '1 memory'],
  );
});

const UNAVAILABLE: readonly (readonly [reason: string, operations: readonly number[]])[] = [
  ['not in this frame', [...local(4), VALUE]],
  ['on the operand stack', [0xed, 2, 0, VALUE]],
  ['optimized out', [0xa3, 3, ...local(0), VALUE]],
  ['optimized out', [0x93, 4, ...local(0), VALUE, 0x93, 4]],
  ['optimized out', [0x03, 0xff, 0xff, 0xff, 0xff]],
  ['optimized out', []],
  ['its location expression does not end', [0x2f, 0xfd, 0xff]],
  ['its location expression is too deep', [0x31, 0x2f, 0xfc, 0xff]],
  ['its location expression divides by zero', [0x31, 0x30, 0x1b, VALUE]],
  ['its location uses operation 0x50', [0x50]],
];

for (const [reason, operations] of UNAVAILABLE) {
  test(`${operations.map((byte) => byte.toString(16)).join(' ') || 'nothing'} is unavailable: ${reason}`, () => {
    assert.throws(
      () => run(operations),
      (error) => error instanceof Unavailable && error.reason === reason,
    );
  });
}

test('the locals of an expression are found without running it', () => {
  assert.deepEqual(
    [...localsOf(Uint8Array.from([...local(3), VALUE, 0x93, 4, 0xed, 0, 0x81, 1, VALUE, 0x93, 4]))],
    [3, 129],
  );
});

function run(operations: readonly number[]): Location {
  const module = readModuleSections(moduleBytes('units'));
  const { units } = new DebugInformation(findSections((name) => module.customSection(name)));
  const [unit] = units;
  assert.ok(unit);
  return evaluate(Uint8Array.from(operations), {
    unit,
    frameBase: () => FRAME_BASE,
    localType: (index) => LOCALS[index]?.[0],
    frame: {
      functionIndex: 0,
      offset: 0,
      local: (index) => LOCALS[index]?.[1],
      global: (index) => GLOBAL + index,
      memory: {
        size: 1 << 16,
        read: (address, length) => Uint8Array.from({ length }, (_, index) => address + index),
      },
    },
  });
}

function asBytes(location: Location, size: number): Uint8Array<ArrayBuffer> {
  assert.ok(location.kind === 'value');
  return Uint8Array.from(bytesOf(location.operand, size, true));
}
