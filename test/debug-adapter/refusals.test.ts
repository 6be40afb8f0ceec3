/** What the adapter tells of refused calls and limits beside the facts: where a change would be written, and how often. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { LimitEventBody, ViolationEventBody } from '../../debug-adapter/events.ts';
import { TestSession } from '../support/debugSession.ts';

const folder = mkdtempSync(join(tmpdir(), 'wasm-sandbox-refusals-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const OPENS = `(module
  (import "wasi_snapshot_preview1" "path_open"
    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 64) "secret.txt")
  (func (export "_start") (local $left i32)
    (local.set $left (i32.const 30000))
    (loop $again
      (drop (call $open (i32.const 3) (i32.const 0) (i32.const 64) (i32.const 10) (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 0)))
      (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))))
`;

const SPINS = '(module (func (export "_start") (loop $forever (br $forever))))';

function program(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

async function inRun(args: object, body: (session: TestSession) => Promise<void>): Promise<void> {
  const session = await TestSession.launch(args);
  try {
    await body(session);
  } finally {
    await session.close();
  }
}

const bodies = (session: TestSession, kind: string) =>
  session.events.flatMap(({ event, body }) => (event === `wasm-sandbox/${kind}` ? [body] : []));

test('a call that is refused thousands of times is told a few times, and counted', () =>
  inRun({ program: program('opens.wat', OPENS), noDebug: true }, async (session) => {
    assert.equal(await session.ended(), 0);
    const told: ViolationEventBody[] = bodies(session, 'violation');
    assert.equal(
      told.reduce((sum, { count = 1 }) => sum + count, 0),
      30_000,
    );
    assert.ok(told.length < 2000, `${told.length} events`);
    assert.equal(new Set(told.map(({ location }) => location?.line)).size, 1);
    assert.equal(session.output('console').match(/secret\.txt/g)?.length, 1);
    for (const { remedy, configFile } of told) {
      assert.equal(configFile, join(folder, 'sandbox.json'));
      assert.deepEqual(remedy?.changes, [{ path: ['filesystem', 'read'], kind: 'append', value: './secret.txt' }]);
    }
  }));

test('where launch.json holds the configuration, no file is named, and the title says so', () =>
  inRun({ program: program('opens.wat', OPENS), cwd: folder, sandbox: { fuel: '100G' } }, async (session) => {
    assert.equal(await session.ended(), 0);
    const [first]: ViolationEventBody[] = bodies(session, 'violation');
    assert.equal(first?.configFile, undefined);
    assert.equal(first?.remedy?.title, 'Grant reading "./secret.txt" in launch.json');
  }));

test('a limit that is reached comes with its place and with what raises it', () =>
  inRun({ program: program('spins.wat', SPINS), sandbox: { fuel: '1M' } }, async (session) => {
    await session.event('stopped', ({ body }) => body.cause === 'limit');
    const [limit]: LimitEventBody[] = bodies(session, 'limit');
    assert.equal(limit?.limit, 'fuel');
    assert.equal(limit?.location?.line, 1);
    assert.deepEqual(limit?.remedy?.changes, [{ path: ['fuel'], kind: 'set', value: '2M' }]);
  }));

test('so does one that ends a run without a debugger', () =>
  inRun({ program: program('spins.wat', SPINS), sandbox: { fuel: '1M' }, noDebug: true }, async (session) => {
    assert.equal(await session.ended(), 137);
    const limits: LimitEventBody[] = bodies(session, 'limit');
    assert.deepEqual(
      limits.map(({ limit, location }) => [limit, location?.line]),
      [['fuel', 1]],
    );
  }));

test('a stop at a refused call says that it is one, and a restart ends it', () =>
  inRun({ program: program('opens.wat', OPENS), stopOnEntry: true }, async (session) => {
    await session.event('stopped');
    await session.client.setExceptionBreakpointsRequest({ filters: ['violations'] });
    await session.client.continueRequest({ threadId: 1 });
    const { body } = await session.event('stopped');
    assert.equal(body.cause, 'violation');
    const { body: info } = await session.client.customRequest('exceptionInfo', { threadId: 1 });
    assert.match(info.description, /secret\.txt.* Continue, and the program is told \w+\./);
    await session.restart({ program: program('opens.wat', OPENS), stopOnEntry: true });
    await session.event('continued');
    await session.event('stopped');
  }));
