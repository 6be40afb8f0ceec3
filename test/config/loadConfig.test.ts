import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type ConfigContext, defaultConfig, loadConfig } from '../../sandbox/config/loadConfig.ts';
import type { ConfigProblem } from '../../sandbox/config/problem.ts';
import { configSchema } from '../../sandbox/config/schema.ts';
import { fakePaths } from './fakePaths.ts';

const probe = fakePaths('/p/data/in.txt', '/p/out/', '/p/src/main.c', '/p/src/list.c', '/shared/');
const context: ConfigContext = { folder: '/p', probe, file: '/p/sandbox.json' };

function problemsOf(text: string, more: Partial<ConfigContext> = {}): readonly ConfigProblem[] {
  return loadConfig(text, { ...context, ...more }).problems;
}

/** The one problem of a text, with the text it points at. */
function onlyProblem(text: string, more: Partial<ConfigContext> = {}): ConfigProblem & { readonly at: string } {
  const problems = problemsOf(text, more);
  assert.equal(problems.length, 1, JSON.stringify(problems, null, 1));
  const [problem] = problems;
  const { offset, length } = problem!.range;
  return { ...problem!, at: text.slice(offset, offset + length) };
}

/** The text after its one problem's fix. */
function fixed(text: string, more: Partial<ConfigContext> = {}): string {
  const { suggestion } = onlyProblem(text, more);
  assert.ok(suggestion?.edit, 'no fix is offered');
  const { offset, length, text: replacement } = suggestion.edit;
  return text.slice(0, offset) + replacement + text.slice(offset + length);
}

test('nothing listed is nothing granted, and the usual limits hold', () => {
  assert.deepEqual(defaultConfig(context), {
    memory: 64 * 2 ** 20,
    timeout: 30_000,
    fuel: Number.POSITIVE_INFINITY,
    maxCallDepth: 10_000,
    maxOutput: 64 * 2 ** 20,
    filesystem: {
      read: [],
      write: [],
      temp: false,
      overlay: false,
      maxFileSize: 16 * 2 ** 20,
      maxTotalWritten: 256 * 2 ** 20,
      maxOpenFiles: 64,
    },
    network: { allow: [], listen: [], maxConnections: 4, maxResponseSize: 16 * 2 ** 20, timeout: 30_000 },
    env: [],
    clock: 'real',
    random: 'real',
    wasi: 'builtin',
    sources: [],
    toolchain: 'embedded',
  });
});

const everything = `{
  // comments and trailing commas are fine
  "$schema": "sandbox.schema.json",
  "memory": "128MB", "timeout": "1m", "fuel": "10G", "maxCallDepth": 500, "maxOutput": "1KB",
  "filesystem": {
    "read": ["./data", { "host": "/shared", "guest": "/common" }, "data/in.txt"],
    "write": ["out"], "temp": true, "overlay": true, "maxFileSize": 1000, "maxTotalWritten": "1KB", "maxOpenFiles": 3
  },
  "network": {
    "allow": ["api.example.com:443", "[::1]:80"], "listen": ["127.0.0.1:8080"],
    "maxConnections": 1, "maxResponseSize": "2KB", "timeout": "5s"
  },
  "env": ["LANG"], "clock": "frozen", "random": 42, "wasi": "wasmer",
  "sources": ["src/main.c", "./src/list.c"], "toolchain": "system",
}`;

test('every setting is read', () => {
  const { config, problems } = loadConfig(everything, context);
  assert.deepEqual(problems, []);
  assert.deepEqual(config, {
    memory: 128 * 2 ** 20,
    timeout: 60_000,
    fuel: 1e10,
    maxCallDepth: 500,
    maxOutput: 1024,
    filesystem: {
      read: [
        { host: '/p/data', guest: 'data' },
        { host: '/shared', guest: '/common' },
        { host: '/p/data/in.txt', guest: 'data/in.txt' },
      ],
      write: [{ host: '/p/out', guest: 'out' }],
      temp: true,
      overlay: true,
      maxFileSize: 1000,
      maxTotalWritten: 1024,
      maxOpenFiles: 3,
    },
    network: {
      allow: ['api.example.com:443', '[::1]:80'],
      listen: ['127.0.0.1:8080'],
      maxConnections: 1,
      maxResponseSize: 2048,
      timeout: 5000,
    },
    env: ['LANG'],
    clock: 'frozen',
    random: 42,
    wasi: 'wasmer',
    sources: ['/p/src/main.c', '/p/src/list.c'],
    toolchain: 'system',
  });
});

