/**
 * How often a run comes by each statement: the module is rewritten with a call of its import 0 (one i32 parameter) in
 * front of every statement, then run. Debug information is dropped on the way.
 */
import type { Statement } from '../../../sandbox/symbols/model.ts';
import { readModuleSections } from './moduleSections.ts';

/** Keyed by statement; `run` starts the guest. */
export function countStops(
  module: Uint8Array<ArrayBuffer>,
  statements: readonly Statement[],
  run: (exports: Readonly<Record<string, unknown>>) => void,
): ReadonlyMap<Statement, number> {
  const counts = new Map<Statement, number>();
  const probed = new WebAssembly.Module(withProbes(module, statements));
  const hit = (number: number): void => {
    // The guest calls the same import itself, with numbers that are not negative.
    const statement = number < 0 ? statements[-1 - number] : undefined;
    if (statement !== undefined) counts.set(statement, (counts.get(statement) ?? 0) + 1);
  };
  run(new WebAssembly.Instance(probed, { test: { log: hit, look: hit } }).exports);
  return counts;
}

function withProbes(module: Uint8Array, statements: readonly Statement[]): Uint8Array<ArrayBuffer> {
  const { functions } = readModuleSections(module);
  const first = functions[0];
  const last = functions.at(-1);
  if (first === undefined || last === undefined) throw new Error('a module without code');
  const { base, header, end } = codeSection(module);
  const bodies = functions.map(({ start, end: bodyEnd }) => {
    const parts: Uint8Array[] = [];
    let done = start;
    for (const [index, { offset }] of statements.entries()) {
      if (offset < start || offset >= bodyEnd) continue;
      parts.push(module.subarray(base + done, base + offset), Uint8Array.of(0x41, ...sleb(-1 - index), 0x10, 0));
      done = offset;
    }
    const body = concatenate([...parts, module.subarray(base + done, base + bodyEnd)]);
    return concatenate([Uint8Array.from(uleb(body.length)), body]);
  });
  const contents = concatenate([Uint8Array.from(uleb(functions.length)), ...bodies]);
  const size = Uint8Array.from([10, ...uleb(contents.length)]);
  return concatenate([module.subarray(0, header), size, contents, module.subarray(end)]);
}

/** Module offsets of the code section: its id byte, its contents, its end. */
function codeSection(module: Uint8Array): { header: number; base: number; end: number } {
  let at = 8;
  for (;;) {
    const header = at++;
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = module[at++] ?? 0;
      size += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    if (module[header] === 10) return { header, base: at, end: at + size };
    at += size;
  }
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
