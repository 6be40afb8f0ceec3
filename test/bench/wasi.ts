/**
 * What a host call costs, made from a loop in wasm, relative to the same call through `node:wasi`: on files in memory and
 * on files of the host, with and without a recording. Both sides run in one process, their rounds interleaved; each
 * variant has a process of its own, so that one does not shape V8's code for another, and the median of several counts.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compile } from '../../sandbox/compile/compile.ts';
import type { SandboxConfig } from '../../sandbox/config/config.ts';
import { permissionFlags } from '../../sandbox/guest/process/processWall.ts';
import { loadConfig } from '../../sandbox/library/options.ts';
import type { Figures } from './main.ts';
import type { Call, Job, Measured } from './wasiChild.ts';

const ROUNDS = 5;

type Variant = 'memory' | 'host' | 'memory, recorded' | 'host, recorded';

export async function run(report: (line: string) => void): Promise<Figures> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'bench-wasi-')));
  try {
    const wasm = await assemble(folder);
    const variants: readonly Variant[] = ['memory', 'memory, recorded', 'host', 'host, recorded'];
    const runs = new Map(variants.map((variant) => [variant, [] as Measured[][]]));
    for (let round = 0; round < ROUNDS; round++)
      for (const [variant, results] of runs) results.push(measure(variant, wasm, folder));
    const summaries = new Map([...runs].map(([variant, results]) => [variant, summarize(results)]));
    for (const [variant, calls] of summaries) print(variant, calls, report);
    return figures(summaries);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function assemble(folder: string): Promise<string> {
  const program = fileURLToPath(new URL('../fixtures/bench/hostCalls.wat', import.meta.url));
  const compiled = await compile({ program, cache: false });
  if (!compiled.ok) throw new Error(compiled.message);
  const wasm = join(folder, 'hostCalls.wasm');
  writeFileSync(wasm, compiled.artifact.wasm);
  return wasm;
}

/** `node:wasi` names the same files by the same paths. */
function measure(variant: Variant, wasm: string, folder: string): Measured[] {
  const root = join(folder, variant);
  const data = join(root, inMemory(variant) ? 'tmp' : 'data');
  mkdirSync(join(data, 'a/b'), { recursive: true });
  const config = configuration(variant, data);
  const name = data.slice(root.length + 1);
  const record = variant.endsWith('recorded');
  const job: Job = { wasm, config, record, root, paths: { near: `${name}/file`, deep: `${name}/a/b/file` } };
  const file = join(folder, `${variant}.json`);
  writeFileSync(file, JSON.stringify(job));
  const child = fileURLToPath(new URL('./wasiChild.ts', import.meta.url));
  const repository = fileURLToPath(new URL('../../', import.meta.url));
  const flags = [...permissionFlags(config), '--allow-wasi', `--allow-fs-read=${repository}*`, '--no-warnings'];
  const readable = [`--allow-fs-read=${wasm}`, `--allow-fs-read=${file}`];
  return JSON.parse(execFileSync(process.execPath, [...flags, ...readable, child, file], { encoding: 'utf8' }));
}

function configuration(variant: Variant, data: string): SandboxConfig {
  const grant = { host: data, guest: 'data' };
  const filesystem = inMemory(variant) ? { temp: true } : { read: [grant], write: [grant] };
  const { config, problems } = loadConfig({ filesystem: { ...filesystem, maxTotalWritten: '1000GB' } });
  if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join('\n'));
  return config;
}

function inMemory(variant: Variant): boolean {
  return variant.startsWith('memory');
}

type Times = Pick<Measured, 'ours' | 'node'>;
type Summary = ReadonlyMap<Call, Times & { readonly ratio: number }>;

/** Medians over the processes; the ratio is that of each process, so that both of its sides saw the same machine. */
function summarize(results: readonly Measured[][]): Summary {
  const calls = (results[0] ?? []).map(({ call }) => call);
  return new Map(
    calls.map((call) => {
      const runs = results.flatMap((run) => run.filter((each) => each.call === call));
      const ours = median(runs.map((each) => each.ours));
      const node = median(runs.map((each) => each.node));
      return [call, { ours, node, ratio: median(runs.map((each) => each.ours / each.node)) }];
    }),
  );
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function print(variant: Variant, calls: Summary, report: (line: string) => void): void {
  report(`${variant.padEnd(17)}${'ours'.padStart(9)}${'node:wasi'.padStart(11)}   µs a call`);
  for (const [call, { ours, node, ratio }] of calls) {
    const times = `${ours.toFixed(3).padStart(9)}${node.toFixed(3).padStart(11)}`;
    report(`  ${call.padEnd(15)}${times}   ${ratio.toFixed(2)}×`);
  }
}

function figures(summaries: ReadonlyMap<Variant, Summary>): Figures {
  const of = (variant: Variant, ...calls: Call[]) =>
    geomean(calls.map((call) => summaries.get(variant)?.get(call)?.ratio ?? Number.NaN));
  return {
    'wasi.memory.geomean': of('memory', 'clock', 'write1', 'write64K', 'pread64K', 'openClose', 'stat'),
    'wasi.host.rw': of('host', 'write1', 'write64K', 'pread64K'),
    'wasi.host.paths': of('host', 'openClose', 'stat'),
    'wasi.host.deepPaths': of('host', 'openCloseDeep', 'statDeep'),
    'wasi.recording': recordingCost(of, ['clock', 'write1', 'write64K', 'openClose', 'stat']),
    'wasi.recording.largeReads': recordingCost(of, ['pread64K']),
  };
}

type Mean = (variant: Variant, ...calls: Call[]) => number;

/** Over both backends: what calls take with a recording, relative to what they take without. */
function recordingCost(of: Mean, calls: readonly Call[]): number {
  const ratios = (['memory', 'host'] as const).map((files) => of(`${files}, recorded`, ...calls) / of(files, ...calls));
  return geomean(ratios);
}

function geomean(values: readonly number[]): number {
  const mean = Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
  return Number(mean.toFixed(3));
}
