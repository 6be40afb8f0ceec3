/** Each limit as a person meets it in the editor: where it stops, what the exception says, and how the run ends. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { TestSession } from '../support/debugSession.ts';
import { hoarder } from '../support/hoarder.ts';

const folder = mkdtempSync(join(tmpdir(), 'limits-'));
after(() => rmSync(folder, { recursive: true }));

function source(name: string, text: string | Uint8Array): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

const program = source(
  'limits.wat',
  `(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1) (data (i32.const 0) "\\10\\00\\00\\00\\08\\00\\00\\00") (data (i32.const 16) "12345678")
  (func (export "grow") (result i32)
    (memory.grow (i32.const 2000)))
  (func (export "abort")
    (drop (memory.grow (i32.const 2000)))
    unreachable)
  (func (export "spin")
    (loop (br 0)))
  (func $deep (export "deep")
    (call $deep))
  (func (export "print")
    (loop (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))) (br 0))))`,
);

async function withSession(args: object, use: (session: TestSession) => Promise<void>): Promise<void> {
  const session = await TestSession.launch(args);
  try {
    await use(session);
  } finally {
    await session.close();
  }
}

/** The stop that comes next: line of its top frame, and what the exception box shows. */
async function shown(session: TestSession) {
  const { body } = await session.event('stopped');
  const info = (await session.client.exceptionInfoRequest({ threadId: 1 })).body;
  const [top] = await session.stack();
  return {
    reason: body.reason,
    text: body.text,
    id: info.exceptionId,
    code: info.details?.fullTypeName,
    at: top?.name,
  };
}

const LIMITS = [
  [
    'spin',
    { timeout: 100 },
    'timeout',
    /^It ran for 100 ms; "timeout" in sandbox.json allows 100 ms\. Raise the limit/,
  ],
  ['spin', { fuel: 5000 }, 'fuel', /^It executed 5,\d+ instructions; "fuel" in sandbox.json allows 5,000\. Raise/],
  [
    'deep',
    { maxCallDepth: 50 },
    'maxCallDepth',
    /^Its calls were nested 5\d deep; .* allows 50\. Look for endless recursion/,
  ],
  [
    'print',
    { maxOutput: 100 },
    'maxOutput',
    /^It wrote 104 bytes to its standard output and error; .* allows 100\. Look for/,
  ],
] as const;

describe('a limit stops where it is reached, says which and what to do, and ends the run', { concurrency: 2 }, () => {
  for (const [name, sandbox, kind, text] of LIMITS) {
    test(kind, () =>
      withSession({ program, function: name, sandbox }, async (session) => {
        const stop = await shown(session);
        assert.deepEqual([stop.reason, stop.id, stop.at], ['exception', `limit: ${kind}`, name]);
        assert.equal(stop.code, `SANDBOX_RESOURCE_EXHAUSTED.${kind}`);
        assert.match(stop.text, text);
        await session.continue();
        assert.equal(await session.ended(), 137);
        assert.match(session.output('stderr'), /The program was ended\. It/);
        if (kind === 'maxOutput') assert.equal(session.output('stdout').length, 100);
      }),
    );
  }
});

