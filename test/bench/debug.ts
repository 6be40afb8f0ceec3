/**
 * What debugging costs a running program: the time of kernels with our instrumentation, and under V8's own debugger,
 * relative to the same kernels as they are. Each variant runs in a process of its own, so that one cannot warm up V8
 * for another; rounds are interleaved and the best time counts, since whatever else the machine does only ever adds.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compile } from '../../sandbox/compile/compile.ts';
import { instrument } from '../../sandbox/instrument/instrument.ts';
import type { InstrumentOptions } from '../../sandbox/instrument/instrumented.ts';
import { loadSymbols } from '../../sandbox/symbols/load.ts';
import type { Symbols } from '../../sandbox/symbols/model.ts';
import { type Module, readModule } from '../../sandbox/wasm/module.ts';
import type { Job, Measured } from './debugChild.ts';
import type { Figures } from './main.ts';

const ROUNDS = 5;
const REPEATS = 7;

interface Language {
  readonly name: string;
  readonly file: string;
  /** Export and argument. */
  readonly kernels: Readonly<Record<string, number>>;
  /** To be called first. */
  readonly initialize?: string;
}

const LANGUAGES: readonly Language[] = [
  { name: 'c', file: 'kernels.c', kernels: { fib: 27, sieve: 1_000_000, nbody: 30_000, hash: 3_000_000, matmul: 120 } },
  {
    name: 'assemblyscript',
    file: 'kernels.ts',
    kernels: { fib: 30, objects: 4_000, words: 40_000 },
    initialize: '_start',
  },
];

export async function run(report: (line: string) => void): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-debug-'));
  try {
    const figures: Record<string, number> = {};
    for (const language of LANGUAGES) {
      const jobs = await prepare(language, folder);
      Object.assign(figures, compare(language, measure(jobs), report));
    }
    return figures;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Variant to the file that tells its process what to do. */
async function prepare(language: Language, folder: string): Promise<ReadonlyMap<string, string>> {
  const program = fileURLToPath(new URL(`../fixtures/bench/${language.file}`, import.meta.url));
  const compiled = await compile({ program, exports: Object.keys(language.kernels), cache: false });
  if (!compiled.ok) throw new Error(compiled.message);
  const module = readModule(compiled.artifact.wasm);
  const symbols = await loadSymbols(compiled.artifact, module);
  const jobs = new Map<string, string>();
  for (const [variant, options] of variants(symbols, module)) {
    const instrumented = options && instrument(module, options);
    const wasm = join(folder, `${language.name}-${variant}.wasm`);
    writeFileSync(wasm, instrumented?.bytes ?? compiled.artifact.wasm);
    const job: Job = {
      wasm,
      debugger: variant === 'v8Debugger',
      ...(instrumented && {
        probe: instrumented.probe,
        armed: instrumented.sites.findIndex(({ offset }) => offset === idleStatement(symbols, program)),
      }),
      ...(language.initialize !== undefined && { initialize: language.initialize }),
      kernels: language.kernels,
      repeats: REPEATS,
    };
    jobs.set(variant, `${wasm}.json`);
    writeFileSync(`${wasm}.json`, JSON.stringify(job));
  }
  return jobs;
}

function variants(symbols: Symbols, module: Module): [name: string, options: InstrumentOptions | undefined][] {
  const sites = symbols.statements().map(({ offset }) => offset);
  const full: InstrumentOptions = { sites, clock: 'exact', checks: true, depth: true, maxCallDepth: 10_000 };
  const trackedLocals = new Map(module.functions.map(({ index }) => [index, symbols.trackedLocals(index)]));
  return [
    ['plain', undefined],
    ['sites', { sites }],
    ['full', full],
    ['live', { ...full, trackedLocals }],
    ['v8Debugger', undefined],
  ];
}

/** The statement marked `@bp`, in which the breakpoint is armed that never hits. */
function idleStatement(symbols: Symbols, program: string): number {
  const line = readFileSync(program, 'utf8')
    .split('\n')
    .findIndex((text) => text.includes('@bp'));
  const own = symbols.sources.findIndex(
    ({ library, path }) => !library && program.endsWith(path.split('/').at(-1) ?? path),
  );
  const statement = symbols.statements().find((each) => each.source === own && each.line === line);
  if (!statement) throw new Error(`no statement at the marker in ${program}`);
  return statement.offset;
}

type Times = Map<string, Map<string, number>>;

/** Best time of each kernel (ms), by variant. */
function measure(jobs: ReadonlyMap<string, string>): Times {
  const best: Times = new Map();
  const results = new Map<string, number>();
  const child = fileURLToPath(new URL('./debugChild.ts', import.meta.url));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [variant, job] of jobs) {
      const output = execFileSync(process.execPath, [child, job], { encoding: 'utf8' });
      for (const { kernel, time, result } of JSON.parse(output) as Measured[]) {
        if ((results.get(kernel) ?? result) !== result)
          throw new Error(`${variant} computes another ${kernel}: ${result}`);
        results.set(kernel, result);
        const times = best.get(variant) ?? new Map<string, number>();
        best.set(variant, times.set(kernel, Math.min(time, times.get(kernel) ?? Number.POSITIVE_INFINITY)));
      }
    }
  }
  return best;
}

function compare(language: Language, times: Times, report: (line: string) => void): Figures {
  const plain = times.get('plain') ?? new Map<string, number>();
  const figures: Record<string, number> = {};
  report(`${language.name}: ${[...plain].map(([kernel, time]) => `${kernel} ${time.toFixed(1)} ms`).join('  ')}`);
  for (const [variant, kernels] of times) {
    if (variant === 'plain') continue;
    const ratios = [...kernels].map(([kernel, time]) => ({ kernel, ratio: time / (plain.get(kernel) ?? time) }));
    const mean = Math.exp(ratios.reduce((sum, { ratio }) => sum + Math.log(ratio), 0) / ratios.length);
    figures[`debug.${language.name}.${variant}`] = Number(mean.toFixed(3));
    const each = ratios.map(({ kernel, ratio }) => `${kernel} ${ratio.toFixed(2)}`).join('  ');
    report(`  ${variant.padEnd(11)} ${mean.toFixed(2)}×   ${each}`);
  }
  return figures;
}
