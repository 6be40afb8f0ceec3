import { strict as assert } from 'node:assert';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { runLLVM } from '@yowasp/clang';
import { dispose } from '../../sandbox/compile/compile.ts';
import { realPath, virtualPath } from '../../sandbox/compile/cSources.ts';
import { artifactOf, build, exportsOf, fixture, lineOf, moduleOf, run, temporaryFolder } from './moduleUnderTest.ts';

after(dispose);

const program = { sources: [fixture('c/twice.c')], buildArgs: ['-Iinc'] };

test('a program of two files with headers from elsewhere runs', async (context) => {
  const artifact = await artifactOf('c/hello.c', program);
  assert.deepEqual(run(context, artifact.wasm), { code: 3, output: 'hello 8 15\n' });
  assert.deepEqual(
    [...artifact.sources].sort(),
    ['c/hello.c', 'c/inc/twice.h', 'c/twice.c', 'c/unit.h'].map(fixture).sort(),
  );
});

test('sources that name the program too, as one list for all files does', async (context) => {
  const sources = [fixture('c/hello.c'), ...program.sources];
  const artifact = await artifactOf('c/hello.c', { ...program, sources });
  assert.equal(run(context, artifact.wasm).code, 3);
});

test('DWARF has the absolute paths of the files on disk', async () => {
  const { wasm, debug } = await artifactOf('c/hello.c', program);
  assert.deepEqual(debug, { kind: 'dwarf' });
  const strings = debugStrings(wasm).split('\0');
  for (const expected of ['c/hello.c', 'c/twice.c', 'c']) assert.ok(strings.includes(fixture(expected)), expected);
  assert.deepEqual(
    strings.filter((text) => text.includes('/host')),
    [],
  );
});

test("the compiler's own headers are not named like files of this machine", async (context) => {
  const file = path.join(temporaryFolder(context), 'size.c');
  writeFileSync(file, '#include <stddef.h>\nsize_t one = 1;\nint main(void) { return (int)one; }\n');
  const { wasm } = await artifactOf(file);
  const [lines] = WebAssembly.Module.customSections(moduleOf(wasm), '.debug_line');
  const text = Buffer.from(lines!).toString('latin1');
  assert.ok(text.includes('/wasi-sysroot/include'));
  assert.ok(!text.includes('/usr/'));
});

test('the line table leads to the marked line of the file on disk', async () => {
  const { wasm } = await artifactOf('c/hello.c', program);
  const file = fixture('c/hello.c');
  const places = await symbolize(wasm, 1000);
  assert.ok(places.includes(`scale\n${file}:${lineOf(file, '@bp') + 1}:`));
});

test('an error has its place, its range and the absolute path', async () => {
  const result = await build('c/errors.c');
  assert.ok(!result.ok);
  const file = fixture('c/errors.c');
  const line = lineOf(file, '@error');
  const [error] = result.diagnostics.filter(({ severity }) => severity === 'error');
  assert.deepEqual(
    { ...error, endLine: line, endColumn: 0 },
    {
      file,
      line,
      column: readFileSync(file, 'utf8').split('\n')[line]!.indexOf('missing'),
      endLine: line,
      endColumn: 0,
      severity: 'error',
      message: "use of undeclared identifier 'missing'",
    },
  );
  assert.ok(result.diagnostics.some((other) => other.line === lineOf(file, '@second')));
});

test('warnings come with a module too', async () => {
  const result = await build('c/library.c', { buildArgs: ['-Wmissing-prototypes'] });
  assert.ok(result.ok);
  const [warning] = result.diagnostics;
  assert.equal(warning?.severity, 'warning');
  assert.equal(warning.code, '-Wmissing-prototypes');
});

test('a missing header is reported where it is included', async () => {
  const result = await build('c/broken.c');
  assert.ok(!result.ok);
  assert.match(result.message, /^broken\.c, line 1: 'absent\.h' file not found/);
});

test('a function that is defined nowhere is reported where it is called', async () => {
  const result = await build('c/unresolved.c');
  assert.ok(!result.ok);
  const file = fixture('c/unresolved.c');
  assert.equal(result.diagnostics[0]?.line, lineOf(file, '@call'));
  assert.match(result.message, /"elsewhere" is used but defined nowhere/);
});

