import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { type Learned, learn, loadConfigFile, type Report } from '../../sandbox/index.ts';
import { ATTEMPTS, results, type Workspace, workspace } from './workspace.ts';

const FILES = [
  'data/in.txt',
  'data/other.txt',
  'link->data/other.txt',
  'deep/er/x',
  'many/a',
  'many/b',
  'many/c',
  'many/d',
];

/** What the program leaves behind: taken away before each run, so that it is the same run. */
const LEFT = ['out', 'new.txt', 'final.txt'];

const RUN = [
  ...['read=data/in.txt', 'read=link', 'stat=deep', 'stat=deep/er/x', 'read=optional.cfg', 'read=nowhere/at/all'],
  ...['list=many', 'mkdir=out', 'write=out/a.txt', 'write=out/b.txt', 'rename=out/b.txt=out/c.txt', 'read=out/c.txt'],
  ...['write=new.txt', 'rename=new.txt=final.txt', 'read=final.txt', 'append=data/other.txt', 'write=/tmp/scratch'],
];

function again(here: Workspace, attempts: readonly string[]): Promise<Report> {
  for (const name of LEFT) rmSync(path.join(here.folder, name), { recursive: true, force: true });
  writeFileSync(path.join(here.folder, 'data/other.txt'), 'text');
  return here.run(attempts);
}

function learnFrom(here: Workspace, attempts: readonly string[], options = {}): Promise<Learned> {
  return learn({ file: ATTEMPTS }, { config: here.config, args: attempts, ...options });
}

test('what is learned lets the same run pass, and nothing in it can be left out', { timeout: 300_000 }, async () => {
  const here = workspace(FILES);
  const learned = await learnFrom(here, RUN);
  const expected = results(learned.report);
  assert.equal(learned.report.violationCount, 0);
  assert.equal(learned.folder, here.folder);
  assert.deepEqual(learned.config, {
    filesystem: {
      read: [
        './data/in.txt',
        './link',
        './optional.cfg',
        './many',
        './out',
        './final.txt',
        './new.txt',
        './deep/er/x',
        './nowhere',
      ],
      write: ['./out', './new.txt', './final.txt', './data/other.txt'],
      temp: true,
    },
  });
  writeFileSync(here.config, learned.text);
  assert.deepEqual(
    loadConfigFile(here.config).problems.filter(({ severity }) => severity === 'error'),
    [],
  );
  const report = await again(here, RUN);
  assert.deepEqual(report.violations, []);
  assert.deepEqual(results(report), expected);
  for (const smaller of withoutOne(learned.config.filesystem as Filesystem)) {
    writeFileSync(here.config, JSON.stringify({ filesystem: smaller }));
    const { violationCount, stdout } = await again(here, RUN);
    assert.ok(violationCount > 0 || stdout !== report.stdout, JSON.stringify(smaller));
  }
});

interface Filesystem {
  readonly read: readonly string[];
  readonly write: readonly string[];
  readonly temp: boolean;
}

function* withoutOne(filesystem: Filesystem): Iterable<Filesystem> {
  for (const access of ['read', 'write'] as const) {
    for (const grant of filesystem[access]) {
      yield { ...filesystem, [access]: filesystem[access].filter((each) => each !== grant) };
    }
  }
  yield { ...filesystem, temp: false };
}

test('each grant has its reason', async () => {
  const here = workspace(FILES);
  const { text } = await learnFrom(here, ['read=data/in.txt', 'list=many']);
  assert.match(text, /"\.\/data\/in\.txt", \/\/ path_open in used, .*attempts\.c:\d+:\d+\n/);
  assert.match(text, /"\.\/many" \/\/ fd_readdir in listed, .*attempts\.c:\d+:\d+\n/);
});

test('many files of one folder are granted as the folder, a few one by one', async () => {
  const here = workspace(FILES);
  const read = async (...names: readonly string[]) => {
    const { config } = await learnFrom(
      here,
      names.map((name) => `read=many/${name}`),
    );
    return config.filesystem;
  };
  assert.deepEqual(await read('a', 'b', 'c'), { read: ['./many/a', './many/b', './many/c'] });
  assert.deepEqual(await read('a', 'b', 'c', 'd'), { read: ['./many'] });
});

test('a run that needs nothing learns nothing', async () => {
  const { text, config } = await learnFrom(workspace([]), []);
  assert.deepEqual(config, {});
  assert.match(text, /\n\{\}\n$/);
});

test('what lies elsewhere is refused, and told', async () => {
  const here = workspace(['../secret', 'data/in.txt']);
  const { text, config, report } = await learnFrom(here, ['read=../secret', 'read=/etc/passwd', 'read=data/in.txt']);
  assert.deepEqual(config, { filesystem: { read: ['./data/in.txt'] } });
  assert.equal(report.violationCount, 1);
  assert.match(text, /Not granted, as it lies elsewhere: path_open of "\.\.\/secret"/);
  assert.match(text, /Not granted, as it lies elsewhere: path_open of "\/etc\/passwd"/);
});

test('grants that the configuration has elsewhere keep their names', async () => {
  const here = workspace(
    ['../shared/x', 'data/in.txt'],
    '{ "filesystem": { "read": [{ "host": "../shared", "guest": "/common" }, "../shared"] } }',
  );
  const { config } = await learnFrom(here, ['read=/common/x', 'read=../shared/x']);
  const common = { host: `${path.dirname(here.folder)}/shared/x`, guest: '/common/x' };
  assert.deepEqual(config, { filesystem: { read: [common, '../shared/x'] } });
});

test('limits only where the usual ones would not do', async () => {
  const here = workspace(['data/in.txt']);
  const size = 20 * 2 ** 20;
  const { config } = await learnFrom(here, [`fill=big=${size}`, 'hold=data/in.txt=70']);
  assert.deepEqual(config, {
    filesystem: { maxFileSize: '32MB', maxOpenFiles: 100, read: ['./data/in.txt'], write: ['./big'] },
  });
});

test('with an overlay, nothing is written', async () => {
  const here = workspace([]);
  const { config, report } = await learnFrom(here, ['write=new.txt', 'read=new.txt'], { overlay: true });
  assert.deepEqual(results(report), ['ok', 'ok']);
  assert.equal(existsSync(path.join(here.folder, 'new.txt')), false);
  assert.deepEqual(config, { filesystem: { read: ['./new.txt'], write: ['./new.txt'] } });
});

test('variables that are named and asked for; settings that are no grants stay', async () => {
  const here = workspace([], '{ "clock": "frozen", "random": 7 }');
  const file = path.join(here.folder, 'home.c');
  writeFileSync(file, '#include <stdlib.h>\nint main(void) { return getenv("HOME") == NULL; }\n');
  const { config } = await learn({ file }, { env: { HOME: '/home/me' } });
  assert.deepEqual(config, { env: ['HOME'], clock: 'frozen', random: 7 });
  assert.equal(readFileSync(here.config, 'utf8'), '{ "clock": "frozen", "random": 7 }');
});
