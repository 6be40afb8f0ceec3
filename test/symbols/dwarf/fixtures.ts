/**
 * The programs these tests look at: C sources beside the modules that clang made of them. Run this file itself
 * to compile the modules again.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { type DwarfSymbols, readDwarf } from '../../../sandbox/symbols/dwarf/dwarf.ts';
import { readModuleSections } from './moduleSections.ts';

interface Recipe {
  readonly sources: readonly string[];
  /** For each source, or one set for all. */
  readonly options: readonly (readonly string[])[];
  /** The linker drops what nothing uses. */
  readonly drop?: true;
}

const RECIPES: Readonly<Record<string, Recipe>> = {
  'values.v4': { sources: ['values.c'], options: [['-gdwarf-4', '-O0']] },
  'values.v5': { sources: ['values.c'], options: [['-gdwarf-5', '-O0']] },
  'values.v2': { sources: ['values.c'], options: [['-gdwarf-2', '-gstrict-dwarf', '-O0']] },
  'values.O2': { sources: ['values.c'], options: [['-gdwarf-5', '-O2']] },
  'flow.v4': { sources: ['flow.c'], options: [['-gdwarf-4', '-O0']] },
  'flow.v5': { sources: ['flow.c'], options: [['-gdwarf-5', '-O0']] },
  'flow.O2.v4': { sources: ['flow.c'], options: [['-gdwarf-4', '-O2']], drop: true },
  'flow.O2.v5': { sources: ['flow.c'], options: [['-gdwarf-5', '-O2']], drop: true },
  units: {
    sources: ['list.c', 'node.c'],
    options: [
      ['-gdwarf-4', '-O0'],
      ['-gdwarf-5', '-O0'],
    ],
  },
  shapes: { sources: ['shapes.cpp'], options: [['-gdwarf-5', '-O0', '-fno-exceptions', '-fno-rtti']] },
  'shapes.types': {
    sources: ['shapes.cpp'],
    options: [['-gdwarf-5', '-O0', '-fno-exceptions', '-fno-rtti', '-fdebug-types-section']],
  },
};

export const FIXTURES = Object.keys(RECIPES);

const FOLDER = new URL('../../fixtures/dwarf/', import.meta.url);
/** Where the compiler is told that it works. */
export const PROJECT = '/project';

export function moduleBytes(fixture: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(new URL(`${fixture}.wasm`, FOLDER)));
}

export function sourceText(source: string): string {
  return readFileSync(new URL(source, FOLDER), 'utf8');
}

export function openFixture(fixture: string): DwarfSymbols {
  const symbols = readDwarf(readModuleSections(moduleBytes(fixture)));
  if (symbols === undefined) throw new Error(`${fixture} has no debug information`);
  return symbols;
}

/** Runs one of LLVM's tools on a module, given to it as `module.wasm`; what it prints. */
export async function runTool(args: readonly string[], module: Uint8Array): Promise<string> {
  const { runLLVM } = await import('@yowasp/clang');
  let printed = '';
  const decoder = new TextDecoder();
  await runLLVM(
    [...args],
    { 'module.wasm': module },
    {
      stdout: (bytes) => {
        if (bytes !== null) printed += decoder.decode(bytes, { stream: true });
      },
      fetchProgress: () => {},
    },
  );
  return printed;
}

async function build({ sources, options, drop }: Recipe): Promise<Uint8Array> {
  const { runLLVM } = await import('@yowasp/clang');
  const report = (bytes: Uint8Array | null): void => void (bytes !== null && process.stderr.write(bytes));
  const objects: Record<string, Uint8Array | string> = {};
  const run = async (args: string[], files: Record<string, Uint8Array | string>, output: string) => {
    const made = await runLLVM(args, files, { stderr: report, fetchProgress: () => {} });
    const file = made?.[output];
    if (!(file instanceof Uint8Array)) throw new Error(`${args.join(' ')} made nothing`);
    return file;
  };
  for (const [index, source] of sources.entries()) {
    const object = `${source}.o`;
    const own = options[index] ?? options[0] ?? [];
    const args = [
      source.endsWith('.cpp') ? 'clang++' : 'clang',
      ...own,
      `-fdebug-compilation-dir=${PROJECT}`,
      '-c',
      source,
      '-o',
      object,
    ];
    objects[object] = await run(args, { [source]: sourceText(source) }, object);
  }
  const keep = ['--no-entry', ...(drop ? [] : ['--no-gc-sections']), '--export=__stack_pointer'];
  const link = ['wasm-ld', ...keep, ...Object.keys(objects), '-o', 'module.wasm'];
  return run(link, objects, 'module.wasm');
}

if (import.meta.main) {
  for (const [name, recipe] of Object.entries(RECIPES)) {
    writeFileSync(new URL(`${name}.wasm`, FOLDER), await build(recipe));
  }
}
