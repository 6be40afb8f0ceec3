/**
 * Every row of the opcode table: a minimal function with it is valid for V8, so its immediates are as long as we say,
 * and decodes to it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instructionsOf } from '../../sandbox/wasm/instructions.ts';
import { readModule } from '../../sandbox/wasm/module.ts';
import { OPCODES } from '../../sandbox/wasm/opcodes.ts';
import { validateModule } from '../../sandbox/wasm/validate.ts';
import { moduleWith } from './opcodeModule.ts';

for (const opcode of OPCODES) {
  const label = `${opcode.prefix.toString(16)} ${opcode.code.toString(16)} ${opcode.name}`;
  test(label, () => {
    const bytes = moduleWith(opcode);
    const verdict = validateModule(bytes);
    assert.ok(verdict.ok, verdict.ok ? '' : verdict.reason);
    const module = readModule(bytes);
    const body = module.functions.at(-1)!.body!;
    assert.ok(Array.from(instructionsOf(module, body), (cursor) => cursor.opcode).includes(opcode));
  });
}

test('names and codes are not given twice, but for the two forms of select', () => {
  const codes = new Set(OPCODES.map(({ prefix, code }) => `${prefix} ${code}`));
  const names = new Set(OPCODES.map(({ name }) => name));
  assert.equal(codes.size, OPCODES.length);
  assert.equal(names.size, OPCODES.length - 1);
});
