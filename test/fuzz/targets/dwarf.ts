/** The DWARF reader: whatever the sections hold, symbols that answer, with what could be read of it. */
import { loadSymbols } from '../../../sandbox/symbols/load.ts';
import { readModule } from '../../../sandbox/wasm/module.ts';
import { mutateBytes } from '../byteMutations.ts';
import type { Corpus } from '../corpus.ts';
import { dwarfBombs } from '../dwarfBombs.ts';
import { moduleOf, partsOf } from '../moduleParts.ts';
import type { Random } from '../random.ts';
import type { Target } from '../target.ts';
import { useSymbols } from '../useSymbols.ts';

export function dwarf({ dwarf: modules }: Corpus): Target {
  return {
    bombs: dwarfBombs(),
    mutate: (random) => withDebugSectionsChanged(random.pick(modules), random, random.pick(modules)),
    check: async (bytes) => {
      const module = readModule(bytes);
      const artifact = { language: 'wasm', wasm: bytes, debug: { kind: 'dwarf' }, sources: [] } as const;
      useSymbols(await loadSymbols(artifact, module), module.functions.length);
    },
  };
}

function withDebugSectionsChanged(bytes: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  const parts = partsOf(bytes);
  const others = partsOf(other).filter(({ name }) => name?.startsWith('.debug_'));
  const debug = parts.flatMap(({ name }, index) => (name?.startsWith('.debug_') ? [index] : []));
  for (let changes = 1 + random.int(3); changes > 0; changes--) {
    const at = random.pick(debug);
    const part = parts[at];
    if (!part) continue;
    const donor = random.pick(others).contents;
    const contents = random.chance(12) ? donor : mutateBytes(part.contents, random, donor);
    parts[at] = { ...part, contents };
  }
  return moduleOf(parts);
}
