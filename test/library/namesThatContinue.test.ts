/** Node's permission model takes `data` for not granted when `data2` is granted too: see sandbox/guest/secondNames.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
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
