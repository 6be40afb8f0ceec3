/** The adapter on a TCP port: loopback only, a session a connection. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { DebugClient } from '@vscode/debugadapter-testsupport';
import { repositoryFile } from '../support/markers.ts';

test('two sessions, one after the other, over --port', async () => {
  const adapter = spawn(process.execPath, [repositoryFile('debug-adapter/main.ts'), '--port', '0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  try {
    const [announced] = await once(adapter.stderr, 'data');
    const [, port] = /127\.0\.0\.1:(\d+)/.exec(String(announced)) ?? [];
    for (let session = 0; session < 2; session++) {
      const client = new DebugClient('node', '', 'wasm-sandbox');
      await client.start(Number(port));
      const { body } = await client.initializeRequest({ adapterID: 'wasm-sandbox', pathFormat: 'path' });
      assert.equal(body?.supportsConfigurationDoneRequest, true);
      const ended = client.waitForEvent('terminated', 60_000);
      const launched = client.launchRequest({ program: repositoryFile('examples/wat/primes.wat') } as never);
      await client.configurationDoneRequest();
      await Promise.all([launched, ended]);
      await client.stop();
    }
  } finally {
    adapter.kill();
  }
});
