import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MemoryCache } from '../../sandbox/debugger/memoryCache.ts';
import { OutOfBounds } from '../../sandbox/symbols/model.ts';

const SIZE = 3 * 4096 + 100;
const bytes = Uint8Array.from({ length: SIZE }, (_, index) => (index * 7) ^ (index >> 8));

function cache(): { memory: MemoryCache; fetched: () => number } {
  let fetched = 0;
  const memory = new MemoryCache(SIZE, async (address, length) => {
    fetched++;
    return bytes.slice(address, address + length);
  });
  return { memory, fetched: () => fetched };
}

test('any read within memory gives its bytes, whatever was read before', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.nat(SIZE), fc.nat(9000)), { maxLength: 12 }), async (reads) => {
      const { memory } = cache();
      for (const [address, wanted] of reads) {
        const length = Math.min(wanted, SIZE - address);
        const found = await memory.answer(() => memory.read(address, length).slice());
        assert.deepEqual(found, bytes.slice(address, address + length));
      }
    }),
  );
});

test('a page is fetched once', async () => {
  const { memory, fetched } = cache();
  for (let round = 0; round < 3; round++) await memory.answer(() => [memory.read(10, 4), memory.read(5000, 4)]);
  assert.equal(fetched(), 2);
});

test('reads past the end are refused, also with absurd lengths', async () => {
  const { memory } = cache();
  for (const [address, length] of [
    [SIZE, 1],
    [0, SIZE + 1],
    [-1, 4],
    [0, Number.POSITIVE_INFINITY],
    [Number.NaN, 1],
  ] as const) {
    await assert.rejects(
      memory.answer(() => memory.read(address, length)),
      OutOfBounds,
    );
  }
});
