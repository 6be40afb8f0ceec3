/** What the extension keeps of a run: a panel that was away gets the same picture as one that watched. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RunHistory } from '../../extension/runHistory.ts';
import type { RunPatch, ViolationGroup } from '../../extension/webviews/panel/messages.ts';
import { LANE_NAMES, RunModel } from '../../extension/webviews/panel/runModel.ts';
import { explain, shortRemedy } from '../../extension/webviews/panel/violationList.ts';
import { MOST_VIOLATIONS } from '../../sandbox/wasi/violation.ts';
import { violation } from '../webviews/sampleRun.ts';

const LIMITS = { memory: 2 ** 26, fuel: null, timeout: 30_000 };

const sample = (time: number) => ({
  time,
  instant: time * 1000,
  memory: 65536,
  hostCalls: time,
  outputBytes: 0,
  bytesRead: 0,
  bytesWritten: 0,
  filesOpened: 0,
  networkRequests: 0,
  bytesSent: 0,
  bytesReceived: 0,
});

function update(run: RunHistory): RunPatch {
  const patch = run.takeUpdate();
  assert.ok(patch !== undefined && patch !== 'snapshot');
  return patch;
}

test('updates add up to the snapshot', () => {
  const run = new RunHistory(1, 'run');
  const watching = new RunModel(1, 'run');
  for (let step = 1; step <= 50; step++) {
    run.addUsage({ limits: LIMITS, samples: [sample(step * 10), sample(step * 10 + 5)] });
    if (step % 3 === 0)
      run.addViolation(violation(step * 10, 'path_open', `/x${step % 2}`, 'filesystem.read', 'ACCES', 4));
    if (step % 4 === 0) run.addOutput(step * 10, false);
    if (step % 10 === 0) run.stopped({ reason: 'breakpoint' });
    if (step % 7 === 0) watching.apply(update(run));
  }
  run.ended(0);
  watching.apply(update(run));
  const late = new RunModel(1, 'run');
  late.apply(run.snapshot());
  for (const model of [watching, late]) {
    assert.equal(model.sampleCount, 100);
    assert.deepEqual(model.state, { kind: 'ended', exitCode: 0 });
    assert.equal(model.violationCount, 16);
  }
  assert.deepEqual(watching.violations, late.violations);
  for (const lane of LANE_NAMES) assert.deepEqual(watching.lane(lane).marks, late.lane(lane).marks);
});

test('a limit is listed with what answers it, once for each time that it was reached', () => {
  const run = new RunHistory(1, 'run');
  const location = { source: '/a.c', line: 7, column: 3 };
  const remedy = { title: 'Raise "memory" to "8MB" in sandbox.json', changes: [] };
  const reached = (instant: number) => {
    const what = { limit: 'memory', message: 'It asked for more.', function: 'main', location, stack: [], remedy };
    run.addLimit({ ...what, instant, time: instant / 10 });
  };
  reached(100);
  reached(100);
  reached(200);
  const model = new RunModel(1, 'run');
  model.apply(run.snapshot());
  const [only, ...more] = model.violations;
  assert.deepEqual(more, []);
  assert.deepEqual([only?.operation, only?.target, only?.count, only?.lastTime], ['limit', 'memory', 2, 20]);
  assert.equal(only?.remedy, remedy.title);
  assert.equal(explain(only as ViolationGroup), 'It asked for more.');
  assert.equal(shortRemedy(remedy.title), 'Raise…');
  assert.deepEqual(run.fixes, [{ change: remedy, configFile: undefined }]);
  assert.equal(model.lane('violations').count, 2);
});

test('nothing new is no update', () => {
  const run = new RunHistory(1, 'run');
  run.running();
  update(run);
  assert.equal(run.takeUpdate(), undefined);
});

test('a mark without a time takes the last sample’s', () => {
  const run = new RunHistory(1, 'run');
  run.addUsage({ limits: LIMITS, samples: [sample(40)] });
  run.stopped({ reason: 'breakpoint' });
  run.addOutput(undefined, true);
  const model = new RunModel(1, 'run');
  model.apply(run.snapshot());
  assert.deepEqual(model.lane('stops').marks, [{ time: 40, count: 1, rank: 0 }]);
  assert.deepEqual(model.lane('output').marks, [{ time: 40, count: 1, rank: 1 }]);
});

test('a panel that was hidden for long gets a snapshot, and only one', () => {
  const run = new RunHistory(1, 'run');
  for (let time = 0; time < 20_000; time++) run.addOutput(time, false);
  assert.equal(run.takeUpdate(), 'snapshot');
  const model = new RunModel(1, 'run');
  model.apply(run.snapshot());
  assert.equal(model.lane('output').count, 20_000);
  run.addOutput(20_001, false);
  assert.equal(update(run).marks?.output?.length, 3);
});

test('a guest that asks for ever is counted in bounded memory', () => {
  const run = new RunHistory(1, 'run');
  for (let n = 0; n < 100_000; n++)
    run.addViolation(violation(n, 'path_open', `/secret/${n % 3000}`, 'filesystem.read', 'ACCES', 1));
  const snapshot = run.snapshot();
  assert.equal(snapshot.violations?.length, MOST_VIOLATIONS);
  const listed = snapshot.violations?.reduce((sum, group) => sum + group.count, 0) ?? 0;
  assert.equal(listed + (snapshot.unlisted ?? 0), 100_000);
  assert.equal(run.violationCount, 100_000);
  const bytes = Object.values(snapshot.marks ?? {}).reduce((sum, rows) => sum + rows.byteLength, 0);
  assert.ok(bytes < 2 ** 20);
});

test('an exit code is not lost to the event that follows it', () => {
  const run = new RunHistory(1, 'run');
  run.ended(3);
  run.ended();
  run.running();
  assert.deepEqual(run.snapshot().state, { kind: 'ended', exitCode: 3 });
});
