import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countStops } from './countStops.ts';
import { FIXTURES, moduleBytes, openFixture, sourceText } from './fixtures.ts';
import { readModuleSections } from './moduleSections.ts';

for (const fixture of ['flow.v4', 'flow.v5']) {
  test(`a run stops on each line of ${fixture} as often as the line is executed`, () => {
    const symbols = openFixture(fixture);
    const statements = symbols.statements();
    const counts = countStops(moduleBytes(fixture), statements, (exports) => (exports.run as (n: number) => number)(6));
    const turns = new Map<number, number>();
    for (const [{ line }, count] of counts) turns.set(line, (turns.get(line) ?? 0) + count);
    const expected: string[] = [];
    const actual: string[] = [];
    for (const [line, text] of sourceText('flow.c').split('\n').entries()) {
      const wanted = /\/\/ turns: (\d+)$/.exec(text)?.[1];
      if (wanted === undefined) continue;
      expected.push(`${wanted} ${text}`);
      actual.push(`${turns.get(line) ?? 0} ${text}`);
    }
    assert.ok(expected.length > 25);
    assert.deepEqual(actual, expected);
  });
}

for (const fixture of FIXTURES) {
  test(`statements of ${fixture} lie inside bodies, in order, one an offset, on real lines`, () => {
    const { functions } = readModuleSections(moduleBytes(fixture));
    const symbols = openFixture(fixture);
    const statements = symbols.statements();
    assert.ok(statements.length > 0);
    let previous = -1;
    for (const { offset, functionIndex, line, source } of statements) {
      const within = functions.find(({ index }) => index === functionIndex);
      assert.ok(within && offset >= within.bodyStart && offset < within.end);
      assert.ok(offset > previous);
      assert.ok(line >= 0);
      assert.ok(symbols.sources[source]);
      previous = offset;
    }
  });

  test(`a module with a probe before every statement of ${fixture} is valid`, () => {
    const bytes = moduleBytes(fixture);
    if (!WebAssembly.Module.imports(new WebAssembly.Module(bytes)).length) return;
    countStops(bytes, openFixture(fixture).statements(), () => {});
  });
}

test('optimised loops are entered by their statements too', () => {
  const fixture = 'flow.O2.v5';
  const counts = countStops(moduleBytes(fixture), openFixture(fixture).statements(), (exports) =>
    (exports.run as (n: number) => number)(6),
  );
  assert.ok([...counts.values()].some((count) => count > 1));
});
