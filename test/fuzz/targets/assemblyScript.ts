/**
 * What the AssemblyScript compiler tells of a program, from a cache that may be broken: symbols, or an error that says
 * so. Its lists are of the right shape, for they come out of our own process; their contents are anything.
 */
import assert from 'node:assert/strict';
import { loadSymbols } from '../../../sandbox/symbols/load.ts';
import { readModule } from '../../../sandbox/wasm/module.ts';
import type { AssemblyScriptSeed, Corpus } from '../corpus.ts';
import type { Random } from '../random.ts';
import type { Target } from '../target.ts';
import { decode, encode } from '../textMutations.ts';
import { useSymbols } from '../useSymbols.ts';

const STRINGS = [
  '',
  'i32',
  'v128',
  '~lib/array/Array<i32>',
  '~lib/map/Map<i32,i32>',
  '(i32) => i32',
  '__proto__',
  'a'.repeat(50_000),
];
const NUMBERS = [0, -1, 1, 2 ** 31, 2 ** 32, 2 ** 53, 0.5, 100_000];

export function assemblyScript({ assemblyScript: seeds }: Corpus): Target {
  const seed = seeds[0];
  if (!seed) throw new Error('This target needs the AssemblyScript compiler: build the corpus with compilers.');
  const { program, sourceMap } = seed.debug;
  return {
    bombs: [],
    mutate: (random) => {
      const changed = structuredClone(program) as unknown;
      for (let changes = 1 + random.int(5); changes > 0; changes--) changeValue(changed, random);
      return encode(JSON.stringify(changed));
    },
    check: (input) => check(seed, { sourceMap, program: JSON.parse(decode(input)) }),
  };
}

async function check({ wasm }: AssemblyScriptSeed, debug: object): Promise<void> {
  const module = readModule(wasm);
  const artifact = { language: 'assemblyscript', wasm, sources: [], debug: { kind: 'assemblyscript', ...debug } };
  const symbols = await loadSymbols(artifact as unknown as Parameters<typeof loadSymbols>[0], module);
  assert.equal(symbols.syntax, 'assemblyscript');
  useSymbols(symbols, module.functions.length);
}

/** One string or number somewhere inside, or one element of a list. */
function changeValue(value: unknown, random: Random): void {
  if (value === null || typeof value !== 'object') return;
  const holder = value as Record<string, unknown>;
  const keys = Object.keys(holder);
  const key = random.pick(keys);
  const held = keys.length === 0 ? undefined : holder[key];
  if (typeof held === 'string')
    holder[key] = random.chance(2) ? random.pick(STRINGS) : held.slice(random.int(held.length));
  else if (typeof held === 'number') holder[key] = random.pick(NUMBERS);
  else if (Array.isArray(value) && random.chance(6)) {
    const from = random.int(value.length);
    value.splice(random.int(value.length), 1, ...value.slice(from, from + random.int(4)));
  } else changeValue(held, random);
}