test('an object is read as its text would be', () => {
  const object = { memory: '1MB', filesystem: { read: ['./data'] }, random: 7 };
  assert.deepEqual(loadConfig(object, context), loadConfig(JSON.stringify(object), context));
  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;
  assert.equal(loadConfig(cyclic, context).problems[0]?.code, 'wrong-value');
});

/** text, code, what is underlined, the text after the fix (undefined: none is offered). */
const mistakes: readonly [string, string, string, string | undefined][] = [
  ['{ "memory": "64MBs" }', 'bad-unit', '"64MBs"', '{ "memory": "64MB" }'],
  ['{ "memory": "lots" }', 'bad-unit', '"lots"', undefined],
  ['{ "timeout": "30" }', 'bad-unit', '"30"', '{ "timeout": "30s" }'],
  ['{ "fuel": "10 million" }', 'bad-unit', '"10 million"', '{ "fuel": "10M" }'],
  ['{ "timeout": 0 }', 'zero-limit', '0', '{ "timeout": "30s" }'],
  ['{ "fuel": 0 }', 'zero-limit', '0', '{ "fuel": "unlimited" }'],
  ['{ "maxCallDepth": 0 }', 'zero-limit', '0', '{ "maxCallDepth": 10000 }'],
  ['{ "memory": "5GB" }', 'limit-too-large', '"5GB"', '{ "memory": "4GB" }'],
  ['{ "timeout": "1000h" }', 'limit-too-large', '"1000h"', undefined],
  ['{ "memory": true }', 'wrong-value', 'true', undefined],
  ['{ "memroy": "1MB" }', 'unknown-key', '"memroy"', '{ "memory": "1MB" }'],
  ['{ "filesystem": { "reed": [] } }', 'unknown-key', '"reed"', '{ "filesystem": { "read": [] } }'],
  ['{ "zebra": 1 }', 'unknown-key', '"zebra"', undefined],
  ['{ "__proto__": { "memory": 1 } }', 'unknown-key', '"__proto__"', undefined],
  ['{ "memory": "1MB", "memory": "2MB" }', 'duplicate-key', '"memory"', '{ "memory": "2MB" }'],
  ['{ "clock": "frozn" }', 'wrong-value', '"frozn"', '{ "clock": "frozen" }'],
  ['{ "random": "dice" }', 'wrong-value', '"dice"', undefined],
  ['{ "env": "LANG" }', 'wrong-value', '"LANG"', '{ "env": ["LANG"] }'],
  ['{ "env": ["HOME=/root"] }', 'bad-name', '"HOME=/root"', '{ "env": ["HOME"] }'],
  ['{ "env": ["A", "A"] }', 'duplicate-grant', '"A"', '{ "env": ["A"] }'],
  ['{ "env": ["A", "A", "B"] }', 'duplicate-grant', '"A"', '{ "env": ["A", "B"] }'],
  ['{ "filesystem": { "temp": "true" } }', 'wrong-value', '"true"', '{ "filesystem": { "temp": true } }'],
  ['{ "filesystem": { "read": ["./dta"] } }', 'missing-path', '"./dta"', '{ "filesystem": { "read": ["./data"] } }'],
  ['{ "filesystem": { "read": ["nowhere/at/all"] } }', 'missing-path', '"nowhere/at/all"', undefined],
  ['{ "filesystem": { "read": ["a\\u0000b"] } }', 'missing-path', '"a\\u0000b"', undefined],
  ['{ "filesystem": { "read": [{ "guest": "/d" }] } }', 'wrong-value', '{ "guest": "/d" }', undefined],
  ['{ "filesystem": { "read": [""] } }', 'wrong-value', '""', undefined],
  ['{ "filesystem": { "write": ["results"] } }', 'missing-path', '"results"', undefined],
  ['{ "filesystem": { "write": ["no/results"] } }', 'missing-path', '"no/results"', undefined],
  ['{ "filesystem": { "write": ["."] } }', 'grants-too-much', '"."', undefined],
  ['{ "filesystem": { "read": ["/"] } }', 'grants-too-much', '"/"', undefined],
  [
    '{ "filesystem": { "read": ["data", "./data/"] } }',
    'duplicate-grant',
    '"./data/"',
    '{ "filesystem": { "read": ["data"] } }',
  ],
  [
    '{ "filesystem": { "read": ["../shared"] } }',
    'outside-folder',
    '"../shared"',
    '{ "filesystem": { "read": [{"host":"../shared","guest":"/shared"}] } }',
  ],
  [
    '{ "filesystem": { "read": ["data"], "write": [{ "host": "out", "guest": "/data" }] } }',
    'guest-path-taken',
    '{ "host": "out", "guest": "/data" }',
    undefined,
  ],
  [
    '{ "filesystem": { "temp": true, "read": [{ "host": "data", "guest": "/tmp" }] } }',
    'guest-path-taken',
    '{ "host": "data", "guest": "/tmp" }',
    undefined,
  ],
  [
    '{ "network": { "allow": ["a.example"] } }',
    'bad-address',
    '"a.example"',
    '{ "network": { "allow": ["a.example:443"] } }',
  ],
  [
    '{ "network": { "allow": ["http://a.b/c"] } }',
    'bad-address',
    '"http://a.b/c"',
    '{ "network": { "allow": ["a.b:80"] } }',
  ],
  ['{ "network": { "allow": ["a.b:99999"] } }', 'bad-address', '"a.b:99999"', undefined],
  [
    '{ "network": { "allow": ["*.a.b:443"] } }',
    'bad-address',
    '"*.a.b:443"',
    '{ "network": { "allow": [".a.b:443"] } }',
  ],
  ['{ "network": { "allow": [".1.2:80"] } }', 'bad-address', '".1.2:80"', undefined],
  ['{ "network": { "allow": ["user@a.b:80"] } }', 'bad-address', '"user@a.b:80"', undefined],
  ['{ "network": { "listen": [".a.b:80"] } }', 'bad-address', '".a.b:80"', undefined],
  [
    '{ "network": { "listen": ["127.0.0.1"] } }',
    'bad-address',
    '"127.0.0.1"',
    '{ "network": { "listen": ["127.0.0.1:8080"] } }',
  ],
  ['{ "network": { "timeout": 0 } }', 'zero-limit', '0', '{ "network": { "timeout": "30s" } }'],
  ['{ "sources": ["src/mian.c"] }', 'missing-path', '"src/mian.c"', '{ "sources": ["src/main.c"] }'],
  ['{ "sources": ["src"] }', 'not-a-file', '"src"', undefined],
  ['[]', 'wrong-value', '[]', undefined],
  ['{ "memory": "1MB" "fuel": 1 }', 'syntax', '"fuel"', undefined],
];

