/** Looking offsets up among statements. */
import type { CodeOffset } from '../wasm/offsets.ts';
import type { Statement } from './model.ts';

/** The statement of a function that an offset is in; its first one for offsets before that. */
export function lastAt(
  statements: readonly Statement[],
  functionIndex: number,
  offset: CodeOffset,
): Statement | undefined {
  let low = 0;
  let high = statements.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((statements[middle]?.offset ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  const before = statements[low - 1];
  if (before?.functionIndex === functionIndex) return before;
  const after = statements[low];
  return after?.functionIndex === functionIndex ? after : undefined;
}
