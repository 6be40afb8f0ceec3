/** Which reader opens the symbols of an artifact. */
import type { Artifact } from '../compile/artifact.ts';
import { customSection, type Module } from '../wasm/module.ts';
import { readNames } from '../wasm/names.ts';
import { readAssemblyScript } from './assemblyscript/assemblyScriptSymbols.ts';
import { readDisassembly } from './disassembly.ts';
import { readDwarf } from './dwarf/dwarf.ts';
import type { Symbols } from './model.ts';
import { readWat } from './wat.ts';

/**
 * Symbols of a compiled module; its disassembly when it has no debug information that can be read.
 * @throws {Error} the artifact's source map is broken
 */
export async function loadSymbols(artifact: Artifact, module: Module): Promise<Symbols> {
  const { debug } = artifact;
  const path = artifact.sources[0];
  switch (debug.kind) {
    case 'dwarf':
      return readDwarf(dwarfInput(module)) ?? readDisassembly(module, path);
    case 'assemblyscript':
      return readAssemblyScript(artifact, module);
    case 'wat':
      return readWat(artifact, module);
    case 'none':
      return readDisassembly(module, path);
  }
}

function dwarfInput(module: Module): Parameters<typeof readDwarf>[0] {
  const names = readNames(module);
  return {
    bytes: module.bytes,
    customSection: (name) => customSection(module, name),
    functions: module.functions.flatMap(({ index, body }) => (body ? [{ ...body, index }] : [])),
    functionName: (index) => names.function(index),
  };
}
