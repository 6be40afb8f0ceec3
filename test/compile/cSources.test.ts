import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { collectSources } from '../../sandbox/compile/cSources.ts';

const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'c-sources-')));
after(() => rmSync(folder, { recursive: true }));
const at = (name: string) => path.join(folder, name);
for (const each of ['project/data', 'include', 'assets']) mkdirSync(at(each), { recursive: true });
for (const each of [
  'project/own.h',
  'project/data/blob',
  'include/shared.h',
  'include/blob',
  'assets/blob',
  'secret',
]) {
  writeFileSync(at(each), '');
}
symlinkSync(at('secret'), at('project/link.h'));

async function found(text: string, includeFolders: readonly string[] = []): Promise<readonly string[]> {
  const program = at('project/main.c');
  writeFileSync(program, text);
  const sources = await collectSources([program], includeFolders);
  return sources.found
    .filter((file) => file !== program)
    .map((file) => path.relative(folder, file))
    .sort();
}

test('a source is handed what lies in its folders, and sources and headers from elsewhere', async () => {
  const text = '#include "own.h"\n#include "../include/shared.h"\n#embed "data/blob"\n';
  assert.deepEqual(await found(text), ['include/shared.h', 'project/data/blob', 'project/own.h']);
});

test('it is handed no other file that it names, however it does', async () => {
  const secret = ['"../secret"', '"./data/../../secret"', `"${at('secret')}"`, '"link.h"'];
  for (const name of secret) {
    for (const directive of ['#embed ', '#include ', '#if __has_embed(', '#if 0\n#include ']) {
      assert.deepEqual(await found(`${directive}${name}\n`), ['project/own.h'], `${directive}${name}`);
    }
  }
});

test('folders that the user names are its own too', async () => {
  assert.deepEqual(await found('#embed <blob>\n', [at('assets')]), ['assets/blob', 'project/own.h']);
  assert.deepEqual(await found('#embed "../include/blob"\n', [at('assets')]), ['project/own.h']);
});
