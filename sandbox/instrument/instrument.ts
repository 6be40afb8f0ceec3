/**
 * Adds to a module what running it under a debugger needs (sites, clock, checks, depth, shadow frames), by appending
 * only: nothing is renumbered and custom sections are kept, so all debug information stays valid for original offsets.
 * See README.md for the invariants.
 */
import type { Module } from '../wasm/module.ts';
import { writeCodeSection } from './codeSection.ts';
import type { Instrumented, InstrumentOptions } from './instrumented.ts';
import { writeModule } from './moduleWriter.ts';
import { offsetTable } from './offsetMap.ts';
import { makePlan } from './plan.ts';

/**
 * @throws {WasmDecodeError} the bytes are not a module
 * @throws {InstrumentError} the module or the options do not allow it
 */
export function instrument(module: Module | Uint8Array, options: InstrumentOptions): Instrumented {
  const plan = makePlan(module, options);
  const code = writeCodeSection(plan);
  const { bytes, codeStart } = writeModule(plan, code);
  return {
    bytes,
    sites: plan.sitePlan.sites,
    probe: plan.probe,
    shadow: plan.shadow,
    longest: plan.graph.longest,
    offsets: offsetTable(code.marks, codeStart),
    globals: plan.module.globals.map((global) => global.type),
    memories: plan.module.memories.length,
    growths: plan.growths.all,
    memoryBounds: plan.bounds.memories,
    tableBounds: plan.bounds.tables,
    firstAppendedFunction: plan.added.stopFunction,
  };
}
