/** Instructions against wabt's `wasm-objdump -d`: every offset and every mnemonic. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { disassemble } from '../../sandbox/wasm/disassemble.ts';
import { readModule } from '../../sandbox/wasm/module.ts';
import { assemble } from '../instrument/harness.ts';

const require = createRequire(import.meta.url);
const objdump = join(dirname(require.resolve('wabt/package.json')), 'bin', 'wasm-objdump');
const scratch = mkdtempSync(join(tmpdir(), 'objdump-'));
after(() => rmSync(scratch, { recursive: true }));

const texts = [new URL('../fixtures/wasm/', import.meta.url), new URL('../fixtures/instrument/', import.meta.url)];

for (const folder of texts) {
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.wat'))) {
    test(file, () => compare(assemble(readFileSync(new URL(file, folder), 'utf8')), 20));
  }
}

test("a compiler's output: source-map's mappings.wasm", () => {
  const path = join(dirname(require.resolve('source-map/package.json')), 'lib', 'mappings.wasm');
  compare(readFileSync(path), 10_000);
});

function compare(bytes: Uint8Array, atLeast: number): void {
  const path = join(scratch, 'module.wasm');
  writeFileSync(path, bytes);
  const dump = execFileSync(process.execPath, [objdump, '-d', path], { encoding: 'utf8', maxBuffer: 1 << 28 });
  // ` 00024e: 20 02                      |       local.get 2 <iter>`; long instructions go on in lines without text.
  const expected = [...dump.matchAll(/^ ([0-9a-f]+): [0-9a-f ]+\| +(\S+)(?! type=)/gm)]
    .filter(([, , mnemonic]) => !mnemonic?.startsWith('local['))
    .map(([, offset, mnemonic]) => `${Number.parseInt(offset as string, 16)} ${mnemonic}`);
  const module = readModule(bytes);
  const actual = module.functions.flatMap(({ index }) =>
    disassemble(module, index).map(({ offset, text }) => `${offset + module.codeStart} ${text.split(' ')[0]}`),
  );
  assert.ok(actual.length >= atLeast, `${actual.length} instructions`);
  assert.deepEqual(actual, expected);
}

test('names, immediates and depth', () => {
  const module = readModule(assemble(readFileSync(fileURLToPath(new URL('features.wat', texts[0])), 'utf8')));
  const index = module.exports.find(({ name }) => name === 'add')!.index;
  const lines = disassemble(module, index).map(({ text }) => text);
  assert.deepEqual(lines.slice(0, 5), [
    'local.get 0 <a>',
    'i32.const 65536',
    'i32.add',
    'f64.const 12',
    'local.set 2 <f>',
  ]);
  assert.ok(lines.includes('v128.const 0x00000001 0x00000002 0x00000003 0xffffffff'));
  const control = disassemble(module, index + 2).slice(0, 9);
  assert.deepEqual(
    control.map(({ text, depth }) => '  '.repeat(depth) + text),
    [
      'block i32',
      '  loop',
      '    local.get 0',
      '    i32.eqz',
      '    if',
      '      i32.const 3',
      '      br 2',
      '    else',
      '      nop',
    ],
  );
});
