/**
 * Statements out of a source map that has an entry for nearly every expression: a statement starts where, within a
 * function and in the order of its code, another line begins.
 */
import { instructionsOf } from '../../wasm/instructions.ts';
import type { Module, WasmFunction } from '../../wasm/module.ts';
import type { Statement } from '../model.ts';
import { firstMappingFrom, type Mapping } from './mappings.ts';

export interface WhatIsForeign {
  /** Functions that no person wrote get no statements. */
  readonly isGenerated: (functionIndex: number) => boolean;
  readonly isLibrary: (source: number) => boolean;
}

export function findStatements(
  module: Module,
  mappings: readonly Mapping[],
  foreign: WhatIsForeign,
): readonly Statement[] {
  return module.functions.flatMap((fn) => {
    if (!fn.body || foreign.isGenerated(fn.index)) return [];
    const mapped = placedBetween(mappings, module.codeStart + fn.body.bodyStart, module.codeStart + fn.body.end);
    return statementsOf(module, fn, withoutInlinedLibrary(mapped, foreign.isLibrary));
  });
}

/** What the compiler inlines of the standard library is part of the expression that calls it, not a statement in its midst. */
function withoutInlinedLibrary(mapped: readonly Placed[], isLibrary: (source: number) => boolean): readonly Placed[] {
  const own = mapped.filter(({ place }) => !isLibrary(place.source));
  return own.length === 0 ? mapped : own;
}

function statementsOf(module: Module, fn: WasmFunction, mapped: readonly Placed[]): readonly Statement[] {
  const { body, index: functionIndex } = fn;
  if (!body || mapped.length === 0) return [];
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
