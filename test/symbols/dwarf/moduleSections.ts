/** A module as the DWARF reader wants it. Names are made up, so that a test sees which names came from DWARF. */
import type { DwarfInput } from '../../../sandbox/symbols/dwarf/dwarf.ts';
import { customSection, readModule } from '../../../sandbox/wasm/module.ts';

export function readModuleSections(bytes: Uint8Array): DwarfInput {
  const module = readModule(bytes);
  return {
    bytes,
    functions: module.functions.flatMap(({ index, body }) => (body === undefined ? [] : [{ ...body, index }])),
    customSection: (name) => customSection(module, name),
    functionName: (index) => `wasm-function[${index}]`,
  };
}
