/**
 * The instrumenter: what V8 takes is instrumented into what V8 takes, behaves the same, and at every instruction the
 * clock is what counting one by one says.
 */
import assert from 'node:assert/strict';
import { instrument } from '../../../sandbox/instrument/instrument.ts';
import { InstrumentError } from '../../../sandbox/instrument/instrumentError.ts';
import type { Instrumented, InstrumentOptions } from '../../../sandbox/instrument/instrumented.ts';
import { readDisassembly } from '../../../sandbox/symbols/disassembly.ts';
import { instructionsOf } from '../../../sandbox/wasm/instructions.ts';
import { type Module, readModule, WasmDecodeError } from '../../../sandbox/wasm/module.ts';
import type { Corpus } from '../corpus.ts';
import { imports, isSafeToRun, runInstrumented, runPlain } from '../guestRun.ts';
import { moduleBombs } from '../moduleBombs.ts';
import { mutateModule } from '../moduleMutations.ts';
import type { Target } from '../target.ts';

/** Instructions that one run may execute. */
const FUEL = 20_000;
const EVERYTHING: InstrumentOptions = { sites: 'all', clock: 'exact' };

export function instrumenter({ modules }: Corpus): Target {
  return {
    bombs: moduleBombs(),
    mutate: (random) => mutateModule(random.pick(modules), random, random.pick(modules)),
    check,
  };
}

function check(bytes: Uint8Array): void {
  const valid = WebAssembly.validate(bytes as BufferSource);
  const debugged = instrumented(bytes, valid, undefined);
  if (!debugged || !valid) return;
  const { module, as } = debugged;
  mustValidate(as);
  if (bytes.length > 100_000) return;
  const names = new Set(module.functions.flatMap(({ body }) => (body ? namesIn(module, body) : [])));
  if (!imports(module, []) || !isSafeToRun(module, names)) return;
  compareRuns(bytes, module, as);
}

/** As a debugger asks for it; undefined when refused. */
function instrumented(bytes: Uint8Array, valid: boolean, options: InstrumentOptions | undefined) {
  try {
    const module = readModule(bytes);
    return { module, as: instrument(module, options ?? debuggerOptions(module)) };
  } catch (error) {
    assert.ok(error instanceof WasmDecodeError || error instanceof InstrumentError, detail(error));
    assert.ok(!valid || error instanceof InstrumentError, `V8 takes it, but: ${error.message}`);
    return undefined;
  }
}

function debuggerOptions(module: Module): InstrumentOptions {
  const symbols = readDisassembly(module);
  return {
    sites: symbols.statements().map(({ offset }) => offset),
    entries: false,
    clock: 'exact',
    checks: true,
    depth: true,
    maxCallDepth: 1000,
    trackedLocals: new Map(module.functions.map(({ index }) => [index, symbols.trackedLocals(index)])),
  };
}

function compareRuns(bytes: Uint8Array, module: Module, debugged: Instrumented): void {
  let hits = 0;
  const everything = instrument(module, EVERYTHING);
  mustValidate(everything);
  const counted = runInstrumented(module, everything, (id, instant) => {
    assert.equal(instant, hits, `the clock at site ${id}`);
    return ++hits > FUEL;
  });
  if (!counted?.complete) return;
  assert.deepEqual(counted.lines, runPlain(bytes)?.lines, 'with and without instrumentation');
  let stops = 0;
  const shadowed = runInstrumented(module, debugged, (id) => id < -1 || ++stops > FUEL * 2);
  if (shadowed?.complete) assert.deepEqual(shadowed.lines, counted.lines, 'with shadow frames and checks');
}

function mustValidate(as: Instrumented): void {
  try {
    new WebAssembly.Module(as.bytes as BufferSource);
  } catch (error) {
    assert.fail(`the instrumented module is not valid: ${detail(error)}`);
  }
}

function namesIn(module: Module, body: Parameters<typeof instructionsOf>[1]): string[] {
  return Array.from(instructionsOf(module, body), ({ opcode }) => opcode.name);
}

function detail(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
