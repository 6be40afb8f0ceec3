/** Refusals as problems: which there are, how they follow edits, and when they are answered. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ViolationEventBody } from '../../debug-adapter/events.ts';
import { Refusals } from '../../extension/refusals.ts';
import { applyChange } from '../../sandbox/config/configEdits.ts';
import { MOST_VIOLATIONS } from '../../sandbox/wasi/violation.ts';
import { violation } from '../webviews/sampleRun.ts';

const CONFIG = '/project/sandbox.json';
const SOURCE = '/project/src/orders.c';

function refused(target: string, line: number): ViolationEventBody {
  const remedy = {
    title: `Grant reading "${target}" in sandbox.json`,
    changes: [{ path: ['filesystem', 'read'], kind: 'append' as const, value: target }],
  };
  return { ...violation(1, 'path_open', target, 'filesystem.read', 'ACCES', line), remedy, configFile: CONFIG };
}

function refusals(...violations: readonly ViolationEventBody[]): Refusals {
  const made = new Refusals((path) => path === CONFIG);
  for (const each of violations) made.addViolation(each);
  return made;
}

const linesOf = (all: Refusals) => all.current.map(({ location }) => location.line);

test('one for each line, capability and target, however often and by whichever call', () => {
  const all = refusals(
    refused('a', 3),
    refused('a', 3),
    { ...refused('a', 3), operation: 'path_filestat_get' },
    refused('b', 3),
    refused('a', 4),
  );
  assert.deepEqual(linesOf(all), [3, 3, 4]);
  assert.equal(all.fixes.length, 2);
});

test('the message says what was refused, what is missing, and what to do', () => {
  const [first] = refusals(refused('line\nbreak\u202e', 3)).current;
  assert.equal(
    first?.message,
    'path_open of "line\\nbreak\\u202e" was refused: sandbox.json grants no "filesystem.read" for it. Available: ./data. The program got ACCES and went on. Change the program, or let the quick fix change sandbox.json.',
  );
  const { remedy: _, ...helpless } = refused('a', 3);
  assert.match(refusals(helpless).current[0]?.message ?? '', /No setting allows it: change the program\.$/);
});

test('lines follow the text; a line that is edited is no longer the one that was refused', () => {
  const all = refusals(refused('a', 3), refused('b', 10), refused('c', 20));
  assert.equal(all.edited('/project/src/other.c', [{ first: 1, last: 30, lines: 1 }]), false);
  assert.equal(all.edited(SOURCE, [{ first: 5, last: 4, lines: 2 }]), true);
  assert.deepEqual(linesOf(all), [3, 12, 22]);
  all.edited(SOURCE, [{ first: 12, last: 12, lines: 1 }]);
  assert.deepEqual(linesOf(all), [3, 22]);
  all.edited(SOURCE, [{ first: 1, last: 2, lines: 0 }]);
  assert.deepEqual(linesOf(all), [1, 20]);
});

test('what the configuration grants once it is saved is no problem; taken back, it is one again', () => {
  const all = refusals(refused('a', 3), refused('b', 4));
  const [fix] = all.fixes;
  assert.ok(fix);
  const granted = applyChange('{ /* nothing yet */ }', fix.change);
  assert.ok(granted.ok);
  assert.equal(all.configured('/elsewhere/sandbox.json', granted.text), false);
  assert.equal(all.configured(CONFIG, granted.text), true);
  assert.deepEqual(linesOf(all), [4]);
  assert.equal(all.fixes.length, 1);
  all.configured(CONFIG, '{}');
  assert.deepEqual(linesOf(all), [3, 4]);
  all.configured(CONFIG, '{ "filesystem": { "read": [');
  assert.deepEqual(linesOf(all), [3, 4]);
});

test('without a source it is a problem of the configuration, where there is one', () => {
  const nowhere = { ...refused('a', 3), location: null };
  assert.deepEqual(refusals(nowhere).current[0]?.location, { source: CONFIG, line: 1, column: 1 });
  const { configFile: _, ...inline } = nowhere;
  assert.deepEqual(refusals(inline, { ...nowhere, configFile: '/none/sandbox.json' }).current, []);
});

test('limits are problems too', () => {
  const all = refusals();
  const { location, stack, remedy } = refused('a', 7);
  const limit = { limit: 'memory', message: 'It asked for more.', function: 'f', time: 1, instant: 1 };
  assert.ok(all.addLimit({ ...limit, location, stack, ...(remedy && { remedy }), configFile: CONFIG }));
  assert.ok(!all.addLimit({ ...limit, location, stack }));
  assert.equal(all.current[0]?.code, 'memory');
  assert.equal(
    all.current[0]?.message,
    'The program reached the limit "memory". It asked for more. The quick fix raises it.',
  );
});

test('there are at most so many', () => {
  const all = refusals();
  for (let n = 0; n < 3 * MOST_VIOLATIONS; n++) all.addViolation(refused(`f${n}`, 1));
  assert.equal(all.current.length, MOST_VIOLATIONS);
  assert.equal(all.addViolation({ ...refused('more', 1), unlisted: true }), false);
});
