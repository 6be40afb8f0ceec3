/**
 * Runs a module that is stopped, so to speak, at every statement: it is rewritten with calls of its import 0 (one i32
 * parameter) in front of each, which report the statement and the i32 locals of its function. Debug information is dropped
 * on the way.
 */
import type { FrameState, Statement } from '../../../sandbox/symbols/model.ts';
import { localTypes, type Module, readModule, type WasmFunction } from '../../../sandbox/wasm/module.ts';
import { memoryOf } from './plainValue.ts';

type OnStop = (statement: Statement, frame: FrameState) => void;

/** `run` starts the guest, whose own calls of import 0 pass numbers that are not negative. */
export function runStopping(
  bytes: Uint8Array<ArrayBuffer>,
  statements: readonly Statement[],
  { run, onStop }: { run: (exports: Readonly<Record<string, unknown>>) => void; onStop: OnStop },
): void {
  const module = readModule(bytes);
  let stopped: Statement | undefined;
  let values: number[] = [];
  const report = (number: number): void => {
    if (stopped === undefined) {
      if (number >= 0) return;
      stopped = statements[-1 - number];
      values = [];
    } else values.push(number);
    const fn = stopped && module.functions[stopped.functionIndex];
    if (stopped === undefined || fn === undefined) throw new Error('a probe that belongs to no statement');
    const reported = integerLocals(fn);
    if (values.length < reported.length) return;
    const { functionIndex, offset } = stopped;
    const local = (index: number): number | undefined => values[reported.indexOf(index)];
    const frame = { functionIndex, offset, memory: memoryOf(instance), local, global: () => undefined };
    const statement = stopped;
    stopped = undefined;
    onStop(statement, frame);
  };
  const probed = new WebAssembly.Module(withProbes(module, statements));
  const instance = new WebAssembly.Instance(probed, { test: { log: report, look: report } });
  run(instance.exports);
}

const integerLocals = (fn: WasmFunction): number[] =>
  localTypes(fn).flatMap((type, index) => (type === 'i32' ? [index] : []));

function withProbes(module: Module, statements: readonly Statement[]): Uint8Array<ArrayBuffer> {
  const section = module.sections.find(({ id }) => id === 10);
  if (section === undefined) throw new Error('a module without code');
  const { bytes, codeStart } = module;
  const bodies = module.functions.flatMap((fn) => {
    if (fn.body === undefined) return [];
    const parts: Uint8Array[] = [];
    let done = fn.body.start;
    for (const [index, { functionIndex, offset }] of statements.entries()) {
      if (functionIndex !== fn.index) continue;
      parts.push(bytes.subarray(codeStart + done, codeStart + offset), Uint8Array.from(probe(index, fn)));
      done = offset;
    }
    const body = concatenate([...parts, bytes.subarray(codeStart + done, codeStart + fn.body.end)]);
    return [concatenate([Uint8Array.from(uleb(body.length)), body])];
  });
  const contents = concatenate([Uint8Array.from(uleb(bodies.length)), ...bodies]);
  const header = Uint8Array.from([10, ...uleb(contents.length)]);
  return concatenate([bytes.subarray(0, section.header), header, contents, bytes.subarray(section.end)]);
}

/** `i32.const`, `call 0`; then `local.get`, `call 0` for each local. */
function probe(statement: number, fn: WasmFunction): number[] {
  const locals = integerLocals(fn).flatMap((index) => [0x20, ...uleb(index), 0x10, 0]);
  return [0x41, ...sleb(-1 - statement), 0x10, 0, ...locals];
}

function uleb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return [...bytes, rest];
}

/** Two bytes are enough for the statements of a test program. */
const sleb = (value: number): number[] => [(value & 0x7f) | 0x80, (value >> 7) & 0x7f];

function concatenate(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
