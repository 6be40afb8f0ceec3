/**
 * `npm run bench -- NAME [--json]`: runs one benchmark; with `--json` there is one JSON object on stdout and nothing
 * else.
 */
import { pathToFileURL } from 'node:url';

/** A flat object of figures: names with dots to numbers. */
export type Figures = Readonly<Record<string, number>>;

export interface Benchmark {
  /** `report` takes lines for a person; where they go is the caller's business. */
  run(report: (line: string) => void): Promise<Figures>;
}

const BENCHMARKS: Readonly<Record<string, () => Promise<Benchmark>>> = {
  debug: () => import('./debug.ts'),
  launch: () => import('./launch.ts'),
  wasi: () => import('./wasi.ts'),
};

async function main(args: readonly string[]): Promise<number> {
  const json = args.includes('--json');
  const [name] = args.filter((arg) => arg !== '--json');
  const load = name === undefined ? undefined : BENCHMARKS[name];
  if (!load) {
    process.stderr.write(`usage: npm run bench -- NAME [--json], NAME one of: ${Object.keys(BENCHMARKS).join(', ')}\n`);
    return 2;
  }
  const benchmark = await load();
  const figures = await benchmark.run((line) => (json ? process.stderr : process.stdout).write(`${line}\n`));
  if (json) process.stdout.write(`${JSON.stringify(figures)}\n`);
  return 0;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exit(await main(process.argv.slice(2)));
}
