/** What `readModule` and its neighbours say about a module, for one that has a bit of everything. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { customSection, functionAt, localTypes, readModule } from '../../sandbox/wasm/module.ts';
import { readNames } from '../../sandbox/wasm/names.ts';
import { validateModule } from '../../sandbox/wasm/validate.ts';
import { assemble } from '../instrument/harness.ts';

const bytes = assemble(readFileSync(new URL('../fixtures/wasm/features.wat', import.meta.url), 'utf8'));
const module = readModule(bytes);

test('index spaces count imports first', () => {
  assert.deepEqual(module.imports, [
    { module: 'host', name: 'log', kind: 'function', index: 0 },
    { module: 'host', name: 'base', kind: 'global', index: 0 },
  ]);
  assert.deepEqual(
    module.functions.map(({ index, params, results, body }) => [
      index,
      params.join(),
      results.join(),
      body !== undefined,
    ]),
    [
      [0, 'i32', '', false],
      [1, '', '', true],
      [2, 'i32', 'i32', true],
      [3, 'i32', 'i32', true],
      [4, 'i32', 'i32', true],
    ],
  );
  assert.deepEqual(
    module.globals.map(({ type, mutable, imported }) => [type, mutable, imported]),
    [
      ['i32', false, true],
      ['i64', true, false],
    ],
  );
  assert.equal(module.start, 1);
});

test('memories, tables, tags, segments', () => {
  assert.deepEqual(
    module.memories.map(({ minimum, maximum, is64, shared }) => ({ minimum, maximum, is64, shared })),
    [
      { minimum: 1, maximum: 2, is64: false, shared: false },
      { minimum: 1, maximum: undefined, is64: true, shared: false },
    ],
  );
  assert.deepEqual(
    module.tables.map(({ type, minimum }) => [type, minimum]),
    [
      ['funcref', 4],
      ['externref', 2],
    ],
  );
  assert.equal(module.tags.length, 1);
  assert.deepEqual([module.elementCount, module.dataCount], [2, 1]);
  assert.deepEqual([...module.referencedFunctions].sort(), [2, 3]);
});

test('bodies: locals, and the offsets that DWARF and V8 use', () => {
  const add = module.functions[2]!;
  assert.deepEqual(localTypes(add), ['i32', 'v128', 'f64']);
  const { start, bodyStart, end } = add.body!;
  assert.deepEqual([...bytes.subarray(module.codeStart + start, module.codeStart + bodyStart)], [2, 1, 0x7b, 1, 0x7c]);
  assert.equal(bytes[module.codeStart + end - 1], 0x0b);
  assert.equal(functionAt(module, bodyStart + 3), add);
  assert.equal(functionAt(module, start), add);
  assert.equal(functionAt(module, end)?.index, undefined, "the next function's size belongs to none");
  assert.equal(functionAt(module, 0), undefined);
});

test('names come from the name section, else from exports and imports', () => {
  const names = readNames(module);
  assert.equal(names.function(4), 'control');
  assert.equal(names.local(2, 0), 'a');
  assert.equal(names.global(1), 'g');
  assert.ok(customSection(module, 'name'));
  const section = module.sections.find(({ name }) => name === 'name')!;
  const nameless = readNames(
    readModule(Buffer.concat([bytes.subarray(0, section.header), bytes.subarray(section.end)])),
  );
  assert.equal(nameless.function(2), 'add');
  assert.equal(nameless.function(0), 'host.log');
  assert.equal(nameless.function(4), undefined);
});

test('a name section that is cut off gives what it has', () => {
  const section = module.sections.find(({ name }) => name === 'name')!;
  const damaged = bytes.slice();
  damaged.fill(0xff, section.start + 40, section.end);
  assert.equal(readNames(readModule(damaged)).function(0), 'log');
});

test("V8's verdict, with the place that it blames", () => {
  assert.deepEqual(validateModule(bytes), { ok: true });
  const { bodyStart } = module.functions[2]!.body!;
  const wrong = bytes.slice();
  wrong[module.codeStart + bodyStart + 1] = 9; // local.get 9
  const verdict = validateModule(wrong);
  assert.ok(!verdict.ok);
  assert.equal(verdict.offset, module.codeStart + bodyStart + 1);
  assert.match(verdict.reason, /invalid local index: 9/);
});
