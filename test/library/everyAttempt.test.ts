/** Whatever a C library is asked to do with a path reaches the policy: it is granted, or it is a violation. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ReportedDecision } from '../../sandbox/index.ts';
import { results, workspace } from './workspace.ts';

const ONE = [
  ...['read', 'write', 'append', 'update', 'create', 'cut', 'truncate', 'stat', 'lstat', 'access', 'list', 'mkdir'],
  ...['rmdir', 'unlink', 'readlink', 'times'],
];
const TWO = ['rename', 'link'];

/** Each attempt on a name of its own. */
function attempts(start: string): readonly (readonly [attempt: string, names: readonly string[]])[] {
  const single = ONE.map((what) => [`${what}=${start}${what}.x`, [`${what}.x`]] as const);
  const double = TWO.map((what) => [`${what}=${start}${what}.x=${start}${what}.y`, [`${what}.x`]] as const);
  return [...single, ...double, [`symlink=x=${start}symlink.x`, ['symlink.x']]];
}

for (const buildArgs of [[], ['-DCHDIR']]) {
  describe(`every attempt is seen${buildArgs.length > 0 ? ', with a working folder in the C library' : ''}`, {
    concurrency: 4,
  }, () => {
    for (const starts of [
      ['', '/', './', 'data/', '/etc/'],
      ['../', 'data/../', 'data/../../', 'nowhere/at/all/'],
    ]) {
      test(`all of it refused: ${starts.map((start) => `"${start}"`).join(' ')}`, async () => {
        const tried = starts.flatMap(attempts);
        const report = await workspace(['data/in.txt']).run(
          tried.map(([attempt]) => attempt),
          { buildArgs },
        );
        assert.deepEqual([...new Set(results(report))], ['Capabilities insufficient']);
        assert.equal(report.violationCount, tried.length);
        for (const [index, [attempt, [name = '']]] of tried.entries()) {
          const { target, function: where, location } = report.violations[index]!;
          assert.ok(target.includes(name), `${attempt}: ${target}`);
          assert.ok(location, `${attempt} in ${where}`);
        }
      });
    }

    test('with everything granted, each is a decision', async () => {
      const tried = attempts('');
      const here = workspace([], '{ "filesystem": { "read": ["."], "write": ["."] } }');
      const decisions: ReportedDecision[] = [];
      const onDecision = (decision: ReportedDecision) => void decisions.push(decision);
      const report = await here.run(
        tried.map(([attempt]) => attempt),
        { buildArgs, onDecision },
      );
      assert.equal(report.violationCount, 0);
      for (const [attempt, names] of tried) {
        for (const name of names) {
          const found = decisions.find(({ target }) => target === name);
          assert.ok(found?.location, `${attempt}: ${name}`);
        }
      }
    });
  });
}

test('a path is shown as it was written, from the root or from the working folder', async () => {
  const report = await workspace([]).run(['read=/etc/hosts', 'read=data/in.txt', 'read=./data/../x', 'read=../x']);
  assert.deepEqual(
    report.violations.map(({ target }) => target),
    ['/etc/hosts', 'data/in.txt', 'x', '../x'],
  );
});

test('a working folder of the C library is part of the path', async () => {
  const here = workspace(['data/in.txt'], '{ "filesystem": { "read": ["./data/in.txt"] } }');
  const report = await here.run(['chdir=data', 'read=in.txt', 'read=other.txt'], { buildArgs: ['-DCHDIR'] });
  assert.deepEqual(results(report), ['ok', 'ok', 'Permission denied']);
  assert.equal(report.violations[0]?.target, 'data/other.txt');
});
