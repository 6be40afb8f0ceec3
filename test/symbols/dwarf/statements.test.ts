import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FIXTURES, moduleBytes, openFixture, sourceText } from './fixtures.ts';
import { readModuleSections } from './moduleSections.ts';
import { plain } from './plainValue.ts';
import { runStopping } from './probes.ts';

for (const fixture of ['flow.v4', 'flow.v5']) {
  test(`a run stops on each line of ${fixture} as often as the line is executed`, () => {
    const turns = new Map<number, number>();
    stopEverywhere(fixture, ({ line }) => turns.set(line, (turns.get(line) ?? 0) + 1));
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

for (const fixture of ['flow.O2.v4', 'flow.O2.v5']) {
  test(`variables of ${fixture} have values that the unoptimised run saw too, or none`, () => {
    const possible = valuesSeen('flow.v4');
    const seen = valuesSeen(fixture);
    assert.ok(seen.size > 10);
    let known = 0;
    for (const [variable, values] of seen) {
      for (const value of values) {
        if (value.startsWith('<')) continue;
        assert.ok(possible.get(variable)?.has(value), `${variable} = ${value}`);
        known++;
      }
    }
    assert.ok(known > 10);
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
}

for (const fixture of FIXTURES.filter((name) => name.startsWith('values'))) {
  test(`a module with a probe before every statement of ${fixture} is valid`, () => {
    runStopping(moduleBytes(fixture), openFixture(fixture).statements(), { run: () => {}, onStop: () => {} });
  });
}

function stopEverywhere(fixture: string, onStop: Parameters<typeof runStopping>[2]['onStop']): void {
  const run = (exports: Readonly<Record<string, unknown>>): void => void (exports.run as (n: number) => number)(6);
  runStopping(moduleBytes(fixture), openFixture(fixture).statements(), { run, onStop });
}

/** Every value of every variable, by `function.variable`. */
function valuesSeen(fixture: string): ReadonlyMap<string, ReadonlySet<string>> {
  const symbols = openFixture(fixture);
  const seen = new Map<string, Set<string>>();
  stopEverywhere(fixture, ({ functionIndex, offset }, frame) => {
    for (const { name, scopes } of symbols.frames(functionIndex, offset, false)) {
      for (const variable of scopes.flatMap(({ variables }) => variables)) {
        const key = `${name}.${variable.name}`;
        const values = seen.get(key) ?? new Set();
        seen.set(key, values.add(String(plain(variable.read(frame), frame.memory))));
      }
    }
  });
  return seen;
}
