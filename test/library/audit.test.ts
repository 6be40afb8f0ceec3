import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Report } from '../../sandbox/index.ts';
import { type Workspace, workspace } from './workspace.ts';

const FILES = ['data/in.txt', 'data/far->../other', 'other', 'many/a'];
const EVERYTHING = { filesystem: { read: ['.'], write: ['.'], temp: true } };

function here(): Workspace {
  return workspace(FILES, JSON.stringify(EVERYTHING));
}

function findings({ audit = [] }: Report): readonly string[] {
  return audit.map((each) =>
    each.kind === 'limit' ? each.limit : `${each.operation} ${each.required} ${each.target}`,
  );
}

/**
 * What of a run under a stricter policy really is refused, is what the audit said. It says more only where a refused
 * program does not come to ask: for what is in a folder that it could not open, for the other end of a move.
 */
const comparisons: readonly (readonly [attempts: readonly string[], stricter: object, more?: string])[] = [
  [
    ['read=data/in.txt', 'read=other', 'stat=many/a', 'list=many', 'list=data', 'stat=data'],
    { read: ['./data'] },
    'fd_readdir filesystem.read many',
  ],
  [['write=new', 'append=data/in.txt', 'mkdir=made', 'unlink=other', 'times=data/in.txt'], { write: ['./data'] }],
  [
    ['rename=data/in.txt=data/x', 'symlink=x=many/link', 'rmdir=made', 'truncate=other'],
    { read: ['.'] },
    'path_rename filesystem.write data/x',
  ],
  [['read=data/far', 'stat=data/far', 'readlink=data/far'], { read: ['./data'] }],
  [['read=data/far', 'update=other'], { read: ['./data/far'], write: ['./other'] }],
  [['read=none', 'read=nowhere/at/all', 'write=/tmp/x', 'read=/tmp/x'], { read: ['./data'] }],
  [['stat=data', 'read=data/in.txt', 'read=data/../other'], { read: ['./data/in.txt', './other'] }],
  [['update=data/in.txt'], { read: ['./data'] }],
];

for (const [attempts, filesystem, more] of comparisons) {
  test(`${attempts.join(' ')} against ${JSON.stringify(filesystem)}`, async () => {
    const audited = await here().run(attempts, { auditAgainst: { filesystem: absolute(filesystem) } });
    assert.equal(audited.violationCount, 0);
    // Relative to the folder of the workspace: another one, as the first run has changed its own.
    const strict = workspace(FILES, JSON.stringify({ filesystem }));
    const refused = await strict.run(attempts);
    const first = new Set(
      refused.violations.map(({ operation, required, target }) => `${operation} ${required} ${target}`),
    );
    assert.deepEqual(
      findings(audited).filter((each) => each !== more),
      [...first],
    );
    for (const each of audited.audit ?? []) if (each.kind === 'access') assert.ok(each.location, each.message);
  });
}

/** An object's paths start in the current folder, where they must exist: their guest paths are what counts. */
function absolute(filesystem: object): object {
  const grants = (list: readonly string[]) => list.map((name) => ({ host: import.meta.dirname, guest: name }));
  return Object.fromEntries(Object.entries(filesystem).map(([access, list]) => [access, grants(list)]));
}

test('quotas have the place where they would have been met, limits how much was used', async () => {
  const stricter = {
    memory: '64KB',
    fuel: 100,
    filesystem: { maxFileSize: 1000, maxOpenFiles: 1, maxTotalWritten: 2000 },
  };
  const whole = { read: [{ host: '.', guest: '.' }], write: [{ host: '.', guest: '.' }] };
  const report = await here().run(['fill=big=1500', 'fill=large=1500', 'hold=other=2'], {
    auditAgainst: { ...stricter, filesystem: { ...stricter.filesystem, ...whole } },
  });
  assert.deepEqual(findings(report), [
    'fd_write filesystem.maxFileSize big',
    'fd_write filesystem.maxTotalWritten large',
    'path_open filesystem.maxOpenFiles other',
    'memory',
    'fuel',
  ]);
  for (const each of report.audit ?? [])
    if (each.kind === 'access') assert.match(each.location?.source ?? '', /attempts\.c$/);
});

test('what the same policy allows is no finding', async () => {
  const report = await here().run(['read=data/in.txt', 'write=new', 'list=many', 'write=/tmp/x'], {
    auditAgainst: { filesystem: { read: [{ host: '.', guest: '.' }], write: [{ host: '.', guest: '.' }], temp: true } },
  });
  assert.deepEqual(report.audit, []);
});
