/** Where a step notices that a call has begun: a place in each function that every call of it passes once, first of all. */
import type { Statement } from '../symbols/model.ts';
import { InstructionCursor } from '../wasm/instructions.ts';
import type { Module } from '../wasm/module.ts';
import type { CodeOffset } from '../wasm/offsets.ts';

/** Of the functions that `statements` are in: their first statement, which is a site anyway, or else their first instruction. */
export function openingsOf(module: Module, statements: readonly Statement[]): readonly CodeOffset[] {
  const first = new Map<number, CodeOffset>();
  for (const { functionIndex, offset } of statements) {
    if (offset < (first.get(functionIndex) ?? Number.POSITIVE_INFINITY)) first.set(functionIndex, offset);
  }
  return module.functions.flatMap(({ index, body }) => {
    const offset = first.get(index);
    if (body === undefined || offset === undefined) return [];
    return [isStraight(module, body.bodyStart, offset) ? offset : body.bodyStart];
  });
}

/** Whether nothing between two places can branch or be branched to. */
function isStraight(module: Module, start: CodeOffset, end: CodeOffset): boolean {
  const cursor = new InstructionCursor(module, start, end);
  while (cursor.advance()) if (cursor.opcode.control !== 'none' && cursor.opcode.control !== 'call') return false;
  return true;
}
