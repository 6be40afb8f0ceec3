import { strict as assert } from 'node:assert';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { functionBodyStarts, readSections } from '../../sandbox/compile/wasmSections.ts';
import { findStatements } from '../../sandbox/compile/watStatements.ts';
import { artifactOf, build, fixture, lineOf, moduleOf, namesOf, run, temporaryFolder } from './moduleUnderTest.ts';

/** Opcodes of the instructions the fixture's markers name. */
const opcodes: Record<string, number> = {
  nop: 0x01,
  block: 0x02,
  loop: 0x03,
  drop: 0x1a,
  'local.get': 0x20,
  'i32.const': 0x41,
  'f32.const': 0x43,
  'i32.add': 0x6a,
  'ref.null': 0xd0,
  'v128.const': 0xfd,
};

test('every statement of a text module starts at its first instruction', async () => {
  const artifact = await artifactOf('wat/statements.wat');
  assert.equal(artifact.debug.kind, 'wat');
  const { lines, source } = artifact.debug;
  const code = readSections(artifact.wasm).find(({ id }) => id === 10)!.contents;
  const marked = source.content.split('\n').flatMap((text, line) => {
    const match = /;; @first (\S+)/.exec(text);
    return match ? [[line, opcodes[match[1]!]]] : [];
  });
  assert.ok(marked.length > 25);
  assert.deepEqual(
    lines.map(({ offset, line }) => [line, code[offset]]).sort((a, b) => a[0]! - b[0]!),
    marked,
  );
});

test('the column of a statement is that of its own text, comments before it aside', async () => {
  const artifact = await artifactOf('wat/statements.wat');
  assert.equal(artifact.debug.kind, 'wat');
  const text = artifact.debug.source.content.split('\n');
  for (const { line, column } of artifact.debug.lines) {
    assert.match(text[line]!.slice(column), /^\(?[a-z]/);
    assert.match(text[line]!.slice(0, column), /^\s*(\(;.*;\)|\(@.*\))?\s*$/);
  }
});

test('each line belongs to the function whose body holds its offset', async () => {
  const artifact = await artifactOf('wat/statements.wat');
  assert.equal(artifact.debug.kind, 'wat');
  const code = readSections(artifact.wasm).find(({ id }) => id === 10)!.contents;
  const starts = functionBodyStarts(code);
  for (const { offset, functionIndex } of artifact.debug.lines) {
    const body = starts.findLastIndex((start) => start <= offset);
    assert.equal(functionIndex, body + 1, 'one import comes first');
  }
});

test('a text module runs, keeps its names and carries no trace of the line table', async (context) => {
  const { wasm } = await artifactOf('wat/statements.wat');
  assert.equal(run(context, wasm).output, 'hello ("é');
  assert.deepEqual([...namesOf(wasm).functions.values()], ['fd_write', 'add', 'choose', 'main']);
  assert.deepEqual([...namesOf(wasm).locals.get(2)!.values()], ['n', 't']);
  const custom = readSections(wasm).flatMap(({ name }) => (name === undefined ? [] : [name]));
  assert.deepEqual(custom, ['name']);
  assert.equal(WebAssembly.Module.exports(moduleOf(wasm)).length, 3);
});

test('a syntax error is placed in UTF-16 units on the text as written', async () => {
  const result = await build('wat/broken.wat');
  assert.ok(!result.ok);
  const file = fixture('wat/broken.wat');
  const line = lineOf(file, '@error');
  const text = readFileSync(file, 'utf8').split('\n')[line]!;
  const column = text.indexOf('i32.foo');
  assert.deepEqual(
    { ...result.diagnostics[0], message: '' },
    { file, line, column, endLine: line, endColumn: column + 'i32.foo'.length, severity: 'error', message: '' },
  );
  assert.match(result.message, /^broken\.wat, line 3: unexpected token i32\.foo/);
});

test('a type error is placed where the wrong value is', async () => {
  const result = await build('wat/invalid.wat');
  assert.ok(!result.ok);
  assert.equal(result.diagnostics[0]?.line, lineOf(fixture('wat/invalid.wat'), '@error'));
  assert.match(result.message, /type mismatch/);
});

test('statements inside folded try, try_table and nested conditions are found', () => {
  const text = `(module (tag $e)
    (func (try (do (nop)) (catch $e drop) (catch_all (nop)))
      (block $l (try_table (catch $e $l) (nop)))
      (if (block (result i32) (i32.const 1)) (then nop))
      (if (i32.const 0) (then (call 0 (if (result i32) (i32.const 1) (then (i32.const 2)) (else i32.const 3)))))
      try nop catch $e drop catch_all nop end
      br_table 0 $l 1 select (result i32)))`;
  const heads = findStatements(text).map(({ index }) => /^\(?[\w.]+/.exec(text.slice(index))![0]);
  assert.deepEqual(
    heads.join(' '),
    '(try (nop drop (nop (block (try_table (nop (if (i32.const nop (if (call (i32.const i32.const try nop drop nop br_table select',
  );
});

for (const [what, text] of [
  ['nothing', ''],
  ['an unclosed comment', '(module (; '],
  ['an unclosed string', '(module (data "'],
  ['an unclosed annotation', '(module (@x (('],
  ['only closing parentheses', ')))))'],
] as const) {
  test(`reading ${what} ends without statements`, () => assert.deepEqual(findStatements(text), []));
}

test('flat blocks deeper than the assembler’s stack are refused: it would never come back', async (context) => {
  const file = `${temporaryFolder(context)}/flat.wat`;
  const nested = (depth: number) => `(module (func ${'block '.repeat(depth)}${'end '.repeat(depth)}))`;
  writeFileSync(file, nested(100));
  assert.ok((await build(file)).ok);
  writeFileSync(file, nested(200));
  const result = await build(file);
  assert.ok(!result.ok);
  assert.match(result.message, /flat\.wat is too deeply nested to be assembled \(202 levels\)/);
});

test('a module nested beyond what the assembler can take is refused, and the next one still works', async (context) => {
  const file = `${temporaryFolder(context)}/deep.wat`;
  writeFileSync(file, `(module (func ${'(block '.repeat(50_000)}${')'.repeat(50_000)}))`);
  const result = await build(file);
  assert.ok(!result.ok);
  assert.match(result.message, /too deeply nested/);
  await artifactOf('wat/statements.wat');
});

for (const [feature, fields] of [
  ['tail calls', '(func $f (result i32) (return_call $f))'],
  ['threads', '(memory 1 1 shared) (func (drop (i32.atomic.load (i32.const 0))))'],
  ['64-bit memory', '(memory i64 1) (func (drop (i32.load (i64.const 0))))'],
  ['exceptions', '(tag $e) (func (throw $e))'],
  ['extended constants', '(global i32 (i32.add (i32.const 1) (i32.const 2)))'],
  ['relaxed SIMD', '(func (param v128 v128) (drop (i8x16.relaxed_swizzle (local.get 0) (local.get 1))))'],
] as const) {
  test(`${feature} can be used`, async (context) => {
    const file = `${temporaryFolder(context)}/feature.wat`;
    writeFileSync(file, `(module ${fields})`);
    moduleOf((await artifactOf(file)).wasm);
  });
}
