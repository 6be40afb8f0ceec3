/** What the panel derives from samples: rates, instants, columns; and the view on it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PanelStore } from '../../extension/webviews/panel/panelStore.ts';
import {
  formatBytes,
  formatMoment,
  formatShare,
  formatShortCount,
  formatTime,
} from '../../extension/webviews/panel/quantities.ts';
import { RunModel } from '../../extension/webviews/panel/runModel.ts';
import { SampleRows } from '../../extension/webviews/panel/sampleRows.ts';
import { ticks } from '../../extension/webviews/panel/timeScale.ts';
import {
  cursorAt,
  panned,
  revealing,
  spanOf,
  timeOf,
  viewportOf,
  zoomed,
} from '../../extension/webviews/panel/viewport.ts';

const NOTHING = {
  hostCalls: 0,
  outputBytes: 0,
  bytesRead: 0,
  bytesWritten: 0,
  filesOpened: 0,
  networkRequests: 0,
  bytesSent: 0,
  bytesReceived: 0,
};

function modelOf(...samples: readonly (readonly [time: number, instant: number, memory?: number])[]): RunModel {
  const rows = new SampleRows();
  for (const [time, instant, memory = 0] of samples) rows.push({ ...NOTHING, time, instant, memory });
  const model = new RunModel(1, 'run');
  model.apply({ samples: rows.slice() });
  return model;
}

test('rates are per second, between one sample and the one before', () => {
  const model = modelOf([100, 1e6], [200, 4e6]);
  assert.deepEqual([model.track('instructions').at(0), model.track('instructions').at(1)], [1e7, 3e7]);
});

test('two samples within the noise of the clock give no spike', () => {
  const model = modelOf([100, 1e6], [100.01, 1.0e6 + 5000], [100.02, 1.0e6 + 9000]);
  const rates = [0, 1, 2].map((row) => model.track('instructions').at(row));
  for (const rate of rates) assert.ok(Math.abs(rate - 1e7) < 1e5, `${rates}`);
});

test('the clock between two samples goes by proportion', () => {
  const model = modelOf([100, 1000], [200, 3000]);
  assert.deepEqual(
    [0, 50, 100, 150, 200, 900].map((time) => model.instantAt(time)),
    [0, 500, 1000, 2000, 3000, 3000],
  );
});

test('columns say which samples each pixel shows', () => {
  const model = modelOf([10, 1], [20, 2], [30, 3], [40, 4]);
  assert.deepEqual([...model.columns({ from: 0, to: 40 }, 4)], [0, 0, 1, 2, 3]);
});

test('an update after a gap is refused, a snapshot mends it', () => {
  const store = new PanelStore();
  const patch = { state: { kind: 'running' } } as const;
  assert.equal(store.receive({ type: 'update', seq: 1, patch }), false);
  assert.equal(store.receive({ type: 'snapshot', seq: 4, run: 1, name: 'run', patch }), true);
  assert.equal(store.receive({ type: 'update', seq: 5, patch: { state: { kind: 'ended', exitCode: 3 } } }), true);
  assert.equal(store.receive({ type: 'update', seq: 7, patch }), false);
  assert.ok(store.state.kind === 'run');
  assert.deepEqual(store.state.model.state, { kind: 'ended', exitCode: 3 });
  assert.equal(store.lastSeq, 5);
});

test('the whole grows with the run, a tail follows its end, a fixed span stays', () => {
  assert.deepEqual(spanOf({ kind: 'whole' }, 500), { from: 0, to: 500 });
  assert.deepEqual(spanOf({ kind: 'tail', span: 100 }, 500), { from: 400, to: 500 });
  assert.deepEqual(spanOf({ kind: 'tail', span: 100 }, 50), { from: 0, to: 50 });
  assert.deepEqual(spanOf({ kind: 'fixed', from: 10, to: 20 }, 500), { from: 10, to: 20 });
  assert.deepEqual(spanOf({ kind: 'whole' }, 0), { from: 0, to: 1 });
});

test('zooming keeps its anchor in place, and ends at the whole run', () => {
  const near = zoomed({ kind: 'whole' }, 1000, 0.5, 400);
  assert.deepEqual(near, { kind: 'fixed', from: 200, to: 700 });
  assert.deepEqual(zoomed(near, 1000, 8, 400), { kind: 'whole' });
  assert.deepEqual(zoomed({ kind: 'whole' }, 1000, 0.1, 1000), { kind: 'tail', span: 100 });
});

test('panning stops at both ends; at the end it follows', () => {
  const view = { kind: 'fixed', from: 100, to: 200 } as const;
  assert.deepEqual(panned(view, 1000, -500), { kind: 'fixed', from: 0, to: 100 });
  assert.deepEqual(panned(view, 1000, 5000), { kind: 'tail', span: 100 });
  assert.deepEqual(revealing(view, 1000, 150), view);
  assert.deepEqual(revealing(view, 1000, 500), { kind: 'fixed', from: 450, to: 550 });
  assert.deepEqual(viewportOf({ from: -50, to: 2000 }, 1000), { kind: 'whole' });
});

test('a cursor at the end stays at the end', () => {
  assert.deepEqual(cursorAt(1000, 1000), { kind: 'end' });
  assert.equal(timeOf({ kind: 'end' }, 2000), 2000);
  assert.deepEqual(cursorAt(-5, 1000), { kind: 'at', time: 0 });
});

test('ticks are round and within the span', () => {
  const { step, times } = ticks({ from: 130, to: 980 }, 500);
  assert.equal(step, 200);
  assert.deepEqual(times, [200, 400, 600, 800]);
  assert.equal(ticks({ from: 0, to: 300_000 }, 500).step, 60_000);
});

test('quantities read as people write them', () => {
  assert.deepEqual(
    [
      [0, 1],
      [940, 1],
      [1510, 10],
      [12_600, 100],
      [97_300, 100],
      [600_000, 1000],
      [0.034, 0.001],
    ].map(([time, resolution]) => formatTime(time!, resolution!)),
    ['0 s', '940 ms', '1.51 s', '12.6 s', '1:37.3', '10:00', '0.034 ms'],
  );
  assert.deepEqual([2.7083, 940, 1510].map(formatMoment), ['2.71 ms', '940 ms', '1.51 s']);
  assert.deepEqual([0, 512, 65_536, 16 * 2 ** 20, 2.5 * 2 ** 30].map(formatBytes), [
    '0 B',
    '512 B',
    '64 KiB',
    '16 MiB',
    '2.50 GiB',
  ]);
  assert.deepEqual([7, 1500, 172e6].map(formatShortCount), ['7', '1.50 k', '172 M']);
  assert.deepEqual([formatShare(1, 1e6), formatShare(42, 100), formatShare(0, 5)], ['< 0.1 %', '42 %', '0.0 %']);
});
