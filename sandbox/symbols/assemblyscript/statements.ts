/**
 * Statements out of a source map that has an entry for nearly every expression: a statement starts where, within a
 * function and in the order of its code, another line begins.
 */
import { instructionsOf } from '../../wasm/instructions.ts';
import type { Module, WasmFunction } from '../../wasm/module.ts';
import type { Statement } from '../model.ts';
import { firstMappingFrom, type Mapping } from './mappings.ts';

/** `isGenerated(functionIndex)`: functions that no person wrote get no statements. */
export function findStatements(
  module: Module,
  mappings: readonly Mapping[],
  isGenerated: (functionIndex: number) => boolean,
): readonly Statement[] {
  return module.functions.flatMap((fn) => (isGenerated(fn.index) ? [] : statementsOf(module, fn, mappings)));
}

function statementsOf(module: Module, fn: WasmFunction, mappings: readonly Mapping[]): readonly Statement[] {
  const { body, index: functionIndex } = fn;
  if (!body) return [];
  const mapped = placedBetween(mappings, module.codeStart + body.bodyStart, module.codeStart + body.end);
  if (mapped.length === 0) return [];
  const boundaries = new Set(Array.from(instructionsOf(module, body), ({ offset }) => offset));
  const statements: Statement[] = [];
  for (const { offset, place } of mapped) {
    const codeOffset = offset - module.codeStart;
    const current = statements.at(-1);
    if (current?.source === place.source && current.line === place.line) {
      // Operands come before what is done with them: the statement begins at the leftmost column of its line.
      if (place.column < current.column) statements[statements.length - 1] = { ...current, column: place.column };
    } else if (boundaries.has(codeOffset)) {
      statements.push({ offset: codeOffset, functionIndex, ...place });
    }
  }
  return statements;
}

type Placed = Mapping & { readonly place: NonNullable<Mapping['place']> };

function placedBetween(mappings: readonly Mapping[], start: number, end: number): readonly Placed[] {
  const placed: Placed[] = [];
  for (let index = firstMappingFrom(mappings, start); index < mappings.length; index++) {
    const mapping = mappings[index];
    if (!mapping || mapping.offset >= end) break;
    const { offset, place } = mapping;
    if (place) placed.push({ offset, place });
  }
  return placed;
}
