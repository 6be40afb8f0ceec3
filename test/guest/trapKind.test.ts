import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TrapKind } from '../../sandbox/guest/protocol.ts';
import { trapOf } from '../../sandbox/guest/worker/trapKind.ts';
import { fromText } from './guestUnderTest.ts';

const TABLE: readonly (readonly [TrapKind, string])[] = [
  ['unreachable', '(func (export "f") unreachable)'],
  ['integer divide by zero', '(func (export "f") (drop (i32.div_s (i32.const 1) (i32.const 0))))'],
  ['integer divide by zero', '(func (export "f") (drop (i64.rem_u (i64.const 1) (i64.const 0))))'],
  ['integer overflow', '(func (export "f") (drop (i32.div_s (i32.const 0x80000000) (i32.const -1))))'],
  ['invalid conversion to integer', '(func (export "f") (drop (i32.trunc_f64_s (f64.const nan))))'],
  ['out of bounds memory access', '(memory 1) (func (export "f") (drop (i32.load (i32.const -8))))'],
  [
    'out of bounds memory access',
    '(memory 1) (func (export "f") (memory.fill (i32.const -8) (i32.const 0) (i32.const 9)))',
  ],
  ['out of bounds table access', '(table 1 funcref) (func (export "f") (call_indirect (i32.const 5)))'],
  ['out of bounds table access', '(table 1 funcref) (func (export "f") (drop (table.get 0 (i32.const 5))))'],
  // V8 has one message for this and the next: see the table in trapKind.ts.
  ['indirect call type mismatch', '(table 1 funcref) (func (export "f") (call_indirect (i32.const 0)))'],
  [
    'indirect call type mismatch',
    '(table 1 funcref) (elem (i32.const 0) $g) (func $g) (func (export "f") (call_indirect (param i32) (i32.const 1) (i32.const 0)))',
  ],
  ['stack overflow', '(func $f (export "f") call $f)'],
  ['uncaught exception', '(tag $e) (func (export "f") throw $e)'],
];

describe('traps are told apart', () => {
  for (const [kind, body] of TABLE)
    it(`${kind}: ${body}`, () => {
      const instance = new WebAssembly.Instance(new WebAssembly.Module(fromText(`(module ${body})`)));
      assert.equal(trapOf(thrownBy(instance.exports.f as () => void))?.kind, kind);
    });

  it('an error of the host is none', () => {
    assert.equal(trapOf(new TypeError('undefined is not a function')), undefined);
  });
});

function thrownBy(call: () => void): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
