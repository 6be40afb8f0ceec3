import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { start } from './commandLine.ts';

describe('a run that is ended from outside', { concurrency: 2, timeout: 60_000 }, () => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    test(`${signal} ends the guest too, and is 130`, async () => {
      const child = await echoing();
      child.kill(signal);
      const [code] = await once(child, 'close');
      assert.equal(code, 130);
    });
  }

  test('also when nobody takes its output', async () => {
    const child = start(['run', 'probe.c', '--', 'flood']);
    await once(child.stderr, 'data');
    child.kill('SIGTERM');
    const [code] = await once(child, 'exit');
    assert.equal(code, 130);
  });

  test('when nobody reads its output any more, it is over, and is 141', async () => {
    const child = await echoing();
    child.stdout.destroy();
    child.stdin.on('error', () => undefined); // it may be gone before it has read all
    child.stdin.write('more\n'.repeat(100));
    const [code] = await once(child, 'close');
    assert.equal(code, 141);
  });
});

/** A program that is known to run: it has answered. */
async function echoing() {
  const child = start(['run', 'probe.c', '--', 'echo']);
  child.stdin.write('ready\n');
  const [answer] = await once(child.stdout, 'data');
  assert.equal(String(answer), 'ready\n');
  return child;
}
