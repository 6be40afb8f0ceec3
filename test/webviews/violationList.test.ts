/** The violation list without a screen: severity, filter, words; and which messages are believed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ViolationGroup } from '../../extension/webviews/panel/messages.ts';
import { readHostMessage, readViewMessage } from '../../extension/webviews/panel/readMessage.ts';
import { severityOf } from '../../extension/webviews/panel/severity.ts';
import {
  explain,
  filterViolations,
  nearestViolation,
  shortLocation,
} from '../../extension/webviews/panel/violationList.ts';
import { sampleRun } from './sampleRun.ts';

const violations: readonly ViolationGroup[] = sampleRun().snapshot().violations ?? [];

test('the same call from the same line is listed once, with its count', () => {
  assert.deepEqual(
    violations.map((violation) => [violation.operation, violation.count]),
    [
      ['path_open', 1],
      ['environ_get', 1],
      ['path_open', 3],
      ['sock_connect', 14],
      ['clock_time_get', 204],
      ['path_open', 6],
      ['path_open', 1],
      ['path_readlink', 1],
    ],
  );
});

test('severity goes by what was wanted', () => {
  const severity = (required: string, errno = 'ACCES'): string => severityOf({ required, errno });
  assert.equal(severity('filesystem.read', 'NOTCAPABLE'), 'high');
  assert.equal(severity('filesystem.write'), 'high');
  assert.equal(severity('network'), 'high');
  assert.equal(severity('filesystem.read'), 'medium');
  assert.equal(severity('env'), 'low');
  assert.equal(severity('clock'), 'low');
});

test('every word of the filter must occur', () => {
  const found = (filter: string): (string | undefined)[] =>
    filterViolations(violations, filter).map((one) => one.target);
  assert.equal(found('').length, violations.length);
  assert.deepEqual(found('PASSWD'), ['/etc/passwd']);
  assert.deepEqual(found('filesystem.write orders.c'), ['out/report.csv']);
  assert.deepEqual(found('low clock'), ['realtime']);
  assert.deepEqual(found('orders.c:88'), ['AWS_SECRET_ACCESS_KEY']);
  assert.deepEqual(found('nowhere'), []);
});

test('a violation is told in a sentence', () => {
  const [first, , , network] = violations;
  assert.equal(explain(first!), 'needs filesystem.read; granted: ./data. The call in load_orders got NOTCAPABLE.');
  assert.equal(explain(network!), 'needs network; nothing of the kind is granted. The call in load_orders got ACCES.');
  assert.equal(shortLocation({ source: 'C:\\code\\main.c', line: 7, column: 1 }), 'main.c:7');
});

test('a click near a mark finds its violation', () => {
  assert.equal(nearestViolation(violations, 930, 50)?.target, '/etc/passwd');
  assert.equal(nearestViolation(violations, 930, 5), undefined);
});

test('messages that are none are dropped', () => {
  const location = { source: '/a.c', line: 1, column: 1 };
  assert.deepEqual(readViewMessage({ type: 'open', location }), { type: 'open', location });
  const bad = [
    null,
    3,
    'open',
    {},
    { type: 'open' },
    { type: 'open', location: { source: 1, line: 1, column: 1 } },
    { type: 'open', location: { ...location, line: 0 } },
    { type: 'ready' },
  ];
  for (const message of bad) assert.equal(readViewMessage(message), undefined, JSON.stringify(message));

  const snapshot = { type: 'snapshot', seq: 1, run: 1, name: 'run', patch: sampleRun().snapshot() };
  assert.deepEqual(readHostMessage(snapshot), snapshot);
  const wrong = [
    { type: 'snapshot', seq: 1, run: 1, name: 'run' },
    { type: 'update', seq: 1, patch: { samples: [1, 2] } },
    { type: 'update', seq: 1, patch: { violations: [{ id: 1 }] } },
    { type: 'update', seq: 1, patch: { marks: { stops: 'many' } } },
    { type: 'update', seq: Number.NaN, patch: {} },
    { type: 'other', seq: 1 },
  ];
  for (const message of wrong) assert.equal(readHostMessage(message), undefined, JSON.stringify(message));
});
