/** Every example: the clock against a brute-force count at every site, and the same output with and without instrumentation. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compile } from '../../sandbox/compile/compile.ts';
import { instrument } from '../../sandbox/instrument/instrument.ts';
import { type InstrumentOptions, PROBE_EXPORTS, SITE_ALWAYS } from '../../sandbox/instrument/instrumented.ts';
import { loadSymbols } from '../../sandbox/symbols/load.ts';
import { createMemoryFileSystem } from '../../sandbox/wasi/memoryFileSystem.ts';
import { createPreview1 } from '../../sandbox/wasi/preview1.ts';
import { readModule } from '../../sandbox/wasm/module.ts';
import { repositoryFile } from '../support/markers.ts';
import { run } from './harness.ts';

const EXAMPLES = ['c/orders.c', 'assemblyscript/assembly/inventory.ts', 'wat/primes.wat'];
/** The examples execute thousands of millions of instructions: the brute count follows them this far. */
const MOST_HITS = 1_000_000;

class Exit extends Error {}

/** Host calls whose answers are the same in every run. */
function host() {
  let output = '';
  const wasi = createPreview1({
    args: ['example'],
    env: {},
    stdin: { read: () => 0 },
    output: (_stream, bytes) => {
      output += new TextDecoder().decode(bytes);
    },
    mounts: [
      {
        guest: 'data',
        source: {
          kind: 'folder',
          folder: createMemoryFileSystem({ 'orders.csv': 'Ada,notebook,12.50\nGrace,desk,89\n' }),
        },
        read: true,
        write: false,
      },
    ],
    quotas: { maxOpenFiles: 8, maxFileSize: 0, maxTotalWritten: 0 },
    clock: { now: () => 0n, resolution: () => 1n },
    random: (buffer) => buffer.fill(7),
    sleep: () => {},
    onViolation: () => {},
    exit: () => {
      throw new Exit();
    },
  });
  return { wasi, imports: { wasi_snapshot_preview1: wasi.imports } as WebAssembly.Imports, output: () => output };
}

async function built(example: string) {
  const result = await compile({ program: repositoryFile(`examples/${example}`) });
  assert.ok(result.ok);
  const module = readModule(result.artifact.wasm);
  const symbols = await loadSymbols(result.artifact, module);
  return { module, sites: symbols.statements().map(({ offset }) => offset) };
}

/** Hits of all sites in order as `site@instant`, folded into one number, and which sites were reached. */
function hitsOf(module: ReturnType<typeof readModule>, options: InstrumentOptions) {
  const reached = new Set<number>();
  let folded = 0;
  let hits = 0;
  const { wasi, imports } = host();
  const running = run(
    instrument(module, options),
    (id, instant) => {
      if (id < 0) return;
      reached.add(id);
      folded = (Math.imul(folded, 31) + id * 7 + instant) | 0;
      if (++hits === MOST_HITS) throw new Exit();
    },
    imports,
  );
  wasi.bind(running.exports[`${PROBE_EXPORTS.memory}0`] as WebAssembly.Memory);
  running.flags.fill(SITE_ALWAYS);
  if (PROBE_EXPORTS.start in running.exports) running.call(PROBE_EXPORTS.start);
  running.call('_start');
  return { hits, folded, reached: [...reached].toSorted((a, b) => a - b) };
}

for (const example of EXAMPLES) {
  test(`${example}: the clock is the brute-force count at every site`, async () => {
    const { module, sites } = await built(example);
    const brute = hitsOf(module, { sites, clock: 'brute', entries: true });
    const exact = hitsOf(module, {
      sites,
      clock: 'exact',
      entries: true,
      checks: true,
      depth: true,
      maxCallDepth: 10000,
    });
    assert.ok(brute.hits > 1000);
    assert.deepEqual(exact, brute);
  });

  test(`${example}: the same output with and without instrumentation`, async () => {
    const { module, sites } = await built(example);
    const plain = host();
    const instance = new WebAssembly.Instance(new WebAssembly.Module(module.bytes as BufferSource), plain.imports);
    plain.wasi.bind(instance.exports.memory as WebAssembly.Memory);
    try {
      (instance.exports._start as () => void)();
    } catch (error) {
      assert.ok(error instanceof Exit, String(error));
    }
    const watched = host();
    const options = { sites, clock: 'exact', checks: true, depth: true, maxCallDepth: 10000 } as const;
    const running = run(instrument(module, options), () => assert.fail('nothing is armed'), watched.imports);
    watched.wasi.bind(running.exports[`${PROBE_EXPORTS.memory}0`] as WebAssembly.Memory);
    if (PROBE_EXPORTS.start in running.exports) running.call(PROBE_EXPORTS.start);
    running.call('_start');
    assert.ok(plain.output().length > 0);
    assert.equal(watched.output(), plain.output());
  });
}
