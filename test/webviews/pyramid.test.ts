/** The pyramid against the plain loop that it replaces. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Pyramid, type Range } from '../../extension/webviews/panel/pyramid.ts';

const range = (): Range => ({ min: 0, max: 0, sum: 0 });

test('any range of any series is what a loop finds', () => {
  const series = fc.array(fc.integer({ min: -1000, max: 1000 }), { maxLength: 600 });
  fc.assert(
    fc.property(series, fc.nat(650), fc.nat(650), (values, a, b) => {
      const pyramid = new Pyramid(1);
      for (const value of values) pyramid.push(value);
      const [from, to] = [Math.min(a, b), Math.max(a, b)];
      assert.deepEqual(pyramid.range(from, to, range()), loop(values, from, to));
    }),
    { numRuns: 300 },
  );
});

test('appending keeps what was there, at every length across the levels', () => {
  const pyramid = new Pyramid(1);
  const values: number[] = [];
  for (let index = 0; index < 1100; index++) {
    const value = (index * 7919) % 1013;
    values.push(value);
    pyramid.push(value);
    if (index % 13 === 0) assert.deepEqual(pyramid.range(0, index + 1, range()), loop(values, 0, index + 1));
  }
});

test('an empty range has no extremes', () => {
  const pyramid = new Pyramid();
  pyramid.push(3);
  assert.deepEqual(pyramid.range(1, 1, range()), { min: Infinity, max: -Infinity, sum: 0 });
  assert.deepEqual(pyramid.range(5, 9, range()), { min: Infinity, max: -Infinity, sum: 0 });
});

test('a million values: the columns of a screen are found in a few steps each', () => {
  const pyramid = new Pyramid();
  for (let index = 0; index < 1_000_000; index++) pyramid.push(index % 1000);
  assert.equal(pyramid.length, 1_000_000);
  assert.deepEqual(pyramid.range(0, 1_000_000, range()), { min: 0, max: 999, sum: 499_500_000 });
  // Four tracks of 500 columns, sixty times: a second of drawing. The loop would touch 240 million values.
  const columns = 500 * 4 * 60;
  const into = range();
  const begin = performance.now();
  for (let column = 0; column < columns; column++) {
    const from = Math.floor(((column % 500) / 500) * 1_000_000);
    pyramid.range(from, from + 2000, into);
  }
  const second = performance.now() - begin;
  assert.ok(second < 1000, `a second of drawing took ${second.toFixed(0)} ms`);
});

function loop(values: readonly number[], from: number, to: number): Range {
  const found = { min: Infinity, max: -Infinity, sum: 0 };
  for (const value of values.slice(from, to)) {
    found.min = Math.min(found.min, value);
    found.max = Math.max(found.max, value);
    found.sum += value;
  }
  return found;
}