describe('a growth of memory that is refused', { concurrency: 2 }, () => {
  const text =
    /^It asked for 131,137,536 bytes of memory; "memory" in sandbox.json allows 67,108,864\. .* Continue, and the program/;

  test('stops at its line, and the program goes on with -1', () =>
    withSession({ program, function: 'grow', sandbox: {} }, async (session) => {
      const stop = await shown(session);
      assert.deepEqual([stop.reason, stop.id, stop.at], ['exception', 'limit: memory', 'grow']);
      assert.equal(stop.code, 'SANDBOX_RESOURCE_EXHAUSTED.memory');
      assert.match(stop.text, text);
      assert.equal((await session.stack())[0]?.line, 5);
      await session.continue();
      assert.equal(await session.ended(), 0);
      assert.match(session.output('console'), /returned -1/);
    }));

  test('a step goes on from there', () =>
    withSession({ program, function: 'abort', sandbox: {} }, async (session) => {
      await shown(session);
      await session.next();
      const { body } = await session.event('stopped');
      assert.equal(body.reason, 'step');
      assert.equal((await session.stack())[0]?.line, 8);
    }));

  test('and an abort after it is explained by it', () =>
    withSession({ program, function: 'abort', sandbox: {} }, async (session) => {
      await shown(session);
      await session.continue();
      const stop = await shown(session);
      assert.equal(stop.id, 'unreachable');
      const info = (await session.client.exceptionInfoRequest({ threadId: 1 })).body;
      assert.match(info.description ?? '', /^unreachable \(it had asked for 131,137,536 bytes of memory, and "memory"/);
      await session.continue();
      assert.equal(await session.ended(), 137);
      assert.match(
        session.output('stderr'),
        /It asked for 131,137,536 bytes of memory; .* It then trapped: unreachable\./,
      );
    }));

  test('does not stop without the filter', async () => {
    const session = await TestSession.open();
    try {
      const launched = session.client.launchRequest({ program, function: 'grow', sandbox: {} } as never);
      await session.client.setExceptionBreakpointsRequest({ filters: ['traps'] });
      await session.client.configurationDoneRequest();
      await launched;
      assert.equal(await session.ended(), 0);
      assert.equal(
        session.events.some(({ event }) => event === 'stopped'),
        false,
      );
    } finally {
      await session.close();
    }
  });
});

test('AssemblyScript that runs out of memory stops at the line that asked for it', () => {
  const file = source(
    'hoard.ts',
    'const keep: StaticArray<u8>[] = [];\nfor (;;) keep.push(new StaticArray<u8>(1 << 20));\n',
  );
  return withSession({ program: file, sandbox: { memory: '4MB' } }, async (session) => {
    const stop = await shown(session);
    assert.equal(stop.id, 'limit: memory');
    const own = (await session.stack()).find((frame) => frame.source?.path === file);
    assert.equal(own?.line, 2);
    await session.continue();
    assert.equal((await shown(session)).id, 'unreachable', 'that the same line asks for more again is no news');
  });
});

test('C that survives having no memory is stopped once, however often its allocator asks', () => {
  const file = source(
    'refused.c',
    '#include <stdlib.h>\nint main(void) {\n  int got = 0;\n  while (malloc(300000)) got++;\n  return got;\n}\n',
  );
  return withSession({ program: file, sandbox: { memory: '2MB' } }, async (session) => {
    assert.equal((await shown(session)).id, 'limit: memory');
    await session.continue();
    const got = await session.ended();
    assert.ok(got > 0 && got < 7, `${got} blocks`);
    const asked = session.events.filter(({ event }) => event === 'wasm-sandbox/limit');
    assert.ok(asked.length > 1, 'every refusal is told');
  });
});

test('C that fills its own stack is told so, with its size and how to enlarge it', () => {
  const file = source(
    'deep.c',
    'int deep(int n) {\n  volatile char buffer[1000];\n  buffer[n % 1000] = 1;\n  return deep(n + 1) + buffer[0];\n}\nint main(void) { return deep(0); }\n',
  );
  return withSession({ program: file, sandbox: {} }, async (session) => {
    const stop = await shown(session);
    assert.deepEqual([stop.id, stop.at], ['stack overflow', 'deep']);
    const info = (await session.client.exceptionInfoRequest({ threadId: 1 })).body;
    assert.match(
      info.description ?? '',
      /the 256 KB stack that the program keeps in its memory is full\. .*stack-size=\d+/,
    );
  });
});

test('a guest that fills the engine’s heap takes its process down: the session says so, and can start another', () =>
  withSession({ program: source('hoards.wasm', hoarder(100_000)), sandbox: {} }, async (session) => {
    assert.equal(await session.ended(), 134);
    assert.match(session.output('stderr'), /The guest's process died\. The program ran out of memory for its objects/);
    const args = { program, function: 'grow', sandbox: { memory: '1GB' } };
    await session.client.customRequest('restart', { arguments: args });
    assert.equal((await session.event('exited')).body.exitCode, 0);
  }));
