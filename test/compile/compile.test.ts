import { strict as assert } from 'node:assert';
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { compile, dispose, languageOf, warmUp } from '../../sandbox/compile/compile.ts';
import { ChildFailure, WarmChild } from '../../sandbox/compile/warmChild.ts';
import { artifactOf, build, fixture, moduleOf, temporaryFolder } from './moduleUnderTest.ts';

after(dispose);

test('the language follows from the extension', () => {
  const files = ['/a/b.c', 'b.TS', 'c.wat', 'd.wasm', 'e.d/f', 'g.rs', '.c'];
  assert.deepEqual(files.map(languageOf), ['c', 'assemblyscript', 'wat', 'wasm', undefined, undefined, undefined]);
});

for (const [what, program, message] of [
  ['a file that does not exist', fixture('nowhere.c'), /nowhere\.c does not exist/],
  ['another language', fixture('program.rs'), /program\.rs is a \.rs file.*Supported are C \(\.c\)/],
  ['a path through a file', path.join(fixture('c/hello.c'), 'x.c'), /does not exist/],
] as const) {
  test(`${what} gives a clear message`, async () => {
    const result = await compile({ program, cache: false });
    assert.ok(!result.ok);
    assert.match(result.message, message);
  });
}

test('a folder with the extension of a source gives a clear message', async (context) => {
  const folder = path.join(temporaryFolder(context), 'folder.c');
  mkdirSync(folder);
  const result = await build(folder);
  assert.ok(!result.ok);
  assert.match(result.message, /folder\.c is a folder/);
  const around = await build(path.dirname(folder));
  assert.ok(!around.ok);
  assert.match(around.message, /is a folder/);
});

test('a module is taken as it is, with its debug information named', async (context) => {
  const folder = temporaryFolder(context);
  for (const [source, debug] of [
    ['c/library.c', 'dwarf'],
    ['wat/statements.wat', 'none'],
  ] as const) {
    const { wasm } = await artifactOf(source);
    const file = path.join(folder, 'module.wasm');
    writeFileSync(file, wasm);
    const taken = await artifactOf(file);
    assert.deepEqual([...taken.wasm], [...wasm]);
    assert.equal(taken.debug.kind, debug);
    moduleOf(taken.wasm);
  }
});

for (const [what, bytes, message] of [
  ['an empty file', [], /is empty/],
  ['text', [...Buffer.from('(module)')], /is not a WebAssembly module/],
  ['a component', [0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0], /is a WebAssembly component/],
  ['a future version', [0, 0x61, 0x73, 0x6d, 2, 0, 0, 0], /unknown WebAssembly version/],
  ['a header cut short', [0, 0x61, 0x73, 0x6d, 1], /unknown WebAssembly version|cut short/],
  ['a section that is cut short', [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 200, 1], /cut short: unexpected end at offset/],
] as const) {
  test(`${what} called .wasm gives a clear message`, async (context) => {
    const file = path.join(temporaryFolder(context), 'module.wasm');
    writeFileSync(file, Uint8Array.from(bytes));
    const result = await build(file);
    assert.ok(!result.ok);
    assert.match(result.message, message);
  });
}

test('a function to be called that is not exported is named, with those that are', async () => {
  for (const [program, exported] of [
    ['wat/statements.wat', 'add'],
    ['as/traps.ts', 'divide'],
  ] as const) {
    const result = await build(program, { exports: ['absent'] });
    assert.ok(!result.ok);
    assert.match(result.message, /exports no function "absent"\. It exports /);
    assert.match(result.message, new RegExp(`\\b${exported}\\b`));
    assert.ok((await build(program, { exports: [exported] })).ok);
  }
});

test('a file whose name starts with a dash is no option', async (context) => {
  const folder = temporaryFolder(context);
  for (const [name, text] of [
    ['-O3.ts', 'export function f(): i32 { return 1; }'],
    ['-O3.c', 'int main(void) { return 0; }'],
    ['-O3.wat', '(module)'],
  ] as const) {
    writeFileSync(path.join(folder, name), text);
    await artifactOf(path.join(folder, name));
  }
});

test('a compilation that is cancelled ends at once, and the next one works', async () => {
  for (const name of ['c/library.c', 'as/traps.ts', 'wat/statements.wat']) {
    const aborted = await build(name, { signal: AbortSignal.abort() });
    assert.ok(!aborted.ok);
    assert.match(aborted.message, /was cancelled/);
  }
  const controller = new AbortController();
  const running = build('c/hello.c', { signal: controller.signal });
  setImmediate(() => controller.abort());
  const result = await running;
  assert.ok(!result.ok);
  assert.match(result.message, /was cancelled/);
  await artifactOf('c/library.c');
});

test('a request that waits its turn is cancelled at once', async (context) => {
  const child = new WarmChild('clangChild');
  context.after(() => child.dispose());
  const job = { args: [], files: [], output: '/out.wasm' };
  const first = child.request(job).then(() => 'first');
  const controller = new AbortController();
  const second = child.request(job, controller.signal).catch((error: unknown) => error);
  controller.abort();
  const earliest = await Promise.race([first, second]);
  assert.ok(earliest instanceof ChildFailure);
  assert.equal(earliest.reason, 'cancelled');
});

test('including what never ends does not hang', { skip: process.platform === 'win32' }, async (context) => {
  const file = path.join(temporaryFolder(context), 'endless.c');
  writeFileSync(file, '#include "/dev/zero"\nint main(void) { return 0; }\n');
  const result = await build(file);
  assert.ok(!result.ok);
  assert.match(result.message, /'\/dev\/zero' file not found/);
});

test('a request whose child is disposed of counts as cancelled', async () => {
  const child = new WarmChild('clangChild');
  const answer = child.request({ args: [], files: [], output: '/out.wasm' }).catch((error: unknown) => error);
  setImmediate(() => child.dispose());
  const failure = await answer;
  assert.ok(failure instanceof ChildFailure);
  assert.equal(failure.reason, 'cancelled');
});

test('a child that gives no answer in time is stopped', async () => {
  const child = new WarmChild('clangChild', 1);
  const failure = await child.request({ args: [], files: [], output: '/out.wasm' }).catch((error: unknown) => error);
  assert.ok(failure instanceof ChildFailure);
  assert.equal(failure.reason, 'timeout');
  child.dispose();
});

test('a warm child does not keep the process alive', async () => {
  const compileFile = fileURLToPath(import.meta.resolve('../../sandbox/compile/compile.ts'));
  const script = `
    const { compile, warmUp } = await import(${JSON.stringify(compileFile)});
    warmUp('c');
    const result = await compile({ program: ${JSON.stringify(fixture('as/traps.ts'))}, cache: false });
    console.log(result.ok);
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    timeout: 30_000,
  });
  assert.equal(stdout, 'true\n');
});

test('warming up is safe for every language', () => {
  for (const language of ['c', 'assemblyscript', 'wat', 'wasm'] as const) warmUp(language);
});
