import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { codeActions } from '../../language-server/codeActions.ts';
import { diagnose } from '../../language-server/diagnostics.ts';
import { hover } from '../../language-server/hover.ts';
import { smallestMemory } from '../../language-server/moduleMemory.ts';
import { marked, opened } from './marked.ts';

async function hoverText(text: string): Promise<string> {
  const { file, position } = marked(text);
  const found = await hover(file, position);
  return JSON.stringify(found?.contents ?? '');
}

test('hovering tells what a field is, and what a value comes to', async () => {
  assert.match(await hoverText('{ "mem|ory": "64MB" }'), /most linear memory/);
  assert.match(await hoverText('{ "memory": "64|MB" }'), /= 67,108,864 bytes/);
  assert.match(await hoverText('{ "timeout": "2|m" }'), /= 120,000 milliseconds/);
  assert.match(await hoverText('{ "filesystem": { "read": ["./da|ta"] } }'), /`\/p\/data`/);
  assert.match(await hoverText('{ "clock": "fro|zen" }'), /stands still/);
});

test('hovering over broken texts', async () => {
  for (const text of ['|', '{|', '{ "memory": "|', '[1, |2', `{ "memory": ${'['.repeat(3000)}|`]) await hoverText(text);
});

test('a problem is a diagnostic at its place, once', () => {
  const diagnostics = diagnose(opened('{\n  "memory": "64MBs",\n  "feul": 1\n}'));
  assert.deepEqual(
    diagnostics.map(({ code, severity, source, range }) => ({
      code,
      severity,
      source,
      start: range.start,
      end: range.end,
    })),
    [
      {
        code: 'bad-unit',
        severity: 1,
        source: 'wasm-sandbox',
        start: { line: 1, character: 12 },
        end: { line: 1, character: 19 },
      },
      {
        code: 'unknown-key',
        severity: 1,
        source: 'wasm-sandbox',
        start: { line: 2, character: 2 },
        end: { line: 2, character: 8 },
      },
    ],
  );
});

test('a text in no file is checked without its paths', () => {
  const text = '{ "memory": "1XB", "filesystem": { "read": ["./nothing"] }, "sources": ["x.c"] }';
  assert.deepEqual(
    diagnose(opened(text, 'untitled:sandbox.json')).map(({ code }) => code),
    ['bad-unit'],
  );
  assert.equal(diagnose(opened(text)).length, 3);
});

test('a quick fix where the cursor is', () => {
  const { file, position } = marked('{ "memory": "64M|Bs", "feul": 1 }');
  const actions = codeActions(file, { start: position, end: position });
  assert.deepEqual(
    actions.map(({ title, isPreferred }) => ({ title, isPreferred })),
    [{ title: 'Change to "64MB"', isPreferred: true }],
  );
  const edits = actions[0]?.edit?.changes?.[file.document.uri] ?? [];
  assert.equal(TextDocument.applyEdits(file.document, edits), '{ "memory": "64MB", "feul": 1 }');
});

test('no quick fix elsewhere', () => {
  const { file, position } = marked('{ "memory": "64MBs", |"fuel": 1 }');
  assert.deepEqual(codeActions(file, { start: position, end: position }), []);
});

test('a document too large gets one problem and no features', async () => {
  const { file, position } = marked(`{ "memory": | ${' '.repeat(2_000_000)}}`);
  assert.deepEqual(
    diagnose(file).map(({ code }) => code),
    ['too-large'],
  );
  assert.equal(await hover(file, position), null);
});

/** A module with one memory of 2000 pages (125 MB): header, memory section. */
const largeModule = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5, 4, 1, 0, 0xd0, 0x0f);
/** The same with 1 page. */
const smallModule = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5, 3, 1, 0, 1);

test('a module beside the configuration that does not fit in the memory allowed', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'language-server-'));
  try {
    const uri = pathToFileURL(path.join(folder, 'sandbox.json')).href;
    writeFileSync(path.join(folder, 'broken.wasm'), 'no module');
    assert.equal(smallestMemory(folder), undefined);
    writeFileSync(path.join(folder, 'large.wasm'), largeModule);
    assert.equal(smallestMemory(folder), 2000 * 65536);
    assert.deepEqual(
      diagnose(opened('{}', uri)).map(({ code }) => code),
      ['memory-too-small'],
    );
    writeFileSync(path.join(folder, 'small.wasm'), smallModule);
    assert.deepEqual(diagnose(opened('{}', uri)), []);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
