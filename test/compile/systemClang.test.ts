/** The clang of this machine; `npm test` sees to it that there is one. */
import { strict as assert } from 'node:assert';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { CompileRequest } from '../../sandbox/compile/artifact.ts';
import { artifactOf, build, exportsOf, fixture, lineOf, moduleOf, run, temporaryFolder } from './moduleUnderTest.ts';

const system = { toolchain: 'system' } as const satisfies Partial<CompileRequest>;

test("the user's clang compiles a program that runs", async (context) => {
  const request = { ...system, sources: [fixture('c/twice.c')], buildArgs: ['-Iinc'] };
  const { wasm, debug } = await artifactOf('c/hello.c', request);
  assert.deepEqual(run(context, wasm), { code: 3, output: 'hello 8 15\n' });
  assert.deepEqual(debug, { kind: 'dwarf' });
  const [strings] = WebAssembly.Module.customSections(moduleOf(wasm), '.debug_str');
  assert.ok(Buffer.from(strings!).includes(`\0${fixture('c/hello.c')}\0`));
});

test('finds what the sandbox offers, and takes it for nobody’s own source', async (context) => {
  const file = path.join(temporaryFolder(context), 'http.c');
  writeFileSync(file, '#include <sandbox_http.h>\nint main(void) { return (int)sandbox_http_close(1); }\n');
  const { wasm, sources } = await artifactOf(file, system);
  const modules = WebAssembly.Module.imports(moduleOf(wasm)).map((entry) => `${entry.module}.${entry.name}`);
  assert.ok(modules.includes('sandbox_http.close'), modules.join());
  assert.deepEqual(sources, [file]);
});

test('a header of the host system is not taken for a missing one', async (context) => {
  const file = path.join(temporaryFolder(context), 'host.c');
  writeFileSync(file, '#include <linux/limits.h>\nint main(void) { return 0; }\n');
  const result = await build(file, system);
  assert.ok(!result.ok);
  assert.match(result.message, /'linux\/limits\.h' file not found/);
});

test('errors are placed as with the embedded compiler', async () => {
  const result = await build('c/errors.c', system);
  assert.ok(!result.ok);
  const [error] = result.diagnostics.filter(({ severity }) => severity === 'error');
  assert.deepEqual([error?.file, error?.line], [fixture('c/errors.c'), lineOf(fixture('c/errors.c'), '@error')]);
});

test('optimising does not call wasm-opt', async (context) => {
  const folder = temporaryFolder(context);
  const called = path.join(folder, 'called');
  writeFileSync(path.join(folder, 'wasm-opt'), `#!/bin/sh\ntouch '${called}'\nexit 1\n`);
  chmodSync(path.join(folder, 'wasm-opt'), 0o755);
  const before = process.env.PATH;
  process.env.PATH = `${folder}:${before}`;
  context.after(() => {
    process.env.PATH = before;
  });
  const { wasm } = await artifactOf('c/library.c', { ...system, buildArgs: ['-O2'], exports: ['add'] });
  assert.equal(exportsOf(wasm).add!(2, 3), 5);
  assert.ok(!existsSync(called));
});

test('a compilerPath that does not exist is named', async () => {
  const result = await build('c/library.c', { ...system, compilerPath: '/nowhere/clang' });
  assert.ok(!result.ok);
  assert.match(result.message, /\/nowhere\/clang does not exist\. Check "compilerPath"/);
});

test('a compiler that cannot make WebAssembly is refused', async () => {
  const result = await build('c/library.c', { ...system, compilerPath: process.execPath });
  assert.ok(!result.ok);
  assert.match(result.message, /cannot compile to WebAssembly/);
});

test('without any clang on PATH the user is told what to install', async (context) => {
  const before = process.env.PATH;
  process.env.PATH = temporaryFolder(context);
  context.after(() => {
    process.env.PATH = before;
  });
  const result = await build('c/library.c', system);
  assert.ok(!result.ok);
  assert.match(result.message, /Install clang, lld and wasi-libc/);
});
