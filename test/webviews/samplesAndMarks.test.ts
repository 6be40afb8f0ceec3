/** Samples and marks stay within their bounds, and what they count stays true. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clustersOf } from '../../extension/webviews/panel/drawLanes.ts';
import { decodeMarks, encodeMarks, MarkTrack } from '../../extension/webviews/panel/markTrack.ts';
import { readRows, SampleRows } from '../../extension/webviews/panel/sampleRows.ts';

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

test('rows come back as they were sent', () => {
  const rows = new SampleRows();
  rows.push({ ...NOTHING, time: 1, instant: 10, memory: 65536 });
  rows.push({ ...NOTHING, time: 2, instant: 2 ** 52, memory: 131072, hostCalls: 3 });
  assert.deepEqual(
    [...readRows(rows.slice(1))],
    [{ ...NOTHING, time: 2, instant: 2 ** 52, memory: 131072, hostCalls: 3 }],
  );
});

test('a sample older than the last is left out', () => {
  const rows = new SampleRows();
  for (const time of [5, 3, 6]) rows.push({ ...NOTHING, time, instant: time, memory: 0 });
  assert.deepEqual([rows.value(0, 'time'), rows.value(1, 'time'), rows.length], [5, 6, 2]);
});

test('a long run loses resolution, never its last total nor its peak of memory', () => {
  const rows = new SampleRows(64);
  let thinned = 0;
  for (let time = 1; time <= 1000; time++) {
    const memory = time === 333 ? 9000 : 100;
    if (rows.push({ ...NOTHING, time, instant: time * 10, memory })) thinned++;
  }
  assert.ok(rows.length <= 64);
  assert.ok(thinned > 0);
  assert.equal(rows.value(rows.length - 1, 'instant'), 10_000);
  assert.equal(Math.max(...[...readRows(rows.slice())].map((row) => row.memory)), 9000);
});

test('marks merge when there are too many; their counts do not change', () => {
  const track = new MarkTrack(16);
  for (let time = 0; time < 1000; time++) track.push({ time, count: 1, rank: time === 500 ? 3 : 1 });
  assert.ok(track.marks.length <= 16);
  assert.equal(track.count, 1000);
  assert.equal(
    track.marks.reduce((sum, mark) => sum + mark.count, 0),
    1000,
  );
  assert.equal(Math.max(...track.marks.map((mark) => mark.rank)), 3);
  assert.deepEqual(decodeMarks(encodeMarks(track.marks)), track.marks);
});

test('marks are found by time', () => {
  const track = new MarkTrack();
  for (const time of [10, 20, 20, 30]) track.push({ time, count: 1, rank: 0 });
  assert.deepEqual(
    [0, 10, 15, 20, 25, 31].map((time) => track.firstAt(time)),
    [0, 0, 1, 1, 3, 4],
  );
});

test('marks that would overlap are drawn as one, with their number', () => {
  const track = new MarkTrack();
  for (const time of [100, 101, 104, 500]) track.push({ time, count: 1, rank: 1 });
  const clusters = clustersOf(track, { from: 0, to: 1000 }, 1000, 18);
  assert.deepEqual(
    clusters.map((cluster) => [cluster.from, cluster.count]),
    [
      [100, 3],
      [500, 1],
    ],
  );
});
