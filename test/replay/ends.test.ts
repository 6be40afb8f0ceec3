/** Where a past ends: at traps, limits and kills, at a present that is still waiting, or where the recording says something else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GuestOptions, Stop } from '../../sandbox/guest/protocol.ts';
import { Timeline } from '../../sandbox/replay/timeline.ts';
import { call, fixture, textOptions } from './programs.ts';
import { type RecordedRun, type RunSettings, recordRun, sightOf } from './recordedRun.ts';

const ENDLESS =
  '(module (memory 1) (func (export "_start") (loop $l (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1))) (br $l))))';

async function past<T>(
  options: GuestOptions,
  settings: RunSettings,
  look: (timeline: Timeline, run: RecordedRun) => Promise<T>,
): Promise<T> {
  const run = await recordRun(options, settings);
  const timeline = await Timeline.open({ file: run.file, guest: options }, run.last);
  try {
    return await look(timeline, run);
  } finally {
    timeline.close();
    await run.guest.kill();
  }
}

test('a trap is behind all that was before it, and is seen again', () =>
  past(
    textOptions(fixture('instrument', 'recursion.wat'), call('trap', 3)),
    { most: 1, straight: true },
    async (timeline, run) => {
      const { stop } = await timeline.seek(Number.POSITIVE_INFINITY);
      const all = [...Array(400).keys()];
      const last = await timeline.lastHit({ sites: all }, Number.POSITIVE_INFINITY);
      assert.deepEqual([stop.reason, stop.frames, stop.final], [run.last?.reason, run.last?.frames, true]);
      assert.ok(last && last.instant < stop.instant && last.instant >= stop.instant - 3);
      assert.equal((await timeline.seek(last.instant)).stop.instant, last.instant);
      assert.deepEqual((await timeline.seek(stop.instant + 1)).stop.reason, stop.reason);
    },
  ));

test('an exit inside catch_all ends the run for good', () =>
  past(textOptions(fixture('replay', 'host.wat')), { straight: true }, async (timeline, run) => {
    const { stop, output } = await timeline.seek(Number.MAX_SAFE_INTEGER);
    assert.deepEqual(stop.reason, { kind: 'ended', end: run.end });
    assert.deepEqual([run.end, output.stdout], [{ kind: 'exited', code: 7, results: [] }, 15]);
  }));

for (const [name, changes] of [
  ['timeout', { timeout: 200 }],
  ['fuel', { fuel: 1_000_000 }],
] as const) {
  test(`a run that ended by its limit: ${name}`, () =>
    past(textOptions(ENDLESS, { kind: 'command' }, changes), { most: 1, straight: true }, async (timeline, run) => {
      assert.ok(run.last);
      const seen = await sightOf(run.last, run.guest, { stdout: 0, stderr: 0 }, run.options);
      const { stop, guest, output } = await timeline.seek(Number.MAX_SAFE_INTEGER);
      assert.deepEqual(await sightOf(stop, guest, output, run.options), seen);
      assert.deepEqual(stop.reason, run.last.reason);
    }));
}

test('a run that was killed, found without knowing where', async () => {
  const options = textOptions(ENDLESS);
  const run = await recordRun(options, { straight: true, killAfter: 100 });
  assert.deepEqual(run.end, { kind: 'killed' });
  const timeline = await Timeline.open({ file: run.file, guest: options });
  try {
    const { stop } = await timeline.seek(Number.POSITIVE_INFINITY);
    assert.deepEqual(stop.reason, { kind: 'ended', end: { kind: 'killed' } });
    const before = await timeline.lastHit({ sites: [0] }, stop.instant);
    assert.ok(before && before.instant < stop.instant);
  } finally {
    timeline.close();
  }
});

test('a run that waits for input is seen waiting; when it has gone on, so does its past', () =>
  past(
    textOptions(fixture('guest', 'echo.wat')),
    { straight: true, stdin: ['one'], wait: true },
    async (timeline, run) => {
      assert.ok(run.last?.inHostCall);
      const seen = await sightOf(run.last, run.guest, { stdout: 3, stderr: 0 }, run.options);
      const first = await timeline.seek(run.last.instant);
      assert.deepEqual(
        [first.stop.reason, await sightOf(first.stop, first.guest, first.output, run.options)],
        [{ kind: 'present' }, seen],
      );
      assert.equal(await timeline.nextHit({ sites: [...Array(60).keys()] }, run.last.instant), undefined);
      run.guest.stdin(new TextEncoder().encode('three'));
      run.guest.stdin(undefined);
      run.guest.resume({ kind: 'step', line: -2, depth: 1, maxDepth: 9 });
      const stop = (await run.next()) as Stop;
      timeline.advanced(stop);
      const there = await timeline.seek(stop.instant);
      assert.deepEqual(
        await sightOf(there.stop, there.guest, there.output, run.options),
        await sightOf(stop, run.guest, { stdout: 3, stderr: 0 }, run.options),
      );
    },
  ));

test('what was written into memory at a stop is there afterwards, and not before', () =>
  past(textOptions(fixture('replay', 'host.wat')), { most: 30 }, async (timeline, run) => {
    assert.ok(run.last);
    await run.guest.writeMemory(5000, Uint8Array.of(1, 2, 3));
    run.guest.resume({ kind: 'continue' });
    const stop = (await run.next()) as Stop;
    timeline.advanced(stop);
    const read = async (instant: number) => [...(await (await timeline.seek(instant)).guest.readMemory(5000, 3))];
    assert.deepEqual(await read(stop.instant), [1, 2, 3]);
    assert.deepEqual(await read(run.last.instant), [1, 2, 3]);
    assert.deepEqual(
      await read(run.last.instant - 1),
      [0, 0, 0].map((_, at) => (run.hits.at(-2)?.instant === (run.last?.instant ?? 0) - 1 ? 0 : [1, 2, 3][at])),
    );
    assert.deepEqual(await read(run.hits.at(-3)?.instant ?? 0), [0, 0, 0]);
  }));

test('another module departs, and says where', async () => {
  const options = textOptions(fixture('replay', 'host.wat'));
  const run = await recordRun(options, { straight: true });
  const other = textOptions(
    fixture('replay', 'host.wat').replace(
      '(i32.const 16)))\n    (drop (call $time',
      '(i32.const 16)))\n    nop (drop (call $time',
    ),
  );
  const timeline = await Timeline.open({ file: run.file, guest: other });
  try {
    await assert.rejects(timeline.seek(1e9), /At instant \d+ the replay departs from the recording\. .*another module/);
  } finally {
    timeline.close();
  }
  const echo = await Timeline.open({ file: run.file, guest: textOptions(fixture('guest', 'echo.wat')) });
  try {
    await assert.rejects(echo.seek(1e9), /the program called fd_read, but the recording has a call of random_get/);
  } finally {
    echo.close();
  }
});

test('a search that is called off leaves a past that can be asked again', async () => {
  const options = textOptions(ENDLESS, { kind: 'command' }, { timeout: 400 });
  await past(options, { most: 1, straight: true }, async (timeline, run) => {
    const abort = new AbortController();
    const sought = timeline.seek(Number.MAX_SAFE_INTEGER, abort.signal);
    abort.abort();
    await assert.rejects(sought, { name: 'AbortError' });
    assert.deepEqual((await timeline.seek(Number.MAX_SAFE_INTEGER)).stop.reason, run.last?.reason);
  });
});
