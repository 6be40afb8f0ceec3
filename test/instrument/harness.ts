/** Runs instrumented modules in this thread: the hook's trampoline, arming of sites, and modules from text. */
import wabt from 'wabt';
import { instrument } from '../../sandbox/instrument/instrument.ts';
import {
  type Instrumented,
  type InstrumentOptions,
  PROBE_EXPORTS,
  SITE_ALWAYS,
} from '../../sandbox/instrument/instrumented.ts';
import { type Hook, trampoline } from './trampoline.ts';

export interface Run {
  readonly exports: Record<string, WebAssembly.ExportValue>;
  readonly flags: Uint8Array;
  readonly view: DataView;
  readonly instrumented: Instrumented;
  clock(): number;
  /** What the call returns, or its error's message. */
  call(name: string, ...args: unknown[]): unknown;
}

export function run(instrumented: Instrumented, hook: Hook, imports: WebAssembly.Imports = {}): Run {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(instrumented.bytes as BufferSource), imports);
  const exports = instance.exports as Record<string, WebAssembly.ExportValue>;
  (exports[PROBE_EXPORTS.hook] as WebAssembly.Table).set(0, trampoline(hook));
  const buffer = (exports[PROBE_EXPORTS.probe] as WebAssembly.Memory).buffer;
  const view = new DataView(buffer);
  view.setBigInt64(instrumented.probe.limit, 1n << 62n, true);
  view.setInt32(instrumented.probe.stepDepth, 0x7fffffff, true);
  const depth = exports[PROBE_EXPORTS.depth] as WebAssembly.Global;
  return {
    exports,
    view,
    instrumented,
    flags: new Uint8Array(buffer, instrumented.probe.flags, instrumented.sites.length),
    clock: () => Number((exports[PROBE_EXPORTS.clock] as WebAssembly.Global).value),
    call(name, ...args) {
      depth.value = 0;
      try {
        return (exports[name] as (...args: unknown[]) => unknown)(...args);
      } catch (error) {
        return (error as Error).message;
      }
    },
  };
}

export interface Hit {
  readonly id: number;
  readonly instant: number;
  readonly depth: number;
}

/** Everything the hook sees when every site is armed, and how the calls ended. */
export function trace(
  bytes: Uint8Array,
  options: InstrumentOptions,
  calls: readonly (readonly [name: string, ...args: unknown[]])[],
  imports: WebAssembly.Imports = {},
): { hits: Hit[]; ends: unknown[]; run: Run } {
  const hits: Hit[] = [];
  const running = run(instrument(bytes, options), (id, instant, depth) => hits.push({ id, instant, depth }), imports);
  running.flags.fill(SITE_ALWAYS);
  if (PROBE_EXPORTS.start in running.exports) running.call(PROBE_EXPORTS.start);
  const ends = calls.map(([name, ...args]) => running.call(name, ...args));
  return { hits, ends, run: running };
}

const wabtModule = await wabt();

export function assemble(text: string): Uint8Array {
  const features = {
    exceptions: true,
    mutable_globals: true,
    sat_float_to_int: true,
    sign_extension: true,
    simd: true,
    threads: true,
    function_references: true,
    multi_value: true,
    tail_call: true,
    bulk_memory: true,
    reference_types: true,
    memory64: true,
    multi_memory: true,
    extended_const: true,
    relaxed_simd: true,
  };
  const parsed = wabtModule.parseWat('test.wat', text, features);
  try {
    return parsed.toBinary({ write_debug_names: true }).buffer;
  } finally {
    parsed.destroy();
  }
}

/** What fixtures may import. */
export const HOST: WebAssembly.Imports = {
  host: { twice: (value: number) => value * 2, base: 100 },
  wasi_snapshot_preview1: { fd_write: () => 0, proc_exit: () => {} },
};

/** A fixture says in its first lines what to call: `;; call NAME ARG…`. */
export function callsIn(text: string): [string, ...unknown[]][] {
  return [...text.matchAll(/^;; call (.+)$/gm)].map((match) => {
    const [name = '', ...args] = (match[1] as string).trim().split(/\s+/);
    return [name, ...args.map((arg) => (arg.endsWith('n') ? BigInt(arg.slice(0, -1)) : Number(arg)))];
  });
}
