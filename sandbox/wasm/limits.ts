/**
 * How much of everything a module may have: what V8 allows (its `wasm-limits.h`, version 13.6). A module beyond it cannot
 * run; we say so in our own words, and before anything is made for each of the things.
 */

export const LIMITS = {
  moduleBytes: 2 ** 30,
  types: 1_000_000,
  params: 1000,
  results: 1000,
  structFields: 10_000,
  imports: 1_000_000,
  functions: 1_000_000,
  tables: 100_000,
  memories: 100_000,
  tags: 1_000_000,
  globals: 1_000_000,
  exports: 1_000_000,
  elementSegments: 10_000_000,
  elements: 10_000_000,
  dataSegments: 100_000,
  bodyBytes: 7_654_321,
  locals: 50_000,
  branchTargets: 65_520,
} as const;
