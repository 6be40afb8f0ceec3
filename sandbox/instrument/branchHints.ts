/**
 * The custom section that tells V8 which branches are unlikely (branch hinting proposal), so that our slow paths cost
 * hot code nothing.
 */
import { ByteWriter } from '../wasm/byteWriter.ts';
import type { FunctionHints } from './codeSection.ts';

export const BRANCH_HINT_SECTION = 'metadata.code.branch_hint';
const UNLIKELY = 0;

/** Contents, without the section's name. */
export function branchHints(functions: readonly FunctionHints[]): Uint8Array {
  const out = new ByteWriter();
  out.unsigned(functions.length);
  for (const { functionIndex, unlikely } of functions) {
    out.unsigned(functionIndex).unsigned(unlikely.length);
    for (const offset of unlikely) out.unsigned(offset).unsigned(1).u8(UNLIKELY);
  }
  return out.written();
}
