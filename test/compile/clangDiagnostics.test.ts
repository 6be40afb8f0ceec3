import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { lacksMain, parseClangOutput } from '../../sandbox/compile/clangDiagnostics.ts';

const program = '/p/main.c';
const text = 'int f(void);\nint main(void) {\n  /* é f */ return f() + "f"[0]; // f\n}\n';
const context = {
  program,
  texts: new Map([[program, text]]),
  toRealPath: (file: string) => (file.startsWith('/host') ? file.slice('/host'.length) : undefined),
};

test('columns count UTF-16 units, and the range that starts at the error ends it', () => {
  const output = '/host/p/main.c:3:21:{3:14-3:20}{3:21-3:24}: error: no good [-Wbad]';
  assert.deepEqual(parseClangOutput(output, context).diagnostics, [
    {
      file: program,
      line: 2,
      column: 19,
      endLine: 2,
      endColumn: 22,
      severity: 'error',
      message: 'no good',
      code: '-Wbad',
    },
  ]);
});

test('warnings, notes and fatal errors have their severities, summaries have none', () => {
  const output = [
    '/host/p/main.c:1:1: warning: one',
    '/host/p/main.c:1:1: note: two',
    '/host/p/main.c:1:1: fatal error: three',
    '2 errors generated.',
  ].join('\r\n');
  const severities = parseClangOutput(output, context).diagnostics.map(({ severity }) => severity);
  assert.deepEqual(severities, ['warning', 'information', 'error']);
});

test("what is wrong in the compiler's own headers is told at the program's start", () => {
  const [diagnostic] = parseClangOutput('/usr/include/x.h:9:1: error: odd', context).diagnostics;
  assert.deepEqual([diagnostic?.file, diagnostic?.line, diagnostic?.message], [program, 0, '/usr/include/x.h: odd']);
});

test('an undefined function is found where it is used last, comments and strings aside', () => {
  const output =
    'wasm-ld-19: error: /tmp/main-1.o: undefined symbol: f\nclang-19: error: linker command failed with exit code 1';
  const { diagnostics, general } = parseClangOutput(output, context);
  assert.deepEqual([diagnostics[0]?.line, diagnostics[0]?.column], [2, text.split('\n')[2]!.indexOf('f()')]);
  assert.deepEqual(general, []);
});

test('what has no place is kept as it is', () => {
  const output = "clang: error: unknown argument: '-foo'\nwasm-ld: error: /tmp/a.o: undefined symbol: elsewhere";
  const { diagnostics, general } = parseClangOutput(output, context);
  assert.deepEqual(diagnostics, []);
  assert.deepEqual(general, ["unknown argument: '-foo'", '/tmp/a.o: undefined symbol: elsewhere']);
});

test('a missing main is told from other missing functions', () => {
  assert.ok(lacksMain('wasm-ld: error: crt1.o: undefined symbol: main', undefined));
  assert.ok(!lacksMain('wasm-ld: error: crt1.o: undefined symbol: mainly', undefined));
});
