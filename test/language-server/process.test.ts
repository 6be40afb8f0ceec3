import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import {
  type CodeAction,
  type CompletionList,
  createProtocolConnection,
  type Diagnostic,
  type Hover,
  type InitializeResult,
  type PublishDiagnosticsParams,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';

const main = path.join(import.meta.dirname, '../../language-server/main.ts');
const folder = mkdtempSync(path.join(tmpdir(), 'language-server-'));
const uri = pathToFileURL(path.join(folder, 'sandbox.json')).href;
after(() => rmSync(folder, { recursive: true }));

test('a session over stdio', { timeout: 30_000 }, async () => {
  const server = spawn(process.execPath, [main, '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const connection = createProtocolConnection(
    new StreamMessageReader(server.stdout),
    new StreamMessageWriter(server.stdin),
  );
  const published: Diagnostic[][] = [];
  let arrived: () => void = () => undefined;
  connection.onNotification('textDocument/publishDiagnostics', ({ diagnostics }: PublishDiagnosticsParams) => {
    published.push(diagnostics);
    arrived();
  });
  const registered = new Promise<unknown>((resolve) => {
    connection.onRequest('client/registerCapability', (params: { registrations: { method: string }[] }) => {
      resolve(params.registrations[0]?.method);
      return null;
    });
  });
  const nextDiagnostics = async () => {
    if (published.length === 0) await new Promise<void>((resolve) => (arrived = resolve));
    return published.shift() ?? [];
  };
  connection.listen();

  const capabilities = { workspace: { didChangeWatchedFiles: { dynamicRegistration: true } } };
  const { capabilities: offered } = await connection.sendRequest<InitializeResult>('initialize', {
    processId: process.pid,
    rootUri: null,
    capabilities,
  });
  assert.ok(offered.completionProvider && offered.hoverProvider && offered.codeActionProvider);
  await connection.sendNotification('initialized', {});
  assert.equal(await registered, 'workspace/didChangeWatchedFiles');

  const text = '{ "memory": "64MBs", "filesystem": { "read": ["./data"] } }';
  await connection.sendNotification('textDocument/didOpen', {
    textDocument: { uri, languageId: 'jsonc', version: 1, text },
  });
  assert.deepEqual(
    (await nextDiagnostics()).map(({ code }) => code),
    ['bad-unit', 'missing-path'],
  );

  mkdirSync(path.join(folder, 'data'));
  const changes = [{ uri: pathToFileURL(path.join(folder, 'data')).href, type: 1 }];
  await connection.sendNotification('workspace/didChangeWatchedFiles', { changes });
  assert.deepEqual(
    (await nextDiagnostics()).map(({ code }) => code),
    ['bad-unit'],
  );

  const at = (needle: string) => ({ line: 0, character: text.indexOf(needle) + 1 });
  const place = { start: at('"64MBs'), end: at('"64MBs') };
  const context = { diagnostics: [] };
  const actions = await connection.sendRequest<CodeAction[]>('textDocument/codeAction', {
    textDocument: { uri },
    range: place,
    context,
  });
  const edits = actions[0]?.edit?.changes?.[uri] ?? [];
  assert.equal(edits.length, 1);
  const contentChanges = edits.map(({ range, newText }) => ({ range, text: newText }));
  await connection.sendNotification('textDocument/didChange', { textDocument: { uri, version: 2 }, contentChanges });
  assert.deepEqual(await nextDiagnostics(), []);

  const hovered = await connection.sendRequest<Hover>('textDocument/hover', {
    textDocument: { uri },
    position: at('"memory'),
  });
  assert.match(JSON.stringify(hovered.contents), /linear memory/);
  const list = await connection.sendRequest<CompletionList>('textDocument/completion', {
    textDocument: { uri },
    position: { line: 0, character: 1 },
  });
  assert.ok(list.items.some(({ label }) => label === 'timeout'));

  const broken = '{"a":['.repeat(50_000);
  await connection.sendNotification('textDocument/didChange', {
    textDocument: { uri, version: 3 },
    contentChanges: [{ text: broken }],
  });
  assert.deepEqual(
    (await nextDiagnostics()).map(({ code }) => code),
    ['too-large'],
  );

  await connection.sendRequest('shutdown');
  await connection.sendNotification('exit');
  const [code] = await once(server, 'exit');
  assert.equal(code, 0);
  connection.dispose();
});
