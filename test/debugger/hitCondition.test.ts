import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hitCounts } from '../../sandbox/debugger/hitCondition.ts';

const TABLE: readonly (readonly [condition: string, counting: readonly number[]])[] = [
  ['3', [3, 4, 5, 6]],
  ['>= 3', [3, 4, 5, 6]],
  ['> 3', [4, 5, 6]],
  ['<3', [1, 2]],
  ['<= 3', [1, 2, 3]],
  ['== 3', [3]],
  ['=3', [3]],
  ['% 2', [2, 4, 6]],
  ['%0', []],
];

for (const [condition, counting] of TABLE) {
  test(`hits 1 to 6 under "${condition}"`, () => {
    assert.deepEqual(
      [1, 2, 3, 4, 5, 6].filter((hits) => hitCounts(condition, hits) === true),
      counting,
    );
  });
}

test('what cannot be read says so', () => {
  for (const condition of ['', 'three', '3 times', '>> 2', '-1'])
    assert.equal(hitCounts(condition, 1), undefined, condition);
});