for (const [text, code, at, after] of mistakes) {
  test(`${text} is ${code}${after ? ' and can be fixed' : ''}`, () => {
    const problem = onlyProblem(text);
    assert.equal(problem.code, code);
    assert.equal(problem.at, at);
    assert.match(problem.message, /[.?}]$/);
    if (after === undefined) assert.equal(problem.suggestion?.edit, undefined);
    else assert.equal(fixed(text), after);
  });
}

test('every fix leaves nothing to fix', () => {
  const advice = new Set(['outside-folder']);
  for (const [text, code, , after] of mistakes) {
    if (after !== undefined && !advice.has(code)) assert.deepEqual(problemsOf(after), [], text);
  }
});

test('a limit that the module does not fit in', () => {
  const module = { minimumMemory: 20 * 2 ** 20 };
  const problem = onlyProblem('{ "memory": "16MB" }', { module });
  assert.equal(problem.code, 'memory-too-small');
  assert.match(problem.message, /needs 20MB of memory to start, and "memory" allows 16MB/);
  assert.equal(fixed('{ "memory": "16MB" }', { module }), '{ "memory": "32MB" }');
  const large = { minimumMemory: 100 * 2 ** 20 };
  assert.equal(fixed('{ "env": [] }', { module: large }), '{\n  "memory": "128MB", "env": [] }');
  assert.deepEqual(JSON.parse(fixed('{}', { module: large })), { memory: '128MB' });
});

