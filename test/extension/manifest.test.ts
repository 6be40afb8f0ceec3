/** What package.json promises VS Code, held against what there is. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { panelHtml } from '../../extension/panelHtml.ts';

const root = join(import.meta.dirname, '../..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const { contributes } = manifest;
const sources = readdirSync(join(root, 'extension'))
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(join(root, 'extension', name), 'utf8'))
  .join('\n');

test('every file that it names exists', () => {
  const files = [
    manifest.icon,
    ...contributes.grammars.map((grammar: { path: string }) => grammar.path),
    ...contributes.languages.flatMap((language: { configuration?: string }) => language.configuration ?? []),
    ...contributes.jsonValidation.map((validation: { url: string }) => validation.url),
    ...contributes.viewsContainers.panel.map((container: { icon: string }) => container.icon),
  ];
  for (const file of files) assert.ok(existsSync(join(root, file)), file);
});

test('every command is registered, and every menu shows one that exists', () => {
  const commands: string[] = contributes.commands.map((command: { command: string }) => command.command);
  for (const command of commands) assert.ok(sources.includes(`'${command}'`), command);
  for (const items of Object.values<{ command: string }[]>(contributes.menus)) {
    for (const { command } of items) assert.ok(commands.includes(command), command);
  }
});

test('every setting is read, and no other', () => {
  const declared = Object.keys(contributes.configuration.properties).map((name) => name.replace(/^wasm-sandbox\./, ''));
  for (const name of declared) assert.ok(sources.includes(`'${name}'`), name);
});

test('the view is the one that the extension provides', () => {
  assert.deepEqual(
    contributes.views['wasm-sandbox'].map((view: { id: string }) => view.id),
    ['wasm-sandbox.panel'],
  );
  assert.ok(sources.includes("'wasm-sandbox.panel'"));
});

test('every launch argument is explained', () => {
  const { properties } = contributes.debuggers[0].configurationAttributes.launch;
  for (const [name, schema] of Object.entries<{ description?: string }>(properties)) {
    assert.ok((schema.description ?? '').length > 20, name);
  }
  const expected = ['program', 'function', 'arguments', 'args', 'env', 'cwd', 'sandbox', 'stopOnEntry', 'buildArgs'];
  assert.deepEqual(
    expected.filter((name) => !(name in properties)),
    [],
  );
});

test('the page of the panel lets only its own script and style in', () => {
  const page = panelHtml({
    script: 'vscode://panel.js',
    style: 'vscode://panel.css',
    source: 'vscode://source',
    nonce: 'n0nce',
  });
  assert.match(page, /default-src 'none'; script-src 'nonce-n0nce'; style-src vscode:\/\/source;/);
  assert.doesNotMatch(page, /unsafe|style=|<style/);
  assert.match(page, /<script nonce="n0nce" src="vscode:\/\/panel\.js">/);
});
