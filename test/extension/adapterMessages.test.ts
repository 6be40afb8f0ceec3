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
    time: 7,
  });
  assert.deepEqual(event('stopped', { reason: 'pause' }), { kind: 'stopped', reason: 'pause', time: undefined });
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
  });
  assert.deepEqual(event('output', { category: 'stdout', output: 'x', moment: { time: 4, instant: 1 } }), {
    kind: 'output',
    isError: false,
    time: 4,
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