test('without main the program is a reactor, and a requested function is exported', async () => {
  const { wasm } = await artifactOf('c/library.c', { exports: ['add'] });
  const { add, _initialize, _start } = exportsOf(wasm);
  assert.equal(_start, undefined);
  _initialize!();
  assert.equal(add!(2, 3), 5);
});

test('a function is found by the name it is exported under', async (context) => {
  const file = path.join(temporaryFolder(context), 'named.c');
  writeFileSync(file, '__attribute__((export_name("sum"))) int add(int a, int b) { return a + b; }\n');
  const { sum } = exportsOf((await artifactOf(file, { exports: ['sum'] })).wasm);
  assert.equal(sum!(2, 3), 5);
  const result = await build(file, { exports: ['add'] });
  assert.ok(!result.ok);
  assert.match(result.message, /exports no function "add"\. It exports sum\./);
});

test('a main that a condition leaves out makes no command', async (context) => {
  const file = path.join(temporaryFolder(context), 'conditional.c');
  writeFileSync(file, '#ifdef TEST\nint main(void) { return 0; }\n#endif\nint one(void) { return 1; }\n');
  const { one, _start } = exportsOf((await artifactOf(file, { exports: ['one'] })).wasm);
  assert.equal(_start, undefined);
  assert.equal(one!(), 1);
  const tested = await artifactOf(file, { buildArgs: ['-DTEST'] });
  assert.equal(run(context, tested.wasm).code, 0);
});

test('a requested function that is not there is named', async () => {
  const result = await build('c/library.c', { exports: ['hidden'] });
  assert.ok(!result.ok);
  assert.match(result.message, /exports no function "hidden".*A static function cannot be exported/);
});

test('an unknown argument is named', async () => {
  const result = await build('c/library.c', { buildArgs: ['--no-such-thing'] });
  assert.ok(!result.ok);
  assert.match(result.message, /no-such-thing/);
});

test('-O in buildArgs replaces -O0', async () => {
  const plain = await artifactOf('c/library.c', { exports: ['add'] });
  const small = await artifactOf('c/library.c', { exports: ['add'], buildArgs: ['-O2'] });
  assert.ok(codeSize(small.wasm) < codeSize(plain.wasm));
});

test('folders with spaces and other letters keep their names', async (context) => {
  const folder = path.join(temporaryFolder(context), 'mit Ümlaut & space');
  mkdirSync(folder);
  const file = path.join(folder, 'ä.c');
  writeFileSync(file, 'int main(void) { return 0; }\n');
  const { wasm } = await artifactOf(file);
  assert.ok(debugStrings(wasm).includes(file));
});

test('on Windows, too, paths in the tree of the compiler lead back to those on disk', () => {
  assert.equal(virtualPath('C:\\Users\\me\\a b.c'), '/host/C:/Users/me/a b.c');
  assert.equal(realPath('/host/C:/Users/me/a b.c'), 'C:/Users/me/a b.c');
  assert.equal(virtualPath('/home/me/a.c'), '/host/home/me/a.c');
  assert.equal(realPath('/host/home/me/../a.c'), '/home/a.c');
  assert.equal(realPath('/usr/include/stdio.h'), undefined);
});

test('__FILE__ is the path on disk', async (context) => {
  const file = path.join(temporaryFolder(context), 'name.c');
  writeFileSync(file, '#include <stdio.h>\nint main(void) { puts(__FILE__); }\n');
  assert.equal(run(context, (await artifactOf(file)).wasm).output, `${file}\n`);
});

/** Function and place of the first `count` code offsets, by LLVM's own reader, which comes with the embedded compiler. */
async function symbolize(wasm: Uint8Array, count: number): Promise<string> {
  let text = '';
  const collect = (bytes: Uint8Array | null): void => {
    text += Buffer.from(bytes ?? []).toString();
  };
  const offsets = Array.from({ length: count }, (_, offset) => String(offset));
  const options = { stdout: collect, fetchProgress: () => undefined };
  await runLLVM(['symbolizer', '--obj=out.wasm', ...offsets], { 'out.wasm': wasm }, options);
  return text;
}

function debugStrings(wasm: Uint8Array): string {
  return Buffer.from(WebAssembly.Module.customSections(moduleOf(wasm), '.debug_str')[0]!).toString();
}

function codeSize(wasm: Uint8Array): number {
  return wasm.length - WebAssembly.Module.customSections(moduleOf(wasm), '.debug_info')[0]!.byteLength;
}
