import { strict as assert } from 'node:assert';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { SourceMapConsumer } from 'source-map';
import type { Artifact, AssemblyScriptFunction, AssemblyScriptProgram } from '../../sandbox/compile/artifact.ts';
import { dispose } from '../../sandbox/compile/compile.ts';
import { Cursor, functionBodyStarts, readSections } from '../../sandbox/compile/wasmSections.ts';
import {
  artifactOf,
  build,
  exportsOf,
  fixture,
  lineOf,
  moduleOf,
  namesOf,
  run,
  temporaryFolder,
} from './moduleUnderTest.ts';

const file = fixture('as/program.ts');
let artifact: Artifact;
let program: AssemblyScriptProgram;
let sourceMap: string;

before(async () => {
  artifact = await artifactOf('as/program.ts');
  assert.equal(artifact.debug.kind, 'assemblyscript');
  ({ program, sourceMap } = artifact.debug);
});
after(dispose);

test('a program with an import runs, and keeps its plain exports', (context) => {
  assert.deepEqual(run(context, artifact.wasm), { code: 0, output: 'work 13\nwork 26\n' });
  const names = WebAssembly.Module.exports(moduleOf(artifact.wasm)).map(({ name }) => name);
  assert.deepEqual(names.sort(), ['__setArgumentsLength', '_start', 'memory', 'work']);
  assert.deepEqual(artifact.sources, [file, fixture('as/shapes/point.ts')]);
});

test('top-level statements keep their lines, though the shadow stack pass makes their function anew', async () => {
  const { debug } = await artifactOf('as/topLevel.ts');
  assert.equal(debug.kind, 'assemblyscript');
  const path = fixture('as/topLevel.ts');
  const lines = new Set<number>();
  await SourceMapConsumer.with(JSON.parse(debug.sourceMap), null, (consumer) =>
    consumer.eachMapping(({ source, originalLine }) => {
      if (source?.endsWith('topLevel.ts') && originalLine !== null) lines.add(originalLine - 1);
    }),
  );
  for (const marker of ['@bp loop', '@bp objects', '@bp inlined']) assert.ok(lines.has(lineOf(path, marker)), marker);
});

test('every described function is in the name section, and every local has the index it has there', () => {
  const { functions, locals } = namesOf(artifact.wasm);
  const indexOf = new Map([...functions].map(([index, name]) => [name, index]));
  let compared = 0;
  for (const { wasmName, locals: described } of program.functions) {
    const functionIndex = indexOf.get(wasmName);
    assert.ok(functionIndex !== undefined, wasmName);
    for (const { index, name } of described) {
      // The name section tells equal names apart with a suffix.
      assert.equal(
        locals
          .get(functionIndex)
          ?.get(index)
          ?.replace(/\|\d+$/, ''),
        name,
        `${wasmName} ${index}`,
      );
      compared++;
    }
  }
  assert.ok(compared > 200);
  for (const name of functions.values()) {
    if (/^(start:)?(program|shapes)/.test(name) && !name.endsWith('~visit')) {
      assert.ok(
        program.functions.some(({ wasmName }) => wasmName === name),
        name,
      );
    }
  }
});

test('every local has the type that the module declares for it', () => {
  const code = readSections(artifact.wasm).find(({ id }) => id === 10)!.contents;
  const imported = WebAssembly.Module.imports(moduleOf(artifact.wasm)).length;
  const bodies = new Map(
    functionBodyStarts(code).map((start, index) => [namesOf(artifact.wasm).functions.get(index + imported), start]),
  );
  const wasmTypes: Record<string, number> = { i64: 0x7e, u64: 0x7e, f32: 0x7d, f64: 0x7c };
  let compared = 0;
  for (const { wasmName, locals } of program.functions) {
    const declared = declaredLocals(code, bodies.get(wasmName)!);
    const parameters = locals.filter(({ parameter }) => parameter).length;
    for (const { index, name, type, parameter } of locals) {
      if (parameter) continue;
      assert.equal(declared[index - parameters], wasmTypes[type] ?? 0x7f, `${wasmName} ${name}: ${type}`);
      compared++;
    }
  }
  assert.ok(compared > 100);
});

