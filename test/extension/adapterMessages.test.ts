/** Which of the adapter's messages are heard, and that malformed ones are not believed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAdapterMessage } from '../../extension/adapterMessages.ts';

const event = (name: string, body?: unknown) => readAdapterMessage({ seq: 1, type: 'event', event: name, body });

const SAMPLE = {
  time: 33,
  instant: 1000,
  memory: 65536,
  hostCalls: 2,
  outputBytes: 6,
  bytesRead: 0,
  bytesWritten: 0,
  filesOpened: 0,
  networkRequests: 0,
  bytesSent: 0,
  bytesReceived: 0,
};

test('usage: samples that are whole, limits that are numbers', () => {
  const read = event('wasm-sandbox/usage', {
    limits: { memory: 2 ** 26, fuel: null },
    samples: [SAMPLE, { ...SAMPLE, memory: 'much' }, null, { time: 3 }],
  });
  assert.deepEqual(read, {
    kind: 'usage',
    body: { limits: { memory: 2 ** 26, fuel: null, timeout: null }, samples: [SAMPLE] },
  });
  assert.equal(event('wasm-sandbox/usage', { samples: 'all' }), undefined);
  assert.equal(event('wasm-sandbox/usage'), undefined);
});

test('violations: what is missing is empty, a place without a line is none', () => {
  const read = event('wasm-sandbox/violation', {
    seq: 1,
    instant: 5,
    time: 2,
    operation: 'path_open',
    target: '/x',
    location: { source: '/a.c' },
  });
  assert.ok(read?.kind === 'violation');
  assert.equal(read.body.operation, 'path_open');
  assert.equal(read.body.location, null);
  assert.deepEqual(read.body.available, []);
  assert.equal(event('wasm-sandbox/violation', { operation: 'path_open' }), undefined);
});

test('violations: the change that answers one is believed when it is whole', () => {
  const violation = (more: object) => {
    const read = event('wasm-sandbox/violation', { seq: 1, instant: 5, time: 2, ...more });
    assert.ok(read?.kind === 'violation');
    return read.body;
  };
  const change = { path: ['filesystem', 'read'], kind: 'append', value: './data' };
  const remedy = { title: 'Grant', changes: [change] };
  assert.deepEqual(violation({ remedy, configFile: '/w/sandbox.json' }).remedy, remedy);
  assert.equal(violation({ configFile: '/w/sandbox.json' }).configFile, '/w/sandbox.json');
  for (const broken of [
    'grant',
    { changes: [change] },
    { title: 'Grant', changes: change },
    { title: 'Grant', changes: [{ ...change, path: [] }] },
    { title: 'Grant', changes: [{ ...change, path: 'filesystem' }] },
    { title: 'Grant', changes: [{ ...change, kind: 'remove' }] },
    { title: 'Grant', changes: [{ ...change, value: undefined }] },
  ]) {
    assert.equal(violation({ remedy: broken }).remedy, undefined);
  }
  assert.equal(violation({ count: 900, unlisted: true }).count, 900);
  assert.equal(violation({ count: 900, unlisted: true }).unlisted, true);
  assert.equal(violation({ count: -3 }).count, undefined);
  const stack = [
    { function: 'main', source: '/a.c', line: 3, library: false },
    'frame',
    { function: 'puts', source: 7 },
  ];
  assert.deepEqual(violation({ stack }).stack, [
    stack[0],
    { function: 'puts', source: null, line: null, library: true },
  ]);
});

test('limits: with a name and a moment', () => {
  const read = event('wasm-sandbox/limit', { limit: 'memory', message: 'Too much.', instant: 5, time: 2 });
  assert.deepEqual(read?.kind === 'limit' && [read.body.limit, read.body.location], ['memory', null]);
  assert.equal(event('wasm-sandbox/limit', { message: 'Too much.', instant: 5, time: 2 }), undefined);
});

test('diagnostics: those that have a place and words', () => {
  const good = { file: '/a.c', line: 0, column: 3, severity: 'error', message: 'no' };
  const read = event('wasm-sandbox/diagnostics', {
    diagnostics: [good, { ...good, severity: 'fatal' }, { message: 'no' }],
  });
  assert.deepEqual(read, { kind: 'diagnostics', body: { diagnostics: [good] } });
});

test('the state follows events, and answers to requests that resume', () => {
  assert.deepEqual(event('stopped', { reason: 'step', moment: { time: 7, instant: 9 } }), {
    kind: 'stopped',
    reason: 'step',
    cause: undefined,
    time: 7,
  });
  assert.deepEqual(event('stopped', { reason: 'exception', cause: 'violation' }), {
    kind: 'stopped',
    reason: 'exception',
    cause: 'violation',
    time: undefined,
  });
  assert.deepEqual(event('process', { name: 'a.c' }), { kind: 'started' });
  assert.deepEqual(event('continued', {}), { kind: 'running' });
  assert.deepEqual(event('exited', { exitCode: 3 }), { kind: 'ended', exitCode: 3 });
  assert.deepEqual(event('terminated'), { kind: 'ended' });
  const answer = (command: string, success = true) => readAdapterMessage({ type: 'response', command, success });
  assert.deepEqual(answer('next'), { kind: 'running' });
  assert.equal(answer('next', false), undefined);
  assert.equal(answer('variables'), undefined);
});

test("output is the program's own, not the adapter's", () => {
  assert.deepEqual(event('output', { category: 'stderr', output: 'x' }), {
    kind: 'output',
    isError: true,
    time: undefined,
    count: 1,
  });
  assert.deepEqual(event('output', { category: 'stdout', output: 'x', count: 7, moment: { time: 4, instant: 1 } }), {
    kind: 'output',
    isError: false,
    time: 4,
    count: 7,
  });
  assert.equal(event('output', { category: 'console', output: 'x' }), undefined);
  assert.equal(event('output', { output: 'x' }), undefined);
});

test('nothing that is no message is read as one', () => {
  for (const message of [
    null,
    undefined,
    3,
    'event',
    {},
    { type: 'event' },
    { type: 'event', event: 'stopped-ish', body: 3 },
  ]) {
    assert.equal(readAdapterMessage(message), undefined);
  }
});
