/** Runs a WASI program over the core in this very thread, with everything that tests want to choose or to see. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { NO_LIMIT } from '../../sandbox/guest/probePage.ts';
import { trampoline } from '../../sandbox/guest/worker/trampoline.ts';
import { instrument } from '../../sandbox/instrument/instrument.ts';
import { PROBE_EXPORTS } from '../../sandbox/instrument/instrumented.ts';
import type { Mount } from '../../sandbox/wasi/fileSystem.ts';
import type { LinearMemory } from '../../sandbox/wasi/guestMemory.ts';
import type { Counters, Preview1Options } from '../../sandbox/wasi/host.ts';
import { createPreview1, type Preview1 } from '../../sandbox/wasi/preview1.ts';
import type { HostViolation } from '../../sandbox/wasi/violation.ts';

export interface ProgramResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly violations: readonly HostViolation[];
  readonly counters: Counters;
}

export interface ProgramOptions extends Partial<Omit<Preview1Options, 'stdin'>> {
  readonly mounts?: readonly Mount[];
  readonly stdin?: string;
  /** With everything that a debugged guest has added to it. */
  readonly instrumented?: boolean;
  onMemory?(memory: LinearMemory): void;
  /** Instead of `createPreview1`. */
  create?: typeof createPreview1;
  /** Instead of the core's functions, by name. */
  replaceImports?(memory: () => LinearMemory): (name: string) => HostFunction;
}

type HostFunction = Preview1['imports'][string];

export const UNLIMITED = {
  maxOpenFiles: Number.POSITIVE_INFINITY,
  maxFileSize: Number.POSITIVE_INFINITY,
  maxTotalWritten: Number.POSITIVE_INFINITY,
};

class Exit extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

/** What every test needs and few care about. */
export function testOptions(changes: Partial<Preview1Options> = {}): Preview1Options {
  return {
    args: ['program'],
    env: {},
    stdin: { read: () => 0 },
    output: () => {},
    mounts: [],
    quotas: UNLIMITED,
    clock: {
      now: (id) => (id === 0 ? BigInt(Date.now()) * 1_000_000n : process.hrtime.bigint()),
      resolution: () => 1n,
    },
    random: (buffer) => void crypto.getRandomValues(buffer as Uint8Array<ArrayBuffer>),
    sleep: (milliseconds) => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds),
    onViolation: () => {},
    exit: (code) => {
      throw new Exit(code);
    },
    onUnexpected: (error) => {
      throw new Error('Unexpected exception in a host call', { cause: error });
    },
    ...changes,
  };
}

/** `module`: path of a `.wasm`. */
export function runProgram(module: string | URL, args: readonly string[], options: ProgramOptions = {}): ProgramResult {
  const texts = { stdout: '', stderr: '' };
  const violations: HostViolation[] = [];
  const {
    stdin = '',
    create = createPreview1,
    onMemory: _onMemory,
    replaceImports: _replaceImports,
    instrumented = false,
    ...changes
  } = options;
  const core = create(
    testOptions({
      stdin: inputOf(stdin),
      onViolation: (violation) => void violations.push(violation),
      output: (stream, bytes) => {
        texts[stream] += new TextDecoder().decode(bytes);
      },
      ...changes,
      args: ['program', ...args],
    }),
  );
  try {
    const code = start(instrumented ? withProbes(readFileSync(module)) : readFileSync(module), core, options);
    return { code, ...texts, violations, counters: core.counters };
  } finally {
    core.close();
  }
}

function start(bytes: Uint8Array, core: Preview1, { onMemory, replaceImports }: ProgramOptions): number {
  const linear = () => instance.exports.memory as unknown as LinearMemory;
  const replacement = replaceImports?.(linear);
  const names = Object.keys(core.imports);
  const functions = replacement && Object.fromEntries(names.map((name) => [name, replacement(name)]));
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>), {
    wasi_snapshot_preview1: functions ?? core.imports,
  });
  core.bind(linear());
  onMemory?.(linear());
  neverStop(instance);
  try {
    (instance.exports._start as () => void)();
    return 0;
  } catch (error) {
    if (error instanceof Exit) return error.code;
    throw error;
  }
}

function withProbes(bytes: Uint8Array): Uint8Array {
  const options = { sites: 'all', clock: 'exact', checks: true, depth: true, maxCallDepth: 10_000 } as const;
  return instrument(bytes, options).bytes;
}

/** Of an instrumented module: the hook is called for nothing that a program does, and the clock has no limit. */
function neverStop({ exports }: WebAssembly.Instance): void {
  const table = exports[PROBE_EXPORTS.hook];
  const probe = exports[PROBE_EXPORTS.probe];
  if (!(table instanceof WebAssembly.Table) || !(probe instanceof WebAssembly.Memory)) return;
  table.set(
    0,
    trampoline(() => assert.fail('stopped')),
  );
  new BigInt64Array(probe.buffer, 0, 1)[0] = NO_LIMIT;
}

function inputOf(text: string): Preview1Options['stdin'] {
  let rest = new TextEncoder().encode(text);
  return {
    read: (buffer) => {
      const part = rest.subarray(0, buffer.length);
      buffer.set(part);
      rest = rest.subarray(part.length);
      return part.length;
    },
  };
}
