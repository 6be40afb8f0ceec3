import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GuestUnderTest, type Settings } from './guestUnderTest.ts';

interface Layout {
  /** Where the stack begins. */
  readonly top: number;
  /** Address of the program's data. */
  readonly data: number;
  /** Name of the global. */
  readonly name?: string;
}

/** Functions of a C program: `deep` calls itself, `leaf` keeps its stack pointer to itself, `wild` follows a bad pointer. */
function program({ top, data, name = '$__stack_pointer' }: Layout, start: string): string {
  return `(module (memory 2) (data (i32.const ${data}) "data") (global ${name} (mut i32) (i32.const ${top}))
    (func $deep (local $fp i32)
      (local.set $fp (i32.sub (global.get 0) (i32.const 4096)))
      (global.set 0 (local.get $fp))
      (i32.store (local.get $fp) (i32.const 1))
      (call $deep))
    (func $leaf (local $fp i32)
      (local.set $fp (i32.sub (global.get 0) (i32.const 100000)))
      (i32.store (local.get $fp) (i32.const 1)))
    (func $wild (i32.store (i32.const 0x7ffffff0) (i32.const 1)))
    (func (export "_start") (call ${start})))`;
}

const STACK_FIRST: Layout = { top: 65536, data: 65536 };

async function trapOf(layout: Layout, start: string, settings: Settings = {}) {
  const end = await GuestUnderTest.end(program(layout, start), settings);
  assert.ok(end.kind === 'trapped', JSON.stringify(end).slice(0, 200));
  return { trap: end.trap, message: end.message };
}

describe('the stack that a C program keeps in its memory', { concurrency: true }, () => {
  it('is told to be full, with its size, when recursion leads below its end', async () => {
    const { trap, message } = await trapOf(STACK_FIRST, '$deep');
    assert.equal(trap, 'stack overflow');
    assert.match(message, /^memory access out of bounds: the 64 KB stack .* is full\. .*-Wl,-z,stack-size=1048576/);
  });

  it('and when one function wants more than is left', async () => {
    for (const sites of ['all', []] as const) {
      const { trap } = await trapOf(STACK_FIRST, '$leaf', { instrument: { sites } });
      assert.equal(trap, 'stack overflow');
    }
  });

  it('without its size where data lies below it', async () => {
    const { trap, message } = await trapOf({ top: 66000, data: 1024 }, '$deep');
    assert.equal(trap, 'stack overflow');
    assert.match(message, /out of bounds: the stack that/);
  });

  it('is not held responsible for a bad pointer, nor is a global of another name', async () => {
    const plain = { trap: 'out of bounds memory access', message: 'memory access out of bounds' };
    assert.deepEqual(await trapOf(STACK_FIRST, '$wild'), plain);
    assert.deepEqual(await trapOf({ ...STACK_FIRST, name: '$counter' }, '$deep'), plain);
  });
});
