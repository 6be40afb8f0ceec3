import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DwarfSymbols } from '../../../sandbox/symbols/dwarf/dwarf.ts';
import { FIXTURES, moduleBytes, openFixture, runTool } from './fixtures.ts';
import { readModuleSections } from './moduleSections.ts';

interface SymbolizedFrame {
  readonly FunctionName: string;
  readonly FileName: string;
  readonly Line: number;
  readonly Column: number;
}

// The symbolizer finds no unit by DWARF 2, which says nothing of a unit's extent.
for (const fixture of FIXTURES.filter((name) => name !== 'values.v2')) {
  test(`frames of ${fixture} are as llvm-symbolizer has them`, async () => {
    const bytes = moduleBytes(fixture);
    const { functions } = readModuleSections(bytes);
    const symbols = openFixture(fixture);
    const places = functions.flatMap(({ index, start, end }) => {
      const random = pseudoRandom(start);
      const count = Math.min(30, end - start);
      return Array.from({ length: count }, () => ({ index, offset: start + Math.floor(random() * (end - start)) }));
    });
    const arguments_ = places.map(({ offset }) => `0x${offset.toString(16)}`);
    const printed = await runTool(
      ['symbolizer', '--obj=module.wasm', '--output-style=JSON', '--no-demangle', ...arguments_],
      bytes,
    );
    const expected: { Symbol: SymbolizedFrame[] }[] = JSON.parse(printed);
    assert.equal(expected.length, places.length);
    for (const [row, { index, offset }] of places.entries()) {
      const theirs = (expected[row]?.Symbol ?? []).map(symbolizedText);
      // Where no line is known the symbolizer has none, and we have the function's own.
      const ours = framesText(symbols, index, offset).map((text, frame) => (theirs[frame] === '' ? '' : text));
      if (ours.length > 0 || theirs.join('') !== '') assert.deepEqual(ours, theirs, `at ${offset}`);
    }
    assert.deepEqual(symbols.problems, []);
  });
}

test('DWARF 2 gives the same frames as DWARF 4', () => {
  const [old, recent] = [openFixture('values.v2'), openFixture('values.v4')];
  for (const { index, start, end } of readModuleSections(moduleBytes('values.v2')).functions) {
    for (let offset = start; offset < end; offset++) {
      assert.deepEqual(framesText(old, index, offset), framesText(recent, index, offset));
    }
  }
});

test('inlined calls of an optimised function have frames of their own', () => {
  const symbols = openFixture('flow.O2.v5');
  const statements = symbols.statements();
  const stacks = statements.map(({ functionIndex, offset }) =>
    symbols.frames(functionIndex, offset, false).map(({ name, inlined }) => (inlined ? `${name}*` : name)),
  );
  assert.ok(stacks.some((names) => names.length > 1 && names.at(-1) === 'run' && names[0]?.endsWith('*')));
});

test('variables of inlined functions are all there, whether the optimiser kept them or not', () => {
  const symbols = openFixture('flow.O2.v5');
  const wanted: Readonly<Record<string, readonly string[]>> = {
    square: ['result', 'value'],
    sumOfSquares: ['left', 'right', 'a', 'b'],
    evens: ['found', 'k', 'n'],
  };
  const seen = new Set<string>();
  for (const { functionIndex, offset } of symbols.statements()) {
    for (const { name, inlined, scopes } of symbols.frames(functionIndex, offset, false)) {
      const names = wanted[name];
      if (!inlined || names === undefined) continue;
      assert.deepEqual(
        scopes.flatMap(({ variables }) => variables.map((variable) => variable.name)),
        names,
      );
      seen.add(name);
    }
  }
  assert.ok(seen.has('evens'));
});

test('a return address belongs to the call before it', () => {
  const symbols = openFixture('flow.v4');
  const statement = symbols.statements().find(({ offset }) => offset > 100);
  assert.ok(statement);
  const before = symbols.frames(statement.functionIndex, statement.offset - 1, false);
  assert.deepEqual(symbols.frames(statement.functionIndex, statement.offset, true)[0]?.location, before[0]?.location);
});

test('nothing is known outside the function', () => {
  const symbols = openFixture('flow.v4');
  const [statement] = symbols.statements();
  assert.ok(statement);
  assert.deepEqual(symbols.frames(statement.functionIndex, 1_000_000, false), []);
  assert.deepEqual(symbols.frames(9999, statement.offset, false), []);
});

/** The symbolizer takes the outermost function's name from the symbol table by another base: it is left out. */
function framesText(symbols: DwarfSymbols, functionIndex: number, offset: number): string[] {
  return symbols.frames(functionIndex, offset, false).flatMap(({ location }) => {
    if (location === undefined) return [''];
    return [`${symbols.sources[location.source]?.path}:${location.line + 1}:${location.column + 1}`];
  });
}

const symbolizedText = ({ FileName, Line, Column }: SymbolizedFrame): string =>
  Line === 0 ? '' : `${FileName}:${Line}:${Column || 1}`;

function pseudoRandom(seed: number): () => number {
  let state = seed + 1;
  return () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state / 2 ** 32;
  };
}
