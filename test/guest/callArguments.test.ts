import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { callArguments } from '../../sandbox/guest/worker/callArguments.ts';
import type { ValueType } from '../../sandbox/wasm/valueType.ts';

const GOOD: readonly (readonly [ValueType, number | string, number | bigint])[] = [
  ['i32', 5, 5],
  ['i32', '-2147483648', -2147483648],
  ['i32', '4294967295', -1],
  ['i32', '0xff', 255],
  ['i64', '9007199254740993', 9007199254740993n],
  ['i64', '0xffffffffffffffff', 0xffffffffffffffffn],
  ['i64', -1, -1n],
  ['f32', '0.5', 0.5],
  ['f64', 1e300, 1e300],
  ['f64', '-inf', Number.NEGATIVE_INFINITY],
  ['f64', 'nan', Number.NaN],
];

const BAD: readonly (readonly [ValueType, number | string, RegExp])[] = [
  ['i32', 1.5, /Argument 1 of f has to be an integer of 32 bits, not 1\.5/],
  ['i32', '4294967296', /integer of 32 bits/],
  ['i32', '', /integer of 32 bits/],
  ['i32', 'five', /not five/],
  ['i64', '18446744073709551616', /integer of 64 bits/],
  ['i64', 1e21, /integer of 64 bits/],
  ['f64', 'x', /has to be a number, not x/],
  ['f64', '', /has to be a number/],
  ['externref', 'x', /cannot be passed from outside/],
  ['v128', '1', /cannot be passed/],
];

describe('arguments of an export', () => {
  for (const [type, given, value] of GOOD)
    it(`${type} takes ${given}`, () => {
      assert.deepEqual(callArguments('f', [type], [given]), { kind: 'values', values: [value] });
    });

  for (const [type, given, message] of BAD)
    it(`${type} refuses ${JSON.stringify(given)}`, () => {
      const refused = callArguments('f', [type], [given]);
      assert.match(refused.kind === 'refused' ? refused.message : '', message);
    });

  it('have to be as many as the signature says', () => {
    assert.deepEqual(callArguments('add', ['i32', 'i64'], [1]), {
      kind: 'refused',
      message: 'add takes 2 arguments (i32, i64), but got 1.',
    });
  });
});
