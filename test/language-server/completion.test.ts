import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { complete } from '../../language-server/completion.ts';
import { marked } from './marked.ts';

async function labels(text: string): Promise<readonly string[]> {
  const { file, position } = marked(text);
  return ((await complete(file, position))?.items ?? []).map(({ label }) => label);
}

/** The text after choosing the item with this label. */
async function chosen(text: string, label: string): Promise<string> {
  const { file, position } = marked(text);
  const item = (await complete(file, position))?.items.find((candidate) => candidate.label === label);
  assert.ok(item?.textEdit && 'range' in item.textEdit, `no ${label}`);
  return TextDocument.applyEdits(file.document, [item.textEdit]);
}

test('keys that are not there yet', async () => {
  const found = await labels('{ "memory": "1MB", | }');
  assert.ok(found.includes('timeout') && found.includes('filesystem') && found.includes('network'));
  assert.ok(!found.includes('memory'));
});

test('keys of an object inside', async () => {
  const found = await labels('{ "filesystem": { | } }');
  assert.deepEqual([...found].sort(), [
    'maxFileSize',
    'maxOpenFiles',
    'maxTotalWritten',
    'overlay',
    'read',
    'temp',
    'write',
  ]);
});

test('every key says what it is', async () => {
  const { file, position } = marked('{ | }');
  const items = (await complete(file, position))?.items ?? [];
  assert.ok(items.length > 8);
  for (const item of items) assert.ok(item.documentation, item.label);
});

test('values of an enumeration', async () => {
  assert.deepEqual(await labels('{ "clock": | }'), ['"real"', '"frozen"']);
});

test('examples of a quantity', async () => {
  assert.ok((await labels('{ "memory": | }')).includes('"256MB"'));
});

test('with a $schema of the document’s own, ours still answers', async () => {
  assert.ok((await labels('{ "$schema": "http://example.invalid/x.json", | }')).includes('memory'));
});

test('folders and files where a grant is', async () => {
  assert.deepEqual([...(await labels('{ "filesystem": { "read": ["|"] } }'))].sort(), [
    'data/',
    'notes.md',
    'out/',
    'src/',
  ]);
  assert.deepEqual([...(await labels('{ "filesystem": { "read": ["./data/|"] } }'))].sort(), ['deep/', 'in.txt']);
  assert.deepEqual([...(await labels('{ "filesystem": { "write": [{ "host": "./.|" }] } }'))].sort(), [
    '.hidden/',
    'data/',
    'notes.md',
    'out/',
    'src/',
  ]);
});

test('sources where sources are', async () => {
  assert.deepEqual(await labels('{ "sources": ["src/|"] }'), ['main.c']);
});

test('no paths where the program’s own paths are', async () => {
  const found = await labels('{ "filesystem": { "read": [{ "host": "x", "guest": "|" }] } }');
  assert.ok(!found.includes('data/'));
});

test('a chosen path replaces what was typed of it', async () => {
  assert.equal(await chosen('{ "sources": ["s|"] }', 'src/'), '{ "sources": ["./src"] }');
  assert.equal(await chosen('{ "sources": ["./src/ma|xx"] }', 'main.c'), '{ "sources": ["./src/main.c"] }');
  assert.equal(
    await chosen('{ "filesystem": { "read": ["./d|/in.txt"] } }', 'data/'),
    '{ "filesystem": { "read": ["./data/in.txt"] } }',
  );
});

test('broken and hostile texts', async () => {
  for (const text of [
    '|',
    '{|',
    '{ "filesystem": { "read": ["|',
    '{"a|',
    '[|]',
    '"|"',
    '{ "filesystem": { "read": ["\\|"] } }',
    `${'['.repeat(5000)}|`,
  ]) {
    await labels(text);
  }
});
