/** Node's permission model takes `data` for not granted when `data2` is granted too: see sandbox/guest/process/secondNames.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { results, workspace } from './workspace.ts';

test('folders whose names begin with each other can be granted together', async () => {
  const folders = ['data', 'data2', 'data22', 'data-old', 'out', 'out.d'];
  const config = { filesystem: { read: folders.slice(0, 4), write: folders.slice(3) } };
  const here = workspace(
    folders.map((name) => `${name}/x`),
    JSON.stringify(config),
  );
  const report = await here.run([
    ...folders.slice(0, 4).flatMap((name) => [`list=${name}`, `read=${name}/x`]),
    ...folders.slice(3).flatMap((name) => [`write=${name}/x`, `mkdir=${name}/sub`]),
  ]);
  assert.deepEqual([...new Set(results(report))], ['ok']);
  assert.deepEqual(report.violations, []);
});

/** Names that go on where others end, of folders and files, one in the other. */
const FOLDERS = ['a', 'ab', 'abc', 'd', 'd-e'];
const FILES = ['a.txt', 'ab.txt', 'a.txt2', 'e'];
const LEVELS = ['', ...FOLDERS.map((name) => `${name}/`), ...FOLDERS.map((name) => `a/${name}/`)];
const ALL_FOLDERS = LEVELS.slice(1).map((level) => level.slice(0, -1));
const ALL_FILES = LEVELS.flatMap((level) => FILES.map((name) => level + name));

test('each of any set of grants can be used, and nothing else', { timeout: 120_000 }, async () => {
  const grants = fc.subarray([...ALL_FOLDERS, ...ALL_FILES], { minLength: 1, maxLength: 8 });
  const sets = fc.sample(fc.tuple(grants, grants), { seed: 20, numRuns: 12 });
  await Promise.all(sets.map(([read, write]) => checkGrants(read, write)));
});

async function checkGrants(read: readonly string[], write: readonly string[]): Promise<void> {
  const here = workspace(ALL_FILES, JSON.stringify({ filesystem: { read, write } }));
  const covered = (grants: readonly string[], path: string) =>
    grants.some((grant) => path === grant || path.startsWith(`${grant}/`));
  const expected = new Map<string, boolean>();
  for (const file of ALL_FILES) {
    expected.set(`read=${file}`, covered(read, file));
    expected.set(`append=${file}`, covered(write, file));
  }
  for (const folder of ALL_FOLDERS) {
    if (covered(read, folder)) expected.set(`list=${folder}`, true);
    expected.set(`create=${folder}/new`, covered(write, folder));
    if (covered(write, folder)) expected.set(`times=${folder}`, true);
  }
  const told = results(await here.run([...expected.keys()]));
  const found = [...expected.keys()].map((attempt, index) => `${attempt} ${told[index] === 'ok'}`);
  const wanted = [...expected].map(([attempt, possible]) => `${attempt} ${possible}`);
  assert.deepEqual(found, wanted, JSON.stringify({ read, write }));
}
