import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Artifact } from '../../sandbox/compile/artifact.ts';
import { compile, dispose } from '../../sandbox/compile/compile.ts';
import { resolveLine } from '../../sandbox/symbols/breakpoints.ts';
import { readFunctionTable } from '../../sandbox/symbols/functionTable.ts';
import { loadSymbols } from '../../sandbox/symbols/load.ts';
import { readModule } from '../../sandbox/wasm/module.ts';
import { markedLine, repositoryFile } from '../support/markers.ts';

after(dispose);

const program = repositoryFile('test/fixtures/symbols/callbacks.c');
const result = await compile({ program, cache: false });
assert.ok(result.ok, result.ok ? '' : result.message);
const { artifact } = result;
const module = readModule(artifact.wasm);
const symbols = await loadSymbols(artifact, module);

test('C has DWARF', () => {
  assert.equal(symbols.syntax, 'c');
  const source = symbols.sources.findIndex(({ path }) => path === program);
  const line = markedLine(program, 'twice') - 1;
  const place = resolveLine(symbols, source, line);
  assert.equal(place?.line, line);
  const statement = symbols.statements().find(({ offset }) => offset === place?.offsets[0]);
  assert.equal(symbols.functionName(statement!.functionIndex), 'twice');
});

test('a module whose DWARF is gone is disassembled', async () => {
  const stripped = artifact.wasm.slice(0, module.sections.find(({ id }) => id === 0)!.header);
  const bare: Artifact = { ...artifact, wasm: stripped };
  const text = await loadSymbols(bare, readModule(stripped));
  assert.equal(text.syntax, 'wat');
  assert.match(text.sources[0]!.path, /callbacks\.c\/\d+-/);
});

test('function pointers lead to functions', () => {
  const table = readFunctionTable(module);
  const names = [...table.values()].map((index) => symbols.functionName(index));
  assert.ok(names.includes('twice') && names.includes('thrice'), names.join());
  assert.ok(!table.has(0), 'the null pointer is no function');
});
