/**
 * What gets mutated: real modules with real debug information, built by our own compilers from the examples and
 * fixtures, random programs, and one module with every instruction there is.
 */
import { globSync, readFileSync } from 'node:fs';
import type { DebugInformation } from '../../sandbox/compile/artifact.ts';
import { compile, dispose } from '../../sandbox/compile/compile.ts';
import { OPCODES } from '../../sandbox/wasm/opcodes.ts';
import { assemble } from '../instrument/harness.ts';
import { ProgramGenerator } from '../instrument/programGenerator.ts';
import { repositoryFile, root } from '../support/markers.ts';
import { moduleWith } from '../wasm/opcodeModule.ts';

export interface Corpus {
  /** Small and of all proposals: what decoder and instrumenter are fed with. */
  readonly modules: readonly Uint8Array[];
  /** With `.debug_*` sections. */
  readonly dwarf: readonly Uint8Array[];
  readonly assemblyScript: readonly AssemblyScriptSeed[];
  readonly texts: readonly string[];
}

export interface AssemblyScriptSeed {
  readonly wasm: Uint8Array;
  readonly debug: Extract<DebugInformation, { kind: 'assemblyscript' }>;
}

const RANDOM_PROGRAMS = 12;

/** `compilers`: with modules of the C and AssemblyScript compilers, which take seconds to start. */
export async function buildCorpus({ compilers }: { readonly compilers: boolean }): Promise<Corpus> {
  const texts = globSync('{examples/wat,test/fixtures/{wasm,instrument,guest,symbols,compile/wat}}/*.wat', {
    cwd: root,
  })
    .toSorted()
    .map((file) => readFileSync(repositoryFile(file), 'utf8'));
  const programs = Array.from({ length: RANDOM_PROGRAMS }, (_, seed) =>
    new ProgramGenerator(seed + 1, (['none', 'legacy', 'try_table'] as const)[seed % 3] as 'none').module(),
  );
  const modules = [...texts, ...programs].flatMap(assembled);
  modules.push(moduleWith(...OPCODES));
  const dwarf = globSync('test/fixtures/dwarf/*.wasm', { cwd: root })
    .toSorted()
    .map((file) => readFileSync(repositoryFile(file)));
  if (!compilers) return { modules, dwarf: dwarf.map(plain), assemblyScript: [], texts };
  const c = await built('test/fixtures/symbols/globals.c');
  const shapes = await built('test/fixtures/symbols/shapes.ts');
  dispose();
  if (shapes.debug.kind !== 'assemblyscript') throw new Error('no AssemblyScript');
  const assemblyScript = [{ wasm: shapes.wasm, debug: shapes.debug }];
  return { modules: [...modules, shapes.wasm], dwarf: [...dwarf, c.wasm].map(plain), assemblyScript, texts };
}

/** Some fixtures are broken on purpose. */
function assembled(text: string): Uint8Array[] {
  try {
    return [plain(assemble(text))];
  } catch {
    return [];
  }
}

async function built(file: string) {
  const result = await compile({ program: repositoryFile(file) });
  if (!result.ok) throw new Error(result.message);
  return { ...result.artifact, wasm: plain(result.artifact.wasm) };
}

/** A `Uint8Array` of its own, not a view on a buffer of Node's pool. */
function plain(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes);
}
