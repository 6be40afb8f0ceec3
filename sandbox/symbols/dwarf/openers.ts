/** The instructions at the start of a row that only open or close blocks: jumps land behind them. */
import type { CodeOffset } from '../../wasm/offsets.ts';

export const Opcode = { block: 0x02, loop: 0x03, end: 0x0b, br: 0x0c } as const;

/**
 * The first instruction from `start` on that does something, and whether a loop's head lies before it. Jumps land
 * behind `loop` and behind the `end` of a block, so a stop in front of these would miss them.
 */
export function pastOpeners(
  code: Uint8Array,
  start: CodeOffset,
  limit: CodeOffset,
): { readonly offset: CodeOffset; readonly loop: boolean } {
  let offset = start;
  let loop = false;
  for (;;) {
    const opcode = code[offset];
    if (opcode === Opcode.end) offset += 1;
    else if (opcode === Opcode.block || opcode === Opcode.loop) {
      loop ||= opcode === Opcode.loop;
      offset = pastBlockType(code, offset + 1);
    } else return { offset, loop };
    if (offset >= limit) return { offset: start, loop: false };
  }
}

/** A block's type is one signed LEB128 number, negative for the short forms. */
function pastBlockType(code: Uint8Array, offset: number): number {
  let end = offset;
  while ((code[end] ?? 0) >= 0x80) end += 1;
  return end + 1;
}