test('what is not there yet is granted: reading it with a warning, writing it with a word', () => {
  const text = '{ "filesystem": { "read": ["./optional.cfg"], "write": ["./results"] } }';
  const { config, problems } = loadConfig(text, context);
  assert.deepEqual(config.filesystem.read, [{ host: '/p/optional.cfg', guest: 'optional.cfg' }]);
  assert.deepEqual(config.filesystem.write, [{ host: '/p/results', guest: 'results' }]);
  assert.deepEqual(
    problems.map(({ severity }) => severity),
    ['warning', 'information'],
  );
});

test('what is broken is not granted', () => {
  const { config, problems } = loadConfig(
    '{ "filesystem": { "read": ["./data", "./no/dta", 7], "temp": "true" }, "network": { "allow": ["x"] }, "env": ["A=1"] }',
    context,
  );
  assert.deepEqual(config.filesystem.read, [{ host: '/p/data', guest: 'data' }]);
  assert.equal(config.filesystem.temp, false);
  assert.deepEqual(config.network.allow, []);
  assert.deepEqual(config.env, []);
  assert.equal(problems.filter(({ severity }) => severity === 'error').length, 5);
});

test('a text that is no JSON at all grants nothing and is an error', () => {
  for (const text of ['', '{', 'null', '"x"', '\u0000', '[[[[', '{"filesystem": {"write": [', '<html>']) {
    const { config, problems } = loadConfig(text, context);
    assert.deepEqual(config, defaultConfig(context), text);
    assert.ok(
      problems.some(({ severity }) => severity === 'error'),
      text,
    );
  }
});

test('hostile texts take bounded time and report a bounded number of problems', () => {
  const many = (count: number, item: (index: number) => string) =>
    Array.from({ length: count }, (_, i) => item(i)).join();
  const texts = [
    '{"a":['.repeat(100_000),
    ' '.repeat(2_000_000),
    `{${many(50_000, (i) => `"k${i}":1`)}}`,
    `{"sources":[${many(50_000, (i) => `"f${i}"`)}]}`,
    `{"env":[${many(50_000, () => '"A"')}]}`,
    `{"memory":"${'9'.repeat(500_000)}"}`,
    `{"${'a'.repeat(500_000)}":1}`,
  ];
  const started = performance.now();
  for (const text of texts) assert.ok(problemsOf(text).length <= 100);
  assert.ok(performance.now() - started < 10_000);
});

test('any object is read without throwing, and problems point into the text', () => {
  const keys = fc.constantFrom(
    'memory',
    'timeout',
    'filesystem',
    'read',
    'write',
    'host',
    'env',
    'random',
    'sources',
    'network',
    'allow',
    '__proto__',
  );
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(0, -1, 1.5, 1e300, true, null, '', '64MB', './data', 'x:1', '../..'),
      fc.string(),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(keys, tie('tree'), { maxKeys: 4 }),
    ),
  }));
  fc.assert(
    fc.property(tree, fc.nat(100), (value, cut) => {
      const text = JSON.stringify(value);
      for (const candidate of [text, text.slice(0, cut)]) {
        for (const { range } of loadConfig(candidate, context).problems) {
          assert.ok(range.offset >= 0 && range.offset + range.length <= candidate.length);
        }
      }
    }),
  );
});

test('every default of the schema is a value that the schema takes', () => {
  const defaults = Object.entries(configSchema.properties ?? {}).flatMap(([name, node]) =>
    node.default === undefined ? [] : [[name, node.default] as const],
  );
  assert.deepEqual(problemsOf(JSON.stringify(Object.fromEntries(defaults))), []);
});

test('a path that is absolute is missing by itself, another one in the folder of the configuration', () => {
  const [absolute, relative] = problemsOf('{ "filesystem": { "read": ["/no/where", "no/where"] } }');
  assert.match(absolute?.message ?? '', /no file or folder "\/no\/where"\. /);
  assert.match(relative?.message ?? '', /no file or folder "no\/where" in \/\S+\. /);
});