test('locals have their types, and say which are parameters', () => {
  const { locals, path: source, name } = functionNamed('program/work');
  assert.equal(name, 'work');
  assert.equal(source, file);
  const text = locals.map((local) => `${local.index} ${local.name}: ${local.type}${local.parameter ? ' (p)' : ''}`);
  assert.deepEqual(text, [
    '0 n: i32 (p)',
    '1 label: ~lib/string/String (p)',
    '2 total: i32',
    '3 i: i32',
    '4 t: i32',
    '5 i: i32',
    '6 point: shapes/point/Point',
    '9 t: f64',
    '12 scaled: f64',
    '13 label: i64',
  ]);
});

test('a local is in scope from its declaration to the end of its block', () => {
  const { locals } = functionNamed('program/work');
  const scopes = locals.filter(({ parameter }) => !parameter).map(({ name, scope }) => ({ name, ...scope }));
  const [total, i] = scopes;
  assert.deepEqual(total, { name: 'total', startLine: lineOf(file, '@total'), endLine: lineOf(file, '@end-work') });
  assert.equal(i?.endLine, lineOf(file, '@end-for'));
  const text = readFileSync(file, 'utf8').split('\n');
  for (const { name, startLine } of scopes) assert.match(text[startLine!]!, new RegExp(`(let|const) ${name}\\b`));
});

test('a constant that needs no local is described with its value', () => {
  const [step] = functionNamed('program/work').constants ?? [];
  assert.deepEqual(step && { ...step, scope: undefined }, { name: 'step', type: 'i32', value: '2', scope: undefined });
});

test('classes have their fields, their base and their runtime id', () => {
  const point = program.classes.find(({ internalName }) => internalName === 'shapes/point/Point');
  assert.ok(point);
  assert.deepEqual(point.fields, [
    { name: 'id', type: 'i64', offset: 0 },
    { name: 'name', type: '~lib/string/String', offset: 8 },
    { name: 'x', type: 'i32', offset: 12 },
    { name: 'y', type: 'f64', offset: 16 },
  ]);
  assert.deepEqual([point.name, point.base, point.size, point.managed], ['Point', 'shapes/point/Shape', 24, true]);
  const ids = program.classes.filter(({ managed }) => managed).map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  const array = program.classes.find(({ name }) => name === 'Array<i32>');
  assert.deepEqual(array?.typeArguments, ['i32']);
});

test('globals and enums have their values', () => {
  const own = program.globals.filter(({ wasmName }) => wasmName.startsWith('program/'));
  assert.deepEqual(
    own.map(({ name, type }) => `${name}: ${type}`),
    ['LIMIT: i32', 'counter: i64', 'numbers: ~lib/array/Array<i32>'],
  );
  const color = program.enums.find(({ name }) => name === 'shapes/point/Color');
  assert.deepEqual(color?.values, [
    { name: 'Red', value: 0 },
    { name: 'Green', value: 5 },
    { name: 'Blue', value: 6 },
    { name: 'Mask', value: 16 },
  ]);
});

test("the source map leads to the user's files by absolute path and has every text", async () => {
  const map = JSON.parse(sourceMap) as { sources: string[]; sourcesContent: string[]; sourceRoot?: string };
  assert.equal(map.sourceRoot, undefined);
  for (const source of map.sources) assert.ok(source.startsWith('~lib/') || path.isAbsolute(source), source);
  assert.equal(map.sourcesContent[map.sources.indexOf(file)], readFileSync(file, 'utf8'));
  await SourceMapConsumer.with(sourceMap, null, (consumer) => {
    const lines = new Set<number | null>();
    consumer.eachMapping((mapping) => mapping.source === file && lines.add(mapping.originalLine));
    assert.ok(lines.has(lineOf(file, '@total') + 2));
  });
});

test('an error has its place, its range and its code', async () => {
  const result = await build('as/errors.ts');
  assert.ok(!result.ok);
  const broken = fixture('as/errors.ts');
  const line = lineOf(broken, '@error');
  assert.deepEqual(result.diagnostics, [
    {
      file: broken,
      line,
      column: 9,
      endLine: line,
      endColumn: 13,
      severity: 'error',
      message: "Cannot find name 'nope'.",
      code: 'TS2304',
    },
  ]);
  assert.equal(result.message, "errors.ts, line 3: Cannot find name 'nope'.");
});

