/** What a client may do wrong, and what programs may be: the adapter answers with a sentence and lives. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import wabtModule from 'wabt';
import { TestSession } from '../support/debugSession.ts';
import { repositoryFile } from '../support/markers.ts';

const folder = mkdtempSync(join(tmpdir(), 'wasm-sandbox-test-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function source(name: string, text: string | Uint8Array): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

async function withSession(body: (session: TestSession) => Promise<void>): Promise<void> {
  const session = await TestSession.open();
  try {
    await body(session);
  } finally {
    await session.close();
  }
}

test('requests out of state, unknown ones and bad arguments get errors that say so', () =>
  withSession(async ({ client }) => {
    const refused = (command: string, args: object, message: RegExp) =>
      assert.rejects(client.send(command, args), { message });
    await refused(
      'continue',
      { threadId: 1 },
      /"continue" is not possible while the session is initialized; it needs to be stopped/,
    );
    await refused('stackTrace', { threadId: 1 }, /needs to be stopped/);
    await refused('fly', {}, /does not know the request "fly"/);
    await refused('attach', {}, /Attaching is not supported/);
    await refused('initialize', {}, /not possible while the session is initialized/);
    await refused('setBreakpoints', {}, /"setBreakpoints" needs "source" to be an object/);
    await refused(
      'setBreakpoints',
      { source: { path: 'a.c' }, breakpoints: [{ line: 'one' }] },
      /"line" to be a whole number/,
    );
    await refused('evaluate', { expression: 5 }, /"expression" to be a string/);
    await refused('launch', { program: 7 }, /"program" to be a string/);
  }));

test('bytes that are no message do not end the session', () =>
  withSession(async ({ client }) => {
    const { stdin } = (client as unknown as { _adapterProcess: { stdin: NodeJS.WritableStream } })._adapterProcess;
    for (const noise of [
      'Content-Length: 7\r\n\r\n{"seq":',
      'Content-Length: 4\r\n\r\nnull',
      'Content-Length: 2\r\n\r\n[]',
      'Bogus: 1\r\n\r\n',
    ])
      stdin.write(noise);
    const { body } = await client.threadsRequest();
    assert.deepEqual(body.threads, [{ id: 1, name: 'main' }]);
  }));

test('breakpoints set before the launch bind when the program is built', () =>
  withSession(async (session) => {
    const file = repositoryFile('examples/wat/primes.wat');
    const [pending] = await session.setBreakpoints(file, ['main']);
    assert.equal(pending?.verified, false);
    await session.client.launchRequest({ program: file } as never);
    const changed = await session.event('breakpoint');
    assert.equal(changed.body.breakpoint.id, pending?.id);
    assert.equal(changed.body.breakpoint.verified, true);
  }));

test('a compile error: a diagnostic at its place, the same in the console, and an end', () =>
  withSession(async (session) => {
    const file = source('broken.c', 'int main(void) {\n  return missing;\n}\n');
    await assert.rejects(session.client.launchRequest({ program: file } as never), /missing/);
    const { body } = await session.event('wasm-sandbox/diagnostics');
    assert.deepEqual(
      body.diagnostics.map(
        ({ file: at, line, column, severity }: { file: string; line: number; column: number; severity: string }) => [
          at,
          line,
          column,
          severity,
        ],
      ),
      [[file, 1, 9, 'error']],
    );
    assert.match(session.output('stderr'), /broken\.c:2:10: error: .*missing/);
    assert.doesNotMatch(session.output('stderr'), /^\s+at /m);
    await session.event('terminated');
  }));

test('a program that is not there, and one that is no module', () =>
  withSession(async (session) => {
    await assert.rejects(session.client.launchRequest({ program: join(folder, 'none.c') } as never), /does not exist/);
    await withSession(async (other) => {
      const file = source('bad.wasm', Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60));
      await assert.rejects(other.client.launchRequest({ program: file } as never), /byte|offset/);
    });
  }));

test('a module without debug information stops in functions by name, with its disassembly as source', () =>
  withSession(async (session) => {
    const wabt = await wabtModule();
    const text =
      '(module (func $twice (param i32) (result i32) local.get 0 local.get 0 i32.add) (func (export "_start") i32.const 21 call $twice drop))';
    const module = wabt.parseWat('plain.wat', text);
    const file = source('plain.wasm', module.toBinary({ write_debug_names: true }).buffer);
    const launched = session.client.launchRequest({ program: file } as never);
    const { body } = await session.client.setFunctionBreakpointsRequest({
      breakpoints: [{ name: 'twice' }, { name: 'thrice' }],
    });
    assert.deepEqual(
      body.breakpoints.map(({ verified }) => verified),
      [true, false],
    );
    await session.client.configurationDoneRequest();
    await launched;
    await session.event('stopped');
    const [top] = await session.stack();
    assert.match(top?.name ?? '', /twice/);
    const reference = top?.source?.sourceReference ?? 0;
    const disassembly = (await session.client.sourceRequest({ sourceReference: reference })).body.content;
    assert.match(disassembly.split('\n')[(top?.line ?? 0) - 1] ?? '', /local\.get/);
    assert.deepEqual(
      (await session.locals(top?.id ?? 0)).map((line) => line.replace(/^\S+ = /, '')),
      ['21'],
    );
  }));

const TRAPS: readonly (readonly [name: string, code: string, reason: RegExp])[] = [
  ['unreachable', '__builtin_trap();', /unreachable/],
  ['divide', 'volatile int zero = 0; return 1 / zero;', /divide by zero/],
  ['bounds', 'return *(volatile int *)0x7ffffff0;', /out of bounds memory/],
  ['mismatch', 'double (*f)(double) = (double (*)(double))main; return (int)f(1.0);', /type mismatch|signature/],
  ['abort', 'abort();', /unreachable/],
];

for (const [name, code, reason] of TRAPS) {
  test(`a trap stops where it happens: ${name}`, () =>
    withSession(async (session) => {
      const file = source(`${name}.c`, `#include <stdlib.h>\nint main(void) {\n  int before = 42;\n  ${code}\n}\n`);
      const launched = session.client.launchRequest({ program: file } as never);
      await session.client.configurationDoneRequest();
      await launched;
      const { body } = await session.event('stopped');
      assert.equal(body.reason, 'exception');
      assert.match(body.text, reason);
      const stack = await session.stack();
      const main = stack.find((frame) => frame.name === 'main' && frame.source?.path === file);
      assert.equal(main?.line, 4);
      assert.ok((await session.locals(main?.id ?? 0)).includes('before = 42'));
      const info = (await session.client.exceptionInfoRequest({ threadId: 1 })).body;
      assert.match(info.exceptionId, reason);
      await session.continue();
      assert.equal(await session.ended(), 134);
    }));
}

test('an AssemblyScript program that throws stops where it does, with the message', () =>
  withSession(async (session) => {
    const file = source(
      'thrower.ts',
      'function pick(numbers: i32[], index: i32): i32 {\n  return numbers[index];\n}\npick([1, 2, 3], 7);\n',
    );
    const launched = session.client.launchRequest({ program: file } as never);
    await session.client.configurationDoneRequest();
    await launched;
    const { body } = await session.event('stopped');
    assert.equal(body.reason, 'exception');
    assert.match(body.text, /Index out of range/);
    const pick = (await session.stack()).find(({ name }) => name === 'pick');
    assert.equal(pick?.line, 2);
    assert.ok((await session.locals(pick?.id ?? 0)).includes('index = 7'));
    await session.continue();
    assert.equal(await session.ended(), 255);
  }));

test('endless recursion stops at the call depth of sandbox.json, with its stack', () =>
  withSession(async (session) => {
    const file = source(
      'deep.c',
      'int deeper(int n) {\n  return n + deeper(n + 1);\n}\nint main(void) { return deeper(0); }\n',
    );
    const launched = session.client.launchRequest({ program: file, sandbox: { maxCallDepth: 500 } } as never);
    await session.client.configurationDoneRequest();
    await launched;
    const { body } = await session.event('stopped');
    assert.equal(body.reason, 'exception');
    assert.match(body.text, /maxCallDepth/);
    const page = (await session.client.stackTraceRequest({ threadId: 1, startFrame: 0, levels: 3 })).body;
    assert.equal(page.stackFrames.length, 3);
    assert.ok((page.totalFrames ?? 0) > 490 && (page.totalFrames ?? 0) <= 501);
  }));

test('a tight loop can be paused, looked at and ended', () =>
  withSession(async (session) => {
    const file = source('loop.c', 'int main(void) {\n  volatile int turns = 0;\n  for (;;) turns++;\n}\n');
    const launched = session.client.launchRequest({ program: file } as never);
    await session.client.configurationDoneRequest();
    await launched;
    await session.event('wasm-sandbox/usage');
    await session.client.pauseRequest({ threadId: 1 });
    assert.equal((await session.event('stopped')).body.reason, 'pause');
    const [top] = await session.stack();
    assert.equal(top?.line, 3);
    await session.continue();
    await session.client.terminateRequest();
    await session.event('terminated');
  }));

test('restart builds again and runs again, with the breakpoints that were set', async () => {
  const file = repositoryFile('examples/wat/primes.wat');
  const session = await TestSession.launch({ program: file }, { [file]: ['main'] });
  try {
    await session.event('stopped');
    await session.client.send('restart', {});
    assert.equal((await session.event('stopped')).body.reason, 'breakpoint');
  } finally {
    await session.close();
  }
});

test('conditions, hit counts and logpoints', () =>
  withSession(async (session) => {
    const file = source(
      'count.c',
      '#include <stdio.h>\nint main(void) {\n  int sum = 0;\n  for (int i = 0; i < 10; i++) {\n    sum += i;\n    puts("turn");\n  }\n  return sum;\n}\n',
    );
    const launched = session.client.launchRequest({ program: file } as never);
    await session.client.setBreakpointsRequest({
      source: { path: file },
      breakpoints: [
        { line: 5, condition: 'i == 4' },
        { line: 6, logMessage: 'sum is {sum} at {i}' },
        { line: 8, hitCondition: '1' },
      ],
    });
    await session.client.configurationDoneRequest();
    await launched;
    await session.event('stopped');
    assert.equal(await session.evaluate('i'), '4');
    await session.continue();
    await session.event('stopped');
    assert.equal(await session.evaluate('sum'), '45');
    assert.match(session.output('console'), /sum is 0 at 0\nsum is 1 at 1\nsum is 3 at 2\n/);
    await session.continue();
    assert.equal(await session.ended(), 45);
  }));

test('a "sandbox" in the launch configuration that is broken is told without places of a file that there is none of', () =>
  withSession(async (session) => {
    const file = source('fine.c', 'int main(void) { return 0; }\n');
    await assert.rejects(session.client.launchRequest({ program: file, sandbox: { timeot: 3 } } as never), {
      message: /^Nothing was run.*\n"sandbox" in launch\.json: error: "timeot" is not a setting/,
    });
  }));

test('a hit count that cannot be read is told on its breakpoint', () =>
  withSession(async (session) => {
    const file = source('once.c', 'int main(void) {\n  return 0;\n}\n');
    await session.client.launchRequest({ program: file } as never);
    const { body } = await session.client.setBreakpointsRequest({
      source: { path: file },
      breakpoints: [{ line: 2, hitCondition: 'often' }],
    });
    assert.equal(body.breakpoints[0]?.verified, true);
    assert.match(body.breakpoints[0]?.message ?? '', /"often" is not understood, so every hit stops/);
    await session.client.configurationDoneRequest();
    await session.event('stopped');
  }));

test('an exception is told at the user’s own frame: those above it are deemphasized, source and all', () =>
  withSession(async (session) => {
    const program = source(
      'refused.c',
      '#include <stdio.h>\nint main(void) { return fopen("/etc/hosts", "r") != 0; }\n',
    );
    const launched = session.client.launchRequest({ program } as never);
    await session.client.setExceptionBreakpointsRequest({ filters: ['violations'] });
    await session.client.configurationDoneRequest();
    await launched;
    await session.event('stopped');
    const emphasized = (await session.stack()).filter(({ source: at }) => at?.presentationHint !== 'deemphasize');
    assert.deepEqual(
      emphasized.map(({ name }) => name),
      ['main'],
    );
  }));
