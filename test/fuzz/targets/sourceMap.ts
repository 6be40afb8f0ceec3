/** Source maps: any text gives symbols, or the error that says the map cannot be read. */
import assert from 'node:assert/strict';
import { loadSymbols } from '../../../sandbox/symbols/load.ts';
import { readModule } from '../../../sandbox/wasm/module.ts';
import type { AssemblyScriptSeed, Corpus } from '../corpus.ts';
import type { Bomb } from '../moduleBombs.ts';
import type { Target } from '../target.ts';
import { decode, encode, mutateText } from '../textMutations.ts';
import { useSymbols } from '../useSymbols.ts';

const VALUES = [
  'null',
  '-1',
  '{}',
  '[]',
  '""',
  '"////////D"',
  '"gggggggggggggggggggggggggB"',
  '";;;;"',
  '",,,"',
  '4',
  '1e999',
  '"AAAA"',
];

export function sourceMap({ assemblyScript: seeds }: Corpus): Target {
  const seed = seeds[0];
  if (!seed) throw new Error('This target needs the AssemblyScript compiler: build the corpus with compilers.');
  const map = seed.debug.sourceMap;
  return {
    bombs: bombs(),
    mutate: (random) => encode(mutateText(map, random, map, VALUES)),
    check: (input) => check(seed, decode(input)),
  };
}

async function check({ wasm, debug }: AssemblyScriptSeed, text: string): Promise<void> {
  const module = readModule(wasm);
  const artifact = { language: 'assemblyscript', wasm, sources: [], debug: { ...debug, sourceMap: text } } as const;
  try {
    useSymbols(await loadSymbols(artifact, module), module.functions.length);
  } catch (error) {
    assert.ok(
      error instanceof Error && error.message.startsWith("The AssemblyScript compiler's source map"),
      detail(error),
    );
    assert.ok(error.message.length < 1000, `a message of ${error.message.length} characters`);
  }
}

function detail(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function bombs(): Bomb[] {
  const map = (name: string, mappings: string, sources: readonly string[] = ['a.ts']): Bomb => ({
    name,
    bytes: encode(JSON.stringify({ version: 3, sources, names: [], mappings })),
  });
  return [
    map('a VLQ without end', 'g'.repeat(1_000_000)),
    map('a number of 200 bits', `${'g'.repeat(40)}BAAA`),
    map('a million mappings of one place', 'AAAA,'.repeat(1_000_000)),
    map('a million mappings', 'CAAA,'.repeat(1_000_000)),
    map('a million lines', ';'.repeat(1_000_000)),
    map('backwards', 'CAAA,DAAA,'.repeat(100_000)),
    map('sources that are not there', 'CAAA,CggggCAA,CEAA', []),
    map('negative lines', 'CADA,CADA,CADD'),
    map(
      '200,000 sources',
      'CAAA',
      Array.from({ length: 200_000 }, (_, index) => `${index}.ts`),
    ),
    map('a path of 5 MB', 'CAAA', ['../'.repeat(1_700_000)]),
    { name: 'JSON 200,000 deep', bytes: encode('['.repeat(200_000)) },
    { name: 'sections', bytes: encode('{"version":3,"sections":[{"offset":{"line":0,"column":0},"map":{}}]}') },
    { name: 'not an object', bytes: encode('7') },
    { name: 'null', bytes: encode('null') },
    { name: 'sources are numbers', bytes: encode('{"version":3,"sources":[1,null,{}],"mappings":"CAAA"}') },
    {
      name: 'contents are numbers',
      bytes: encode('{"version":3,"sources":["a"],"sourcesContent":[5],"mappings":"CAAA"}'),
    },
    { name: 'mappings are a list', bytes: encode('{"version":3,"sources":["a"],"mappings":[]}') },
  ];
}