test('optimised code is described as far as its names go', async () => {
  const { wasm, debug } = await artifactOf('as/program.ts', { buildArgs: ['-O3'] });
  assert.equal(debug.kind, 'assemblyscript');
  const names = new Set(namesOf(wasm).functions.values());
  assert.ok(debug.program.functions.every(({ wasmName }) => names.has(wasmName)));
  assert.ok(wasm.length < artifact.wasm.length);
});

test('an unknown build argument is told', async () => {
  const result = await build('as/traps.ts', { buildArgs: ['--no-such-thing'] });
  assert.ok(result.ok);
  assert.match(result.diagnostics[0]?.message ?? '', /--no-such-thing/);
});

test('TypeScript that is not AssemblyScript gives diagnostics', async () => {
  const result = await build('as/plain.ts');
  assert.ok(!result.ok);
  assert.match(result.message, /^plain\.ts, line 1: Optional properties are not supported\./);
});

test('an import that is not there is reported where it is written', async (context) => {
  const importer = path.join(temporaryFolder(context), 'importer.ts');
  writeFileSync(importer, '\nimport { a } from "./absent";\na();\n');
  const result = await build(importer);
  assert.ok(!result.ok);
  const [error] = result.diagnostics;
  assert.deepEqual([error?.file, error?.line], [importer, 1]);
});

test('a package in node_modules is found', async (context) => {
  const folder = temporaryFolder(context);
  mkdirSync(path.join(folder, 'node_modules', 'small'), { recursive: true });
  writeFileSync(path.join(folder, 'node_modules', 'small', 'index.ts'), 'export function two(): i32 { return 2; }');
  const importer = path.join(folder, 'importer.ts');
  writeFileSync(importer, 'import { two } from "small";\nexport function four(): i32 { return two() * two(); }\n');
  const { four } = exportsOf((await artifactOf(importer)).wasm);
  assert.equal(four!(), 4);
});

for (const [name, message, ...args] of [
  ['outOfRange', 'Index out of range', 5],
  ['throwing', 'no good'],
  ['asserting', 'must be positive', 0],
] as const) {
  test(`${name} reaches wasi_abort, by its name in the name section`, async () => {
    const { wasm } = await artifactOf('as/traps.ts');
    assert.ok([...namesOf(wasm).functions.values()].includes('~lib/wasi_internal/wasi_abort'));
    let stack: string | undefined;
    let printed = '';
    const wasi = {
      fd_write: (_fd: number, vectors: number) => {
        const view = new DataView(memory.buffer);
        const [from, length] = [view.getUint32(vectors, true), view.getUint32(vectors + 4, true)];
        printed += Buffer.from(memory.buffer, from, length).toString();
        return 0;
      },
      proc_exit: (code: number) => {
        assert.equal(code, 255);
        ({ stack } = new Error());
        throw new Error('exit');
      },
    };
    const exports = new WebAssembly.Instance(moduleOf(wasm), { wasi_snapshot_preview1: wasi }).exports;
    const memory = exports.memory as WebAssembly.Memory;
    (exports._start as () => void)();
    assert.throws(() => (exports[name] as (...values: number[]) => void)(...args), /exit/);
    assert.match(printed, new RegExp(`^abort: ${message} in `));
    assert.match(stack!, /at ~lib\/wasi_internal\/wasi_abort /);
  });
}

/** Types of a body's locals after its parameters (WebAssembly specification §5.5.13). */
function declaredLocals(code: Uint8Array, start: number): number[] {
  const cursor = new Cursor(code, start);
  const types: number[] = [];
  for (let groups = cursor.u32(); groups > 0; groups--) {
    const count = cursor.u32();
    types.push(...Array<number>(count).fill(cursor.byte()));
  }
  return types;
}

function functionNamed(wasmName: string): AssemblyScriptFunction {
  const found = program.functions.find((each) => each.wasmName === wasmName);
  assert.ok(found, wasmName);
  return found;
}
