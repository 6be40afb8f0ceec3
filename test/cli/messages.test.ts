import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import type { Exhausted } from '../../sandbox/guest/protocol.ts';
import { outcomeMessage, place, stackLines, violationMessage } from '../../sandbox/library/messages.ts';
import type { ReportedViolation } from '../../sandbox/library/report.ts';
import type { StackFrame } from '../../sandbox/library/stack.ts';

const here = path.resolve('main.c');
const main: StackFrame = { function: 'main', location: { source: here, line: 12, column: 5 }, library: false };
const libc: StackFrame = { function: 'fopen', location: null, library: true };

test('places are as short as the current folder allows', () => {
  assert.equal(place({ source: here, line: 1, column: 2 }), 'main.c:1:2');
  assert.equal(place({ source: '/elsewhere/x.c', line: 1, column: 2 }), '/elsewhere/x.c:1:2');
});

test('a limit says how much, where, and what to raise', () => {
  const limit = (kind: Exhausted['kind'], used: number, most: number) =>
    outcomeMessage({ kind: 'exhausted', exhausted: { kind, used, limit: most }, frames: [libc, main] });
  assert.equal(
    limit('fuel', 1005, 1000),
    'limit reached: 1,005 of 1,000 instructions were executed at main.c:12:5 in main. Raise "fuel" in sandbox.json, or pass --fuel.',
  );
  assert.match(limit('timeout', 30_000, 30_000), /ran for 30s at main\.c:12:5 in main/);
  assert.match(
    limit('memory', 2 ** 27, 2 ** 26),
    /asked for 128MB of memory, and "memory" allows 64MB at main\.c:12:5/,
  );
  assert.match(limit('maxOutput', 1001, 1000), /more than 1000B of output .*Raise "maxOutput"/i);
  assert.match(limit('maxCallDepth', 10_001, 10_000), /more than 10,000 nested calls .*endless recursion/);
});

test('a trap soon after memory was refused is told as the limit, with both places', () => {
  const exhausted = { kind: 'memory', used: 2 ** 27, limit: 2 ** 26 } as const;
  const trap = { kind: 'unreachable', message: 'unreachable', frames: [libc, main] } as const;
  assert.equal(
    outcomeMessage({ kind: 'exhausted', exhausted, frames: [main], trap }),
    'limit reached: the program asked for 128MB of memory, and "memory" allows 64MB at main.c:12:5 in main. ' +
      'Raise "memory" in sandbox.json, or pass --memory. It then trapped (unreachable) at main.c:12:5 in main.',
  );
});

test('a recursion is one line of the stack', () => {
  assert.deepEqual(stackLines([...Array.from({ length: 60 }, () => main), libc]), ['at main (main.c:12:5) × 60']);
});

test('the toolchain’s own frames are shown where nothing else is known', () => {
  assert.deepEqual(stackLines([libc, main]), ['at main (main.c:12:5)']);
  assert.deepEqual(stackLines([libc]), ['at fopen']);
});

test('a long stack is cut', () => {
  const frames = Array.from({ length: 40 }, (_, line) => ({ ...main, location: { source: here, line, column: 1 } }));
  assert.equal(stackLines(frames).length, 13);
  assert.equal(stackLines(frames).at(-1), '… 28 more');
});

test('a violation says what was denied, where, and how to grant it', () => {
  const violation: ReportedViolation = {
    seq: 1,
    instant: 10,
    time: 1,
    operation: 'path_open',
    target: '/etc/passwd',
    required: 'filesystem.read',
    available: ['data'],
    decision: 'denied',
    errno: 'ACCES',
    function: 'main',
    location: main.location,
    stack: [libc, main],
    remedy: { title: 'Grant reading "/etc/passwd" in sandbox.json', changes: [] },
  };
  assert.equal(
    violationMessage(violation),
    'path_open of "/etc/passwd" at main.c:12:5 in main was refused: sandbox.json grants no "filesystem.read" for it. Available: data. Grant reading "/etc/passwd" in sandbox.json, or pass --read.',
  );
  assert.match(violationMessage({ ...violation, available: [] }), /Nothing of that kind is granted\./);
  const leaving = { ...violation, errno: 'NOTCAPABLE', way: 'link' } as const;
  assert.match(violationMessage(leaving), /was refused: a link leads out of what is granted\./);
  const quota = { ...violation, required: 'filesystem.maxFileSize', available: ['1048576'], errno: 'FBIG' };
  assert.match(violationMessage(quota), /was refused: "filesystem\.maxFileSize" in sandbox\.json allows 1MB\./);
});
