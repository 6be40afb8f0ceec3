import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DebugInformation } from '../../../sandbox/symbols/dwarf/information.ts';
import { RowFlag } from '../../../sandbox/symbols/dwarf/lineProgram.ts';
import { Lines } from '../../../sandbox/symbols/dwarf/lines.ts';
import { findSections } from '../../../sandbox/symbols/dwarf/sections.ts';
import { readDump } from './dwarfdump.ts';
import { FIXTURES, moduleBytes, openFixture, PROJECT } from './fixtures.ts';
import { readModuleSections } from './moduleSections.ts';

for (const fixture of FIXTURES) {
  test(`every line row of ${fixture} is as llvm-dwarfdump has it`, () => {
    assert.deepEqual(ownRows(fixture), readDump(fixture).rows);
  });

  test(`every function of ${fixture} is where llvm-dwarfdump has it`, () => {
    const symbols = openFixture(fixture);
    const named = readModuleSections(moduleBytes(fixture)).functions.flatMap(({ index, start, end }) => {
      const name = symbols.functionName(index) ?? '';
      return name.startsWith('wasm-function') ? [] : [`${start}-${end} ${name.split('::').at(-1)}`];
    });
    // The dump has linkage names for methods; what starts up the globals has no other name.
    const expected = readDump(fixture).functions.filter((line) => !line.endsWith(' '));
    const mangled = new Set(expected.flatMap((line) => (line.includes(' _Z') ? [line.split(' ')[0]] : [])));
    const comparable = named.map((line) => (mangled.has(line.split(' ')[0]) ? `${line.split(' ')[0]}` : line));
    assert.deepEqual(comparable.sort(), expected.map((line) => line.replace(/ _Z.*$/, '')).sort());
  });
}

test('sources are absolute and named once', () => {
  for (const fixture of FIXTURES) {
    const paths = openFixture(fixture).sources.map(({ path }) => path);
    assert.equal(new Set(paths).size, paths.length);
    assert.ok(paths[0]?.startsWith(`${PROJECT}/`), `${fixture}: ${paths[0]}`);
  }
});

function ownRows(fixture: string): string[] {
  const module = readModuleSections(moduleBytes(fixture));
  const information = new DebugInformation(findSections((name) => module.customSection(name)));
  return new Lines(information).tables.flatMap(({ rows }) =>
    Array.from({ length: rows.count }, (_, row) => {
      const flags = rows.flags[row] ?? 0;
      const named = [
        ...((flags & RowFlag.statement) === 0 ? [] : ['is_stmt']),
        ...((flags & RowFlag.endSequence) === 0 ? [] : ['end_sequence']),
        ...((flags & RowFlag.prologueEnd) === 0 ? [] : ['prologue_end']),
      ];
      const place = `${rows.lines[row]}:${rows.columns[row]}`;
      return [rows.addresses[row], place, `file ${rows.files[row]}`, ...named].join(' ');
    }),
  );
}
