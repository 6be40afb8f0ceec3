import assert from 'node:assert/strict';
import { test } from 'node:test';
import { breakpointPlaces, functionsNamed, resolveLine } from '../../sandbox/symbols/breakpoints.ts';
import type { Statement, Symbols } from '../../sandbox/symbols/model.ts';

/** One statement a word, `line:column`, in the order of the code; functions are separated by `|`, `'` marks source 1. */
function symbolsOf(code: string, names: readonly string[] = []): Symbols {
  let count = 0;
  const statements = code.split('|').flatMap((body, functionIndex) =>
    body
      .trim()
      .split(/\s+/)
      .map((word): Statement => {
        const [line, column] = word.replace("'", '').split(':').map(Number);
        count++;
        return {
          offset: count * 10,
          functionIndex,
          source: word.endsWith("'") ? 1 : 0,
          line: line ?? 0,
          column: column ?? 0,
        };
      }),
  );
  const part: Pick<Symbols, 'statements' | 'functionName'> = {
    statements: () => statements,
    functionName: (index) => names[index],
  };
  return part as Symbols;
}

const loop = symbolsOf('1:2 2:7 3:4 2:15 2:20 4:2 | 8:0 9:4 9:10 9:18 12:0');

test('a line has an offset for each stretch of code on it', () => {
  assert.deepEqual(resolveLine(loop, 0, 2), { line: 2, column: 7, offsets: [20, 40] });
  assert.deepEqual(resolveLine(loop, 0, 9), { line: 9, column: 4, offsets: [80] });
});

test('a line without code goes on to the next that has some, in the same source', () => {
  assert.deepEqual(resolveLine(loop, 0, 5), { line: 8, column: 0, offsets: [70] });
  assert.deepEqual(resolveLine(loop, 0, 10), { line: 12, column: 0, offsets: [110] });
  assert.equal(resolveLine(loop, 0, 13), undefined);
  assert.equal(resolveLine(loop, 1, 1), undefined);
  const two = symbolsOf("1:0 5:0' 9:0");
  assert.deepEqual(resolveLine(two, 0, 2), { line: 9, column: 0, offsets: [30] });
  assert.deepEqual(resolveLine(two, 1, 2), { line: 5, column: 0, offsets: [20] });
});

test('a column chooses the statement it is in', () => {
  assert.deepEqual(resolveLine(loop, 0, 9, 12), { line: 9, column: 10, offsets: [90] });
  assert.deepEqual(resolveLine(loop, 0, 9, 10), { line: 9, column: 10, offsets: [90] });
  assert.deepEqual(resolveLine(loop, 0, 9, 0), { line: 9, column: 4, offsets: [80] });
  assert.deepEqual(resolveLine(loop, 0, 9, 99), { line: 9, column: 18, offsets: [100] });
  assert.deepEqual(resolveLine(loop, 0, 10, 99), { line: 12, column: 0, offsets: [110] }, 'not on another line');
});

test('every inlined copy is stopped at', () => {
  const inlined = symbolsOf("1:0 7:2' 7:9' 2:0 7:2' 3:0 | 7:2' 7:9'");
  assert.deepEqual(resolveLine(inlined, 1, 7)?.offsets, [20, 50, 70]);
});

test('functions that follow each other on one line are two', () => {
  assert.deepEqual(resolveLine(symbolsOf('1:0 | 1:20'), 0, 1)?.offsets, [10, 20]);
});

test('places for breakpoints in a range', () => {
  assert.deepEqual(breakpointPlaces(loop, 0, { first: 4, last: 9 }), [
    { line: 4, column: 2 },
    { line: 8, column: 0 },
    { line: 9, column: 4 },
    { line: 9, column: 10 },
    { line: 9, column: 18 },
  ]);
  assert.deepEqual(breakpointPlaces(loop, 0, { first: 5, last: 7 }), []);
});

test('functions by name', () => {
  const names = ['main', 'geo::area(int, int)', 'Circle#area', 'Map<std::string, int>::get', 'area_of'];
  const symbols = symbolsOf('1:0', names);
  const found = (name: string) => functionsNamed(symbols, names.length + 1, name);
  assert.deepEqual(found('main'), [0]);
  assert.deepEqual(found('geo::area'), [1]);
  assert.deepEqual(found('geo::area(int, int)'), [1]);
  assert.deepEqual(found('area'), [1, 2]);
  assert.deepEqual(found('get'), [3]);
  assert.deepEqual(found('nothing'), []);
});
