/**
 * From the launch request to the first stop, in milliseconds, over the built adapter. Warm: a new adapter process, the
 * module in the cache; the median of several. Cold: a new process and an empty cache.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildAll } from '../../scripts/build.ts';
import { TestSession } from '../support/debugSession.ts';
import { markedLine, repositoryFile } from '../support/markers.ts';
import type { Figures } from './main.ts';

const ROUNDS = 7;

const PROGRAMS = {
  c: { program: 'examples/c/orders.c', marker: 'add' },
  assemblyscript: { program: 'examples/assemblyscript/assembly/inventory.ts', marker: 'add' },
  wat: { program: 'examples/wat/primes.wat', marker: 'main' },
} as const;

type Language = keyof typeof PROGRAMS;

/** Keys `launch.warm.c`, `launch.cold.c`, …, in milliseconds. */
export async function run(report: (line: string) => void): Promise<Figures> {
  await buildAll();
  process.env.DEBUG_ADAPTER = repositoryFile('dist/debug-adapter.cjs');
  const figures: Record<string, number> = {};
  report(`${'program'.padEnd(16)}${'cold'.padStart(8)}${'warm'.padStart(8)}   ms, launch request to first stop`);
  for (const language of Object.keys(PROGRAMS) as Language[]) {
    const cache = mkdtempSync(join(tmpdir(), 'wasm-sandbox-bench-'));
    process.env.XDG_CACHE_HOME = cache;
    process.env.LOCALAPPDATA = cache;
    const cold = await firstStop(language);
    const warm: number[] = [];
    for (let round = 0; round < ROUNDS; round++) warm.push(await firstStop(language));
    rmSync(cache, { recursive: true, force: true });
    const median = warm.toSorted((a, b) => a - b)[ROUNDS >> 1] ?? Number.NaN;
    figures[`launch.cold.${language}`] = cold;
    figures[`launch.warm.${language}`] = median;
    report(`${language.padEnd(16)}${String(cold).padStart(8)}${String(median).padStart(8)}`);
  }
  return figures;
}

async function firstStop(language: Language): Promise<number> {
  const { program, marker } = PROGRAMS[language];
  const file = repositoryFile(program);
  const session = await TestSession.open();
  try {
    const started = performance.now();
    const launched = session.client.launchRequest({ program: file } as never);
    await session.client.setBreakpointsRequest({
      source: { path: file },
      breakpoints: [{ line: markedLine(file, marker) }],
    });
    await session.client.configurationDoneRequest();
    await Promise.all([launched, session.event('stopped')]);
    return Math.round(performance.now() - started);
  } finally {
    await session.close();
  }
}
