/** Each refusal's change of `sandbox.json` lets the very same call pass. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { hostPaths } from '../../sandbox/compile/pathProbe.ts';
import { remedyForLimit } from '../../sandbox/config/remedy.ts';
import { applyChange, type ConfigChange, loadConfigFile, type Report, Sandbox } from '../../sandbox/index.ts';
import { results, type Workspace, workspace } from './workspace.ts';

function apply(here: Workspace, change: ConfigChange | undefined): void {
  assert.ok(change, 'no change is offered');
  const changed = applyChange(here.readConfig(), change);
  assert.ok(changed.ok, changed.ok ? '' : changed.message);
  writeFileSync(here.config, changed.text);
  assert.deepEqual(applyChange(changed.text, change), changed, 'making it twice changes something');
  const errors = loadConfigFile(here.config).problems.filter(({ severity }) => severity === 'error');
  assert.deepEqual(errors, []);
}

/** `@` is a folder of the case's own, with `data/in.txt` in it. */
interface Case {
  readonly attempt: string;
  /** Files to begin with. */
  readonly files?: readonly string[];
  /** Granted before. */
  readonly before?: Grants;
  /** What is granted in addition. */
  readonly adds: Grants;
  /** What the program gets afterwards; default: `ok`. */
  readonly result?: string;
}

type Grants = Readonly<Partial<Record<'read' | 'write', readonly unknown[]>>>;

const NONE = 'No such file or directory';

/** All in one run, and after all changes in one more. */
const cases: readonly Case[] = [
  { attempt: 'read=@/data/in.txt', adds: { read: ['./@/data/in.txt'] } },
  { attempt: 'read=/@/data/in.txt', adds: { read: ['./@/data/in.txt'] } },
  { attempt: 'read=@/data/none.txt', adds: { read: ['./@/data/none.txt'] }, result: NONE },
  { attempt: 'read=@/nowhere/at/all', adds: { read: ['./@/nowhere'] }, result: NONE },
  { attempt: 'stat=@/data', adds: { read: ['./@/data'] } },
  { attempt: 'list=@/data', adds: { read: ['./@/data'] } },
  { attempt: 'list=@/data', before: { write: ['@/data'] }, adds: { read: ['./@/data'] } },
  {
    attempt: 'readlink=@/link',
    files: ['@/link->data/in.txt'],
    adds: { read: ['./@/link'] },
    result: 'Invalid argument',
  },
  { attempt: 'write=@/new.txt', adds: { write: ['./@/new.txt'] } },
  { attempt: 'append=@/data/in.txt', adds: { write: ['./@/data/in.txt'] } },
  { attempt: 'cut=@/data/in.txt', before: { read: ['@/data'] }, adds: { write: ['./@/data/in.txt'] } },
  { attempt: 'truncate=@/data/in.txt', adds: { write: ['./@/data/in.txt'] } },
  { attempt: 'create=@/data/new.txt', adds: { write: ['./@/data/new.txt'] } },
  { attempt: 'mkdir=@/new', adds: { write: ['./@/new'] } },
  { attempt: 'mkdir=@/nowhere/new', adds: { write: ['./@/nowhere'] }, result: NONE },
  { attempt: 'rmdir=@/data/empty', files: ['@/data/empty/'], adds: { write: ['./@/data'] } },
  { attempt: 'unlink=@/data/in.txt', adds: { write: ['./@/data/in.txt'] } },
  { attempt: 'times=@/data/in.txt', adds: { write: ['./@/data/in.txt'] } },
  { attempt: 'rename=@/data/in.txt=@/data/out.txt', adds: { write: ['./@/data/in.txt', './@/data/out.txt'] } },
  { attempt: 'rename=@/data/sub=@/data/moved', files: ['@/data/sub/'], adds: { write: ['./@/data'] } },
  {
    attempt: 'rename=@/data/in.txt=@/out.txt',
    before: { read: ['@/data'], write: ['@/data'] },
    adds: { read: ['./@/out.txt'], write: ['./@/out.txt'] },
  },
  { attempt: 'link=@/data/in.txt=@/data/again.txt', adds: { write: ['./@/data/in.txt', './@/data/again.txt'] } },
  { attempt: 'symlink=in.txt=@/data/link', adds: { write: ['./@/data'] } },
  { attempt: 'read=../@secret', files: ['../@secret'], adds: { read: ['../@secret'] } },
  { attempt: 'read=@/data/../../../@secret', files: ['../@secret'], adds: { read: ['../@secret'] } },
  { attempt: 'write=../@new', adds: { write: ['../@new'] } },
  {
    attempt: 'read=@/data/far',
    files: ['../@secret', '@/data/far->../../../@secret'],
    before: { read: ['@/data'] },
    adds: { read: ['./@/data/far'] },
  },
  {
    attempt: 'read=@/data/out',
    files: ['@/other', '@/data/out->../other'],
    before: { read: ['@/data'] },
    adds: { read: ['./@/other'] },
  },
  {
    attempt: 'write=@/d/new.txt',
    before: { read: [{ host: '@/data', guest: '/@/d' }] },
    adds: { write: [{ host: './@/data/new.txt', guest: '/@/d/new.txt' }] },
  },
];

