import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { FIXTURES, wasmSandbox } from './commandLine.ts';

const scratch = mkdtempSync(path.join(tmpdir(), 'command-line-'));
after(() => rmSync(scratch, { recursive: true }));

/** 1-based line of a marker in a fixture. */
function lineOf(file: string, marker: string): number {
  const lines = readFileSync(path.join(FIXTURES, file), 'utf8').split('\n');
  const line = lines.findIndex((text) => text.includes(marker));
  assert.ok(line >= 0, marker);
  return line + 1;
}

describe('a program', { concurrency: 3 }, () => {
  test('its output, arguments and exit code are passed through', async () => {
    const args = await wasmSandbox(['run', 'probe.c', '--', 'args', '--json', '-x', 'two words']);
    assert.deepEqual(args, { code: 0, stdout: '[probe.c][args][--json][-x][two words]', stderr: '' });
  });

  test('standard input is piped to it', async () => {
    const { stdout } = await wasmSandbox(['run', 'probe.c', '--', 'echo'], { input: 'one\ntwo\n' });
    assert.equal(stdout, 'one\ntwo\n');
  });

  test('an input that stays open keeps nobody waiting', async () => {
    const { code } = await wasmSandbox(['run', 'probe.c', '--', 'exit', '3'], { input: 'keep open' });
    assert.equal(code, 3);
  });

  test('its two outputs stay apart', async () => {
    const { stdout, stderr } = await wasmSandbox(['run', 'probe.c', '--', 'complain']);
    assert.deepEqual({ stdout, stderr }, { stdout: 'to standard output', stderr: 'to standard error' });
  });

  test('a trap is 134, and says where', async () => {
    const { code, stderr } = await wasmSandbox(['run', 'probe.c', '--', 'trap']);
    assert.equal(code, 134);
    const line = lineOf('probe.c', '@trap');
    assert.match(stderr, new RegExp(`trap: .*divide by zero at probe\\.c:${line}:\\d+ in divide\n`));
    assert.match(
      stderr,
      new RegExp(`at divide \\(probe\\.c:${line}:\\d+\\)\n {4}at main \\(probe\\.c:\\d+:\\d+\\)\n$`),
    );
  });

  test('a limit is 137, and says which', async () => {
    const timeout = await wasmSandbox(['run', '--timeout', '300ms', 'probe.c', '--', 'spin']);
    assert.equal(timeout.code, 137);
    assert.match(
      timeout.stderr,
      /ran for 300ms at probe\.c:\d+:\d+ in main\. Raise "timeout" in sandbox\.json, or pass --timeout/,
    );
  });
});

describe('grants', { concurrency: 3 }, () => {
  const secret = path.join(scratch, 'secret.txt');
  writeFileSync(secret, 'the secret');

  test('nothing is granted, and what is refused is told with its line', async () => {
    const { code, stdout, stderr } = await wasmSandbox(['run', 'probe.c', '--', 'show', secret]);
    assert.equal(code, 1);
    assert.match(stdout, /cannot open .*secret\.txt/);
    const line = lineOf('probe.c', '@open');
    assert.match(
      stderr,
      new RegExp(
        `path_open of ".*secret\\.txt" at probe\\.c:${line}:\\d+ in show was refused: .* no "filesystem\\.read" .*--read`,
      ),
    );
  });

  test('--read lets it read, and not write', async () => {
    const read = await wasmSandbox(['run', '--read', scratch, 'probe.c', '--', 'show', secret]);
    assert.deepEqual(read, { code: 0, stdout: 'the secret', stderr: '' });
    const write = await wasmSandbox(['run', '--read', scratch, 'probe.c', '--', 'save', secret, 'changed']);
    assert.equal(write.code, 1);
    assert.match(write.stderr, /no "filesystem\.write" for it/);
    assert.equal(readFileSync(secret, 'utf8'), 'the secret');
  });

  test('--mount shows a folder under another path', async () => {
    const read = await wasmSandbox(['run', '--mount', `${scratch}::/in:ro`, 'probe.c', '--', 'show', '/in/secret.txt']);
    assert.equal(read.stdout, 'the secret');
    const write = await wasmSandbox([
      'run',
      '--mount',
      `${scratch}::/out`,
      'probe.c',
      '--',
      'save',
      '/out/new.txt',
      'hello',
    ]);
    assert.equal(write.code, 0);
    assert.equal(readFileSync(path.join(scratch, 'new.txt'), 'utf8'), 'hello');
  });

  test('--env passes a variable on, or sets it', async () => {
    const env = { PROBE_TEST: 'from outside' };
    const passed = await wasmSandbox(['run', '--env', 'PROBE_TEST', 'probe.c', '--', 'env', 'PROBE_TEST'], { env });
    assert.equal(passed.stdout, 'from outside');
    const set = await wasmSandbox(['run', '--env', 'PROBE_TEST=a=b', 'probe.c', '--', 'env', 'PROBE_TEST'], { env });
    assert.equal(set.stdout, 'a=b');
  });

  test('--config names a configuration; options go before it', async () => {
    const config = path.join(scratch, 'other.json');
    writeFileSync(config, '{ "fuel": "5K", "filesystem": { "read": [{ "host": ".", "guest": "/data" }] } } // ours');
    const limited = await wasmSandbox(['run', '--config', config, 'probe.c', '--', 'show', '/data/secret.txt']);
    assert.equal(limited.code, 137);
    const more = await wasmSandbox([
      'run',
      '--config',
      config,
      '--fuel',
      '1G',
      'probe.c',
      '--',
      'show',
      '/data/secret.txt',
    ]);
    assert.equal(more.stdout, 'the secret');
  });

  test('a thousand refusals are told briefly', async () => {
    const { code, stderr } = await wasmSandbox(['run', 'probe.c', '--', 'often', '1000']);
    assert.equal(code, 0);
    assert.equal(stderr.trim().split('\n').length, 21);
    assert.match(stderr, /… and 980 more refused calls/);
  });
});

