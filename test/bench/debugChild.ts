/**
 * One variant of the debug benchmark in a process of its own: argument: a JSON file with a `Job`; stdout:
 * `Measured[]`.
 */
import { readFileSync } from 'node:fs';
import inspector from 'node:inspector';
import v8 from 'node:v8';
import { PROBE_EXPORTS, type ProbeLayout, SITE_ALWAYS } from '../../sandbox/instrument/instrumented.ts';
import { V8_FLAGS } from '../../sandbox/instrument/v8Flags.ts';

export interface Job {
  readonly wasm: string;
  /** Attach V8's own debugger. */
  readonly debugger: boolean;
  readonly probe?: ProbeLayout;
  /** Site with a breakpoint. */
  readonly armed?: number;
  readonly initialize?: string;
  readonly kernels: Readonly<Record<string, number>>;
  readonly repeats: number;
}

export interface Measured {
  readonly kernel: string;
  /** Milliseconds, the best of all repeats. */
  readonly time: number;
  readonly result: number;
}

for (const flag of V8_FLAGS) v8.setFlagsFromString(flag);
const job = JSON.parse(readFileSync(process.argv[2] as string, 'utf8')) as Job;
const session = new inspector.Session();
if (job.debugger) {
  session.connect();
  session.post('Debugger.enable');
}
const module = new WebAssembly.Module(readFileSync(job.wasm));
const { exports } = new WebAssembly.Instance(module, imports(module));
const call = exports as Record<string, (...args: number[]) => number>;
const depth = exports[PROBE_EXPORTS.depth] as WebAssembly.Global | undefined;
if (job.probe) arm(job.probe, job.armed ?? 0);
call[PROBE_EXPORTS.start]?.();
if (job.initialize !== undefined) call[job.initialize]?.();
process.stdout.write(JSON.stringify(Object.entries(job.kernels).map(([kernel, argument]) => time(kernel, argument))));

function time(kernel: string, argument: number): Measured {
  let best = Number.POSITIVE_INFINITY;
  let result = Number.NaN;
  for (let round = 0; round < job.repeats; round++) {
    if (depth) depth.value = 0;
    const start = performance.now();
    result = call[kernel]?.(argument) ?? Number.NaN;
    best = Math.min(best, performance.now() - start);
  }
  return { kernel, time: best, result };
}

/** The hook stays empty: if the breakpoint were hit after all, the call through it would trap and the benchmark fail. */
function arm(probe: ProbeLayout, site: number): void {
  const view = new DataView((exports[PROBE_EXPORTS.probe] as WebAssembly.Memory).buffer);
  view.setBigInt64(probe.limit, 1n << 62n, true);
  view.setUint8(probe.flags + site, SITE_ALWAYS);
}

function imports(module: WebAssembly.Module): WebAssembly.Imports {
  const all: WebAssembly.Imports = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    all[from] ??= {};
    all[from][name] = () => 0;
  }
  return all;
}
