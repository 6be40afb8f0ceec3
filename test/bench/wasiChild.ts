/**
 * Host calls of one backend, and beside them those of `node:wasi`, in a process shut in as a guest's is. The calls are
 * made by loops in wasm through the very imports that a guest's worker builds. Argument: a JSON file with a `Job`;
 * stdout: `Measured[]`.
 */
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { WASI } from 'node:wasi';
import { MessageChannel } from 'node:worker_threads';
import type { SandboxConfig } from '../../sandbox/config/config.ts';
import { ControlBlock } from '../../sandbox/guest/controlBlock.ts';
import { ProbePage } from '../../sandbox/guest/probePage.ts';
import type { GuestOptions } from '../../sandbox/guest/protocol.ts';
import { GuestInstance } from '../../sandbox/guest/worker/guestInstance.ts';
import { Stops, type StopWiring } from '../../sandbox/guest/worker/stops.ts';
import { hostCalls } from '../../sandbox/guest/worker/wasiImports.ts';
import { instrument } from '../../sandbox/instrument/instrument.ts';
import { PROBE_EXPORTS } from '../../sandbox/instrument/instrumented.ts';
import { V8_FLAGS } from '../../sandbox/instrument/v8Flags.ts';
import { readModule } from '../../sandbox/wasm/module.ts';

export interface Job {
  /** The assembled `hostCalls.wat`. */
  readonly wasm: string;
  readonly config: SandboxConfig;
  readonly record: boolean;
  /** Host folder that `node:wasi` shows as `/`. */
  readonly root: string;
  /** What the guest names: a file in the granted folder, and one two folders further down. */
  readonly paths: { readonly near: string; readonly deep: string };
}

export interface Measured {
  readonly call: Call;
  /** Microseconds a call. */
  readonly ours: number;
  readonly node: number;
}

export type Call = 'clock' | 'write1' | 'write64K' | 'pread64K' | 'openClose' | 'stat' | 'openCloseDeep' | 'statDeep';

/** Calls in one loop: long enough to be timed, and short enough to be left alone by whatever else the machine does. */
const COUNTS: Readonly<Record<Call, number>> = {
  clock: 5_000,
  write1: 1_000,
  write64K: 128,
  pread64K: 256,
  openClose: 250,
  stat: 500,
  openCloseDeep: 250,
  statDeep: 500,
};
const ROUNDS = 64;
const WARM_UP = 32;
const LARGE = 65_536;
/** Of this size: the file written is 1 MiB, which fits into a processor's cache. */
const FILE_PARTS = 16;

for (const flag of V8_FLAGS) setFlagsFromString(flag);
const job = JSON.parse(readFileSync(process.argv[2] as string, 'utf8'), (_, value) =>
  value === null ? Number.POSITIVE_INFINITY : value,
) as Job;
const bytes = new Uint8Array(readFileSync(job.wasm));
process.stdout.write(JSON.stringify(compare(programOf(startOurs()), programOf(startNode()))));
process.exit(0);

type Exports = Readonly<Record<string, unknown>>;
type Program = Readonly<Record<Call, (count: number) => void>>;

function compare(ours: Program, node: Program): Measured[] {
  const calls = Object.keys(COUNTS) as Call[];
  const times = new Map(calls.map((call) => [call, { ours: [] as number[], node: [] as number[] }]));
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    for (const [call, { ours: mine, node: theirs }] of times) {
      // Who comes second finds warm caches: they take turns.
      const first = round % 2 === 0 ? time(ours, call) : undefined;
      const theirTime = time(node, call);
      const myTime = first ?? time(ours, call);
      if (round < 0) continue;
      mine.push(myTime);
      theirs.push(theirTime);
    }
  }
  return calls.map((call) => {
    const { ours: mine = [], node: theirs = [] } = times.get(call) ?? {};
    return { call, ours: typical(mine), node: typical(theirs) };
  });
}

function time(program: Program, call: Call): number {
  const start = performance.now();
  program[call](COUNTS[call]);
  return ((performance.now() - start) * 1000) / COUNTS[call];
}

/** Near the best: whatever else the machine does only ever adds. The very best may be luck. */
function typical(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 8)] ?? Number.NaN;
}

function programOf(exports: Exports): Program {
  const call = exports as Record<string, (...args: number[]) => number>;
  const memory = new Uint8Array((exports.memory as WebAssembly.Memory).buffer);
  const run = (name: string, ...args: number[]) => call[name]?.(...args) ?? Number.NaN;
  const path = (text: string) => {
    const encoded = new TextEncoder().encode(text);
    memory.set(encoded, 64);
    return encoded.length;
  };
  const { near, deep } = job.paths;
  for (const part of [-2, -1]) run('folder', path(deep.split('/').slice(0, part).join('/')));
  run('create', path(deep));
  const fd = run('create', path(near));
  run('write', fd, LARGE, 1);
  return {
    clock: (count) => run('clock', count),
    write1: (count) => run('write', fd, 1, count),
    write64K: (count) => {
      for (let written = 0; written < count; written += FILE_PARTS) run('write', fd, LARGE, FILE_PARTS);
    },
    pread64K: (count) => run('pread', fd, LARGE, count),
    openClose: (count) => run('openClose', path(near), count),
    stat: (count) => run('stat', path(near), count),
    openCloseDeep: (count) => run('openClose', path(deep), count),
    statDeep: (count) => run('stat', path(deep), count),
  };
}

/** As `worker.ts` puts a guest together. */
function startOurs(): Exports {
  const { config } = job;
  const instrumented = instrument(readModule(bytes), {
    clock: 'exact',
    checks: true,
    depth: true,
    maxCallDepth: config.maxCallDepth,
    maxMemory: config.memory,
  });
  const options: GuestOptions = {
    module: { kind: 'instrumented', instrumented },
    entry: { kind: 'command' },
    args: ['bench'],
    env: {},
    config,
    debug: false,
    record: job.record,
  };
  const control = new ControlBlock();
  const wiring = { control, commands: new MessageChannel().port1, post: delivered(control) };
  const guest = new GuestInstance(options, readModule(instrumented.bytes), control);
  const stops = new Stops(options, wiring, guest);
  const ports = { stdin: new MessageChannel().port1, network: new MessageChannel().port1 };
  const host = hostCalls({ options, wasmer: undefined, ...ports }, guest, stops, wiring);
  guest.instantiate(host.imports);
  if (guest.memory) {
    host.preview1.bind(guest.memory);
    host.recording?.recorder.bind(guest.memory);
  }
  const probe = guest.exports[PROBE_EXPORTS.probe] as WebAssembly.Memory;
  stops.attach(new ProbePage(probe.buffer as unknown as SharedArrayBuffer, instrumented));
  control.begin();
  return guest.exports;
}

/** A controller that keeps up. */
function delivered(control: ControlBlock): StopWiring['post'] {
  return (message) => {
    if (message.kind === 'recorded') control.delivered(message.weight);
  };
}

function startNode(): Exports {
  const wasi = new WASI({ version: 'preview1', preopens: { '/': job.root } });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), wasi.getImportObject() as never);
  wasi.start(instance);
  return instance.exports as Exports;
}