describe('a function', { concurrency: 3 }, () => {
  const results: readonly [readonly string[], string][] = [
    [['add', '5', '-3'], '2\n'],
    [['both', '7'], '7 7\n'],
  ];
  for (const [call, printed] of results) {
    test(`${call.join(' ')} prints ${printed.trim()}`, async () => {
      assert.deepEqual(await wasmSandbox(['run', 'numbers.wat', ...call]), { code: 0, stdout: printed, stderr: '' });
    });
  }

  const refused: readonly [readonly string[], RegExp][] = [
    [['nothing'], /exports no function "nothing"\. It exports add, wide/],
    [['add', '5', 'x'], /Argument 2 of add has to be an integer/],
  ];
  for (const [call, message] of refused) {
    test(`${call.join(' ') || 'none'} is refused`, async () => {
      const { code, stdout, stderr } = await wasmSandbox(['run', 'numbers.wat', ...call]);
      assert.equal(code, 2);
      assert.equal(stdout, '');
      assert.match(stderr, message);
    });
  }
});

describe('one JSON object', { concurrency: 3 }, () => {
  async function jsonOf(args: readonly string[]) {
    const { code, stdout, stderr } = await wasmSandbox(['run', '--json', ...args]);
    return { code, stderr, report: JSON.parse(stdout) };
  }

  test('for a result', async () => {
    const { code, report } = await jsonOf(['numbers.wat', 'add', '5', '3']);
    assert.equal(code, 0);
    assert.equal(report.result, 8);
    assert.equal(report.exitCode, 0);
    assert.deepEqual(report.violations, []);
    assert.equal(report.usage.instant, 4);
  });

  test('with integers that no JSON number holds, and numbers that JSON does not have', async () => {
    assert.equal((await jsonOf(['numbers.wat', 'wide', '4611686018427387903'])).report.result, '9223372036854775806');
    assert.equal((await jsonOf(['numbers.wat', 'half', 'nan'])).report.result, 'NaN');
  });

  test('for a program, whose own output goes to standard error', async () => {
    const { code, report, stderr } = await jsonOf(['probe.c', '--', 'show', '/etc/passwd']);
    assert.equal(code, 1);
    assert.equal(report.exitCode, 1);
    assert.match(stderr, /cannot open/);
    const [violation] = report.violations;
    assert.equal(violation.operation, 'path_open');
    assert.equal(violation.target, '/etc/passwd');
    assert.equal(violation.function, 'show');
    assert.equal(violation.location.line, lineOf('probe.c', '@open'));
  });

  test('for a trap and for a limit', async () => {
    const trap = await jsonOf(['numbers.wat', 'divide', '1', '0']);
    assert.equal(trap.code, 134);
    assert.equal(trap.report.error.trap, 'integer divide by zero');
    assert.equal(trap.report.error.stack[0].location.line, lineOf('numbers.wat', '@trap'));
    const limit = await jsonOf(['--fuel', '1000', 'numbers.wat', 'spin']);
    assert.equal(limit.code, 137);
    assert.deepEqual(limit.report.error.limit, { kind: 'fuel', used: 1000, limit: 1000 });
  });

  test('for what does not compile, with its places', async () => {
    const broken = path.join(scratch, 'broken.c');
    writeFileSync(broken, 'int main(void) {\n  return x;\n}\n');
    const { code, report, stderr } = await jsonOf([broken]);
    assert.equal(code, 2);
    assert.equal(report.error.kind, 'CompileError');
    assert.equal(report.error.diagnostics[0].line, 2);
    assert.match(stderr, /broken\.c:2:10: error: .*undeclared/);
  });

  test('for a configuration that is broken, with a suggestion', async () => {
    const config = path.join(scratch, 'broken.json');
    writeFileSync(config, '{\n  "memory": "64MBs"\n}');
    const { code, report, stderr } = await jsonOf(['--config', config, 'numbers.wat', 'add', '1', '2']);
    assert.equal(code, 2);
    assert.equal(report.error.suggestion, 'Change to "64MB"');
    assert.match(stderr, /broken\.json:2:13: error: "memory": "64MBs" is not a size/);
  });
});

