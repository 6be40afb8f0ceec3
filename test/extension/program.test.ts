/** What F5 means: which files are ours, and the configuration that comes of them. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { completed, withProgram } from '../../extension/launchConfiguration.ts';
import { canBeProgram, looksLikeAssemblyScript, notAProgram, programKind } from '../../extension/program.ts';

const nothing = () => false;
const only = (...paths: string[]) => {
  const resolved = paths.map((one) => path.resolve(one));
  return (asked: string) => resolved.includes(asked);
};

test('the extension tells the kind', () => {
  assert.equal(programKind('/a/main.c', nothing), 'c');
  assert.equal(programKind('/a/MAIN.WAT', nothing), 'wat');
  assert.equal(programKind('/a/x.wasm', nothing), 'wasm');
  assert.equal(programKind('/a/x.txt', nothing), undefined);
  assert.equal(programKind('/a/Makefile', nothing), undefined);
});

test('TypeScript is AssemblyScript where its surroundings say so', () => {
  assert.equal(programKind('/a/src/index.ts', nothing), undefined);
  assert.equal(programKind('/a/assembly/deep/index.ts', nothing), 'assemblyscript');
  assert.equal(programKind('/a/src/deep/index.ts', only('/a/asconfig.json')), 'assemblyscript');
  assert.equal(programKind('/a/src/index.ts', only('/a/src/sandbox.json')), 'assemblyscript');
  assert.equal(programKind('/a/src/index.ts', only('/b/asconfig.json')), undefined);
  assert.equal(looksLikeAssemblyScript('/a/assembly/types.d.ts', nothing), false);
});

test('who asks outright may debug any TypeScript file, but no text file', () => {
  assert.equal(canBeProgram('/a/src/index.ts'), true);
  assert.equal(canBeProgram('/a/readme.md'), false);
});

test('F5 without launch.json debugs the active file', () => {
  const resolved = withProgram({}, '/a/main.c', nothing);
  assert.deepEqual(resolved, {
    kind: 'launch',
    configuration: {
      type: 'wasm-sandbox',
      request: 'launch',
      name: 'Debug main.c in the sandbox',
      program: '/a/main.c',
    },
  });
});

test('F5 where nothing can be debugged says what to do', () => {
  for (const file of [undefined, '/a/readme.md', '/a/src/server.ts']) {
    const resolved = withProgram({}, file, nothing);
    assert.equal(resolved.kind, 'refused');
  }
  assert.match(notAProgram(undefined), /no file to debug.*press F5 again/);
  assert.match(notAProgram('/a/readme.md'), /^readme\.md cannot run.*"program" in launch\.json/);
  assert.match(notAProgram('/a/server.ts'), /^server\.ts does not look like AssemblyScript.*asconfig\.json/);
});

test('a configuration of launch.json is kept as it is; one without a program is refused', () => {
  const given = {
    type: 'wasm-sandbox',
    request: 'launch',
    name: 'mine',
    program: 'a.c',
    function: 'add',
    noDebug: true,
  };
  assert.deepEqual(withProgram(given, undefined, nothing), { kind: 'launch', configuration: given });
  const empty = withProgram({ type: 'wasm-sandbox', request: 'launch', name: 'mine' }, '/a/main.c', nothing);
  assert.ok(empty.kind === 'refused' && empty.message.includes('"program" is missing'));
});

test('paths start from the working folder, settings stand back', () => {
  const configuration = {
    type: 'wasm-sandbox',
    request: 'launch',
    name: 'mine',
    program: 'src/main.c',
    sandbox: 'strict.json',
    toolchain: 'embedded',
  };
  const done = completed(configuration, { folder: '/project', toolchain: 'system', clangPath: '/opt/clang' });
  assert.equal(done.program, path.resolve('/project/src/main.c'));
  assert.equal(done.sandbox, path.resolve('/project/strict.json'));
  assert.equal(done.cwd, '/project');
  assert.equal(done.toolchain, 'embedded');
  assert.equal(done.compilerPath, '/opt/clang');
  const inline = completed(
    { ...configuration, sandbox: { memory: '1MB' } },
    { folder: undefined, toolchain: undefined, clangPath: undefined },
  );
  assert.deepEqual(inline.sandbox, { memory: '1MB' });
  assert.equal(inline.program, 'src/main.c');
  assert.ok(!('compilerPath' in inline) && !('cwd' in inline));
});
