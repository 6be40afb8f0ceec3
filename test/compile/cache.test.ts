import { strict as assert } from 'node:assert';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { CompileRequest } from '../../sandbox/compile/artifact.ts';
import { cacheKey, prune } from '../../sandbox/compile/cache.ts';
import { compile, dispose } from '../../sandbox/compile/compile.ts';
import { fixture, temporaryFolder } from './moduleUnderTest.ts';

after(dispose);

const text = '(module (func (export "answer") (result i32) (i32.const 42)))';

test('unchanged sources are not compiled again', async (context) => {
  const { compileAgain } = project(context);
  const first = await compileAgain();
  const second = await compileAgain();
  assert.deepEqual([first.cached, second.cached], [false, true]);
  assert.deepEqual(second.artifact, first.artifact);
  assert.deepEqual(second.diagnostics, first.diagnostics);
});

test('a changed source, and other arguments, are compiled again', async (context) => {
  const { file, compileAgain } = project(context);
  await compileAgain();
  writeFileSync(file, text.replace('42', '43'));
  assert.equal((await compileAgain()).cached, false);
  writeFileSync(file, text);
  assert.equal((await compileAgain()).cached, true);
  assert.equal((await compileAgain({ buildArgs: ['-DX'] })).cached, false);
});

test('entries that are cut short or changed count as absent, and are replaced', async (context) => {
  const { cache, compileAgain } = project(context);
  const { artifact } = await compileAgain();
  const [entry] = entriesOf(cache);
  const good = readFileSync(entry!);
  const flipped = Buffer.from(good);
  flipped[flipped.length - 1]! ^= 1;
  for (const bad of [good.subarray(0, 20), good.subarray(0, good.length - 5), Buffer.alloc(0), flipped]) {
    writeFileSync(entry!, bad);
    const again = await compileAgain();
    assert.equal(again.cached, false);
    assert.deepEqual(again.artifact, artifact);
    assert.equal((await compileAgain()).cached, true);
  }
});

test('a cache that cannot be written does not stand in the way', async (context) => {
  const { file } = project(context);
  const result = await compile({ program: file, cache: path.join(file, 'below-a-file') });
  assert.ok(result.ok && !result.cached);
});

test('a changed header means compiling again, and so does one that appears where it was looked for', async (context) => {
  const folder = temporaryFolder(context);
  const program = path.join(folder, 'main.c');
  writeFileSync(
    program,
    '#if __has_include("extra.h")\n#include "extra.h"\n#endif\n#include "value.h"\nint main(void) { return VALUE; }\n',
  );
  writeFileSync(path.join(folder, 'value.h'), '#define VALUE 1\n');
  const request = { program, cache: path.join(folder, 'cache') };
  const cached = async (): Promise<boolean> => {
    const result = await compile(request);
    assert.ok(result.ok, result.ok ? '' : result.message);
    return result.cached;
  };
  assert.deepEqual([await cached(), await cached()], [false, true]);
  writeFileSync(path.join(folder, 'value.h'), '#define VALUE 2\n');
  assert.deepEqual([await cached(), await cached()], [false, true]);
  writeFileSync(path.join(folder, 'extra.h'), '#define EXTRA 2\n');
  assert.deepEqual([await cached(), await cached()], [false, true]);
});

test('a changed import means compiling again', async (context) => {
  const folder = temporaryFolder(context);
  const program = path.join(folder, 'main.ts');
  writeFileSync(program, 'import { value } from "./value";\nexport function main(): i32 { return value; }\n');
  writeFileSync(path.join(folder, 'value.ts'), 'export const value = 1;\n');
  const request = { program, cache: path.join(folder, 'cache') };
  const first = await compile(request);
  const second = await compile(request);
  assert.ok(first.ok && !first.cached && second.ok && second.cached);
  assert.deepEqual(second.artifact, first.artifact);
  writeFileSync(path.join(folder, 'value.ts'), 'export const value = 2;\n');
  const third = await compile(request);
  assert.ok(third.ok && !third.cached);
});

test('a hit starts no process and loads no compiler', async (context) => {
  const cache = path.join(temporaryFolder(context), 'cache');
  const programs = ['wat/statements.wat', 'c/library.c', 'as/traps.ts'].map(fixture);
  for (const program of programs) assert.ok((await compile({ program, cache })).ok);
  const script = `
    import childProcess from 'node:child_process';
    import { createRequire, syncBuiltinESMExports } from 'node:module';
    childProcess.fork = childProcess.spawn = childProcess.execFile = () => { throw new Error('a process was started'); };
    syncBuiltinESMExports();
    const { compile } = await import(${JSON.stringify(fileURLToPath(import.meta.resolve('../../sandbox/compile/compile.ts')))});
    for (const program of ${JSON.stringify(programs)}) {
      const result = await compile({ program, cache: ${JSON.stringify(cache)} });
      if (!result.ok || !result.cached) throw new Error(JSON.stringify(result));
    }
    const loaded = Object.keys(createRequire(import.meta.url).cache ?? {}).filter((file) => file.includes('wabt'));
    if (loaded.length > 0) throw new Error(loaded.join());
    console.log('all from the cache');
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
  assert.equal(stdout, 'all from the cache\n');
});

test('the entries unused for longest go first when the cache grows too large', async (context) => {
  const folder = temporaryFolder(context);
  for (const [index, name] of ['old', 'middle', 'new'].entries()) {
    const file = path.join(folder, `${name}.build`);
    writeFileSync(file, Buffer.alloc(100));
    utimesSync(file, 1000 + index, 1000 + index);
  }
  writeFileSync(path.join(folder, 'not-ours.txt'), Buffer.alloc(1000));
  await prune(folder, 250);
  assert.deepEqual(readdirSync(folder).sort(), ['middle.build', 'new.build', 'not-ours.txt']);
});

test('equal parts have equal keys, other parts others', () => {
  assert.equal(cacheKey(['a', ['b']]), cacheKey(['a', ['b']]));
  assert.notEqual(cacheKey(['a', ['b']]), cacheKey([['a'], 'b']));
});

interface Project {
  readonly file: string;
  readonly cache: string;
  compileAgain(request?: Partial<CompileRequest>): Promise<Extract<Awaited<ReturnType<typeof compile>>, { ok: true }>>;
}

function project(context: TestContext): Project {
  const folder = temporaryFolder(context);
  const file = path.join(folder, 'answer.wat');
  const cache = path.join(folder, 'cache');
  writeFileSync(file, text);
  return {
    file,
    cache,
    compileAgain: async (request = {}) => {
      const result = await compile({ program: file, cache, ...request });
      assert.ok(result.ok);
      return result;
    },
  };
}

function entriesOf(cache: string): string[] {
  return readdirSync(cache)
    .map((name) => path.join(cache, name))
    .filter((file) => statSync(file).isFile());
}