/** None begins with another one's. */
function nameOf(index: number): string {
  return `case${String.fromCharCode(65 + Math.floor(index / 10))}${index % 10}`;
}

test('what was refused passes after the change, each with the narrowest grant', async () => {
  const own = cases.map((each, index) => JSON.parse(JSON.stringify(each).replaceAll('@', nameOf(index))) as Case);
  const files = own.flatMap((each, index) => [`${nameOf(index)}/data/in.txt`, ...(each.files ?? [])]);
  const grants = (of: (each: Case) => Grants | undefined) => ({
    read: own.flatMap((each) => of(each)?.read ?? []),
    write: own.flatMap((each) => of(each)?.write ?? []),
  });
  const before = grants((each) => each.before);
  const here = workspace(files, JSON.stringify({ filesystem: before }));
  const attempts = own.map(({ attempt }) => attempt);
  const { violations } = await here.run(attempts);
  assert.equal(violations.length, own.length);
  for (const { remedy } of violations) apply(here, remedy);
  const added = grants((each) => each.adds);
  assert.deepEqual(JSON.parse(here.readConfig()).filesystem, {
    read: [...before.read, ...added.read],
    write: [...before.write, ...added.write],
  });
  const after = await here.run(attempts);
  assert.deepEqual(after.violations, []);
  assert.deepEqual(
    results(after),
    own.map(({ result = 'ok' }) => result),
  );
});

test('a temporary folder, and quotas', async () => {
  const config =
    '{ "filesystem": { "read": ["data"], "write": ["data"], "maxOpenFiles": 2, "maxFileSize": "1KB", "maxTotalWritten": 10 } }';
  const here = workspace(['data/in.txt'], config);
  const attempts = ['write=/tmp/scratch', 'fill=data/big=100', 'fill=data/big=3000', 'hold=data/in.txt=3'];
  for (let times = 0; times < 3; times++) {
    const { violations } = await here.run(attempts);
    for (const { remedy } of violations) apply(here, remedy);
  }
  const { filesystem } = JSON.parse(here.readConfig());
  assert.deepEqual(filesystem, {
    ...{ read: ['data'], write: ['data'], temp: true },
    ...{ maxOpenFiles: 5, maxFileSize: '4KB', maxTotalWritten: '4KB' },
  });
  const after = await here.run(attempts);
  assert.deepEqual([after.violations, results(after)], [[], ['ok', 'ok', 'ok', 'ok']]);
});

describe('beyond the folder', { concurrency: 4 }, () => {
  test('a file of the whole disk is granted by itself', async () => {
    const elsewhere = workspace(['secret']);
    const here = workspace([]);
    const attempt = `read=${elsewhere.folder}/secret`;
    apply(here, (await here.run([attempt])).violations[0]?.remedy);
    assert.deepEqual(JSON.parse(here.readConfig()).filesystem, { read: [`${elsewhere.folder}/secret`] });
    const after = await here.run([attempt]);
    assert.deepEqual([after.violationCount, results(after)], [0, ['ok']]);
  });

  test('a link that leads away says where to', async () => {
    const here = workspace(['../secret', 'data/far->../../secret'], '{ "filesystem": { "read": ["data"] } }');
    const { violations } = await here.run(['read=data/far']);
    assert.match(violations[0]?.remedy?.title ?? '', /Grant reading ".\/data\/far" \(a link to ".*secret"\)/);
  });

  test('nothing grants a link to another place, or to an absolute path', async () => {
    const here = workspace(['data/'], '{ "filesystem": { "write": ["data"] } }');
    const { violations } = await here.run([
      'symlink=../x=data/link',
      'symlink=/etc/passwd=data/link',
      'symlink=/etc=link',
    ]);
    assert.deepEqual(
      violations.map(({ remedy }) => remedy),
      [undefined, undefined, undefined],
    );
  });
});

const LIMITS = `(module (memory (export "memory") 1)
  (func (export "spin") (local i32) (loop (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 300000)))))
  (func $deep (export "deep") (param i32) (if (local.get 0) (then (call $deep (i32.sub (local.get 0) (i32.const 1))))))
)`;

describe('a limit that ended a run is raised', { concurrency: 4 }, () => {
  const limits: readonly (readonly [setting: string, call: string, args: readonly number[]])[] = [
    ['"fuel": 100000', 'spin', []],
    ['"maxCallDepth": 60', 'deep', [100]],
  ];
  for (const [setting, functionName, args] of limits) {
    test(setting, async () => {
      const here = workspace([], `{ ${setting} }`);
      const file = path.join(here.folder, 'program.wat');
      writeFileSync(file, LIMITS);
      const run = () => Sandbox.fromSource(file).execute({ functionName, args });
      let report: Report = await run();
      for (let times = 0; report.outcome.kind === 'exhausted' && times < 10; times++) {
        const context = { config: loadConfigFile(here.config).config, folder: here.folder, probe: hostPaths };
        apply(here, remedyForLimit(report.outcome.exhausted, context));
        report = await run();
      }
      assert.equal(report.outcome.kind, 'exited');
    });
  }
});