describe('a bad command line is 2, with a sentence', { concurrency: 3 }, () => {
  const lines: readonly [readonly string[], RegExp][] = [
    [['run'], /missing required argument 'file'/],
    [['run', '--bogus', 'numbers.wat'], /unknown option '--bogus'/],
    [['walk', 'numbers.wat'], /unknown command 'walk'/],
    [['run', '--mount', 'here', 'numbers.wat'], /HOST::GUEST/],
    [['run', '--env', '=value', 'numbers.wat'], /NAME=value/],
    [['run', '--memory', '64MBs', 'numbers.wat', 'add', '1', '2'], /"memory": "64MBs" is not a size/],
    [['run', '--memory', '10', 'numbers.wat', 'add', '1', '2'], /needs 64KB of memory to start/],
    [['run', '--read', './nowhere', 'numbers.wat', 'add', '1', '2'], /"\.\/nowhere" does not exist yet/],
    [['run', '--config', 'nowhere.json', 'numbers.wat', 'add', '1', '2'], /nowhere\.json does not exist/],
    [['run', 'probe.c', 'args', '7'], /exports no function "args".*\n.*after "--": run probe\.c -- args 7/],
    [['run', '.'], /is a folder\. Name a source file/],
    [['run', 'nowhere.c'], /nowhere\.c does not exist/],
    [['run', 'commandLine.xyz'], /does not exist|cannot be compiled/],
  ];
  for (const [args, message] of lines) {
    test(args.join(' '), async () => {
      const { code, stdout, stderr } = await wasmSandbox(args);
      assert.equal(code, 2, stderr);
      assert.equal(stdout, '');
      assert.match(stderr, message);
    });
  }

  test('the version is that of the package', async () => {
    const { code, stdout } = await wasmSandbox(['--version']);
    assert.equal(code, 0);
    const manifest = readFileSync(path.join(import.meta.dirname, '../../package.json'), 'utf8');
    assert.equal(stdout.trim(), JSON.parse(manifest).version);
  });

  test('help is no mistake', async () => {
    const { code, stdout } = await wasmSandbox(['run', '--help']);
    assert.equal(code, 0);
    assert.match(stdout, /--mount/);
    assert.match(stdout, /134 after a trap/);
    assert.match(stdout, /--record/);
  });
});

describe('check', { concurrency: 3 }, () => {
  test('lists what is wrong', async () => {
    const file = path.join(scratch, 'checked.json');
    writeFileSync(file, '{ "memroy": 1, "filesystem": { "write": ["results"] } }');
    const { code, stdout } = await wasmSandbox(['check', file]);
    assert.equal(code, 2);
    assert.match(stdout, /checked\.json:1:3: error: "memroy" .* Did you mean "memory"\?\n.*:1:42: information: /);
  });

  test('a right one is right', async () => {
    const file = path.join(scratch, 'right.json');
    writeFileSync(file, '{ "memory": "1MB" }');
    const { code, stdout } = await wasmSandbox(['check', file]);
    assert.deepEqual({ code, stdout }, { code: 0, stdout: `${file}: nothing is wrong\n` });
  });
});

describe('learning', { concurrency: 2 }, () => {
  const folder = path.join(scratch, 'lesson');
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'in.txt'), 'the input');
  writeFileSync(path.join(folder, 'probe.c'), readFileSync(path.join(FIXTURES, 'probe.c')));

  test('--learn prints the configuration and nothing else', async () => {
    const learned = await wasmSandbox(['run', '--learn', 'probe.c', '--', 'show', 'in.txt'], { cwd: folder });
    assert.equal(learned.code, 0);
    assert.match(learned.stderr, /^the input/);
    assert.match(learned.stdout, /^\/\/ What one run of "probe\.c" needed/);
    assert.match(learned.stdout, /"\.\/in\.txt" \/\/ path_open in show, probe\.c:\d+:\d+\n/);
    const json = await wasmSandbox(['run', '--learn', '--json', 'probe.c', '--', 'show', 'in.txt'], { cwd: folder });
    const { learned: object } = JSON.parse(json.stdout);
    assert.deepEqual(object.config, { filesystem: { read: ['./in.txt'] } });
  });

  test('--audit-against says what would be refused, and changes nothing', async () => {
    const stricter = path.join(scratch, 'stricter.json');
    writeFileSync(stricter, '{}');
    const args = ['run', '--read', './in.txt', '--audit-against', stricter, 'probe.c', '--', 'show', 'in.txt'];
    const { code, stdout, stderr } = await wasmSandbox(args, { cwd: folder });
    assert.deepEqual([code, stdout], [0, 'the input']);
    assert.match(
      stderr,
      /audit: path_open of "in\.txt" at probe\.c:\d+:\d+ in show would be refused: .*stricter\.json grants/,
    );
  });
});
