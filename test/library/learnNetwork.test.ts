import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { learn } from '../../sandbox/index.ts';
import { WebServer } from '../guest/webServer.ts';
import { workspace } from './workspace.ts';

const FETCH = path.join(import.meta.dirname, '../../examples/http/fetch.c');

test('addresses that were connected to are learned; private ones only if they were granted before', async () => {
  const web = await WebServer.start((_request, response) => response.end('hello'));
  const address = `127.0.0.1:${web.port}`;
  const here = workspace([], JSON.stringify({ network: { allow: [address, '127.0.0.1:1'] } }));
  const { config, report, text } = await learn(
    { file: FETCH },
    { config: here.config, args: [web.url(), 'http://127.0.0.2/'] },
  );
  assert.deepEqual(config, { network: { allow: [address] } });
  assert.deepEqual(
    report.violations.map(({ target }) => target),
    ['127.0.0.2:80'],
  );
  assert.match(text, /Not granted, as it lies elsewhere: sandbox_http\.request of "127\.0\.0\.2:80"/);
  assert.match(text, /\/\/ sandbox_http\.request in show, .*fetch\.c:\d+:\d+/);
});
