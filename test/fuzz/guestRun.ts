/**
 * Runs a module within a limit, and says what could be seen of it from outside: results, traps, calls of the host,
 * memory. Two ways of running the same module must give the same.
 */
import { type Instrumented, PROBE_EXPORTS, SITE_ALWAYS } from '../../sandbox/instrument/instrumented.ts';
import { type Module, readModule } from '../../sandbox/wasm/module.ts';
import { assemble } from '../instrument/harness.ts';

/** One line for each thing seen. `complete`: no limit was met, so the lines can be compared. */
export interface Behaviour {
  readonly lines: readonly string[];
  readonly complete: boolean;
}

type HostValue = (...args: unknown[]) => unknown;
type Exports = WebAssembly.Instance['exports'];

/** Says whether the guest must be left. */
export type Hook = (id: number, instant: number, depth: number) => boolean;

const MOST_EXPORTS = 6;
/** Bytes of memory that are compared. */
const COMPARED = 4096;
const SMALL = 64;
const NUMBERS = [1, 7, 0, 255];

/** Undefined when we cannot provide what it imports, or it could take the machine with it. */
export function imports(module: Module, lines: string[]): WebAssembly.Imports | undefined {
  const provided: Record<string, Record<string, HostValue>> = {};
  for (const { module: from, name, kind, index } of module.imports) {
    const value = kind === 'function' ? hostFunction(module, index, `${from}.${name}`, lines) : undefined;
    if (value === undefined || from === '__proto__' || name === '__proto__') return undefined;
    provided[from] ??= {};
    (provided[from] as Record<string, HostValue>)[name] = value;
  }
  return provided;
}

function hostFunction(module: Module, index: number, label: string, lines: string[]): HostValue {
  const results = module.functions[index]?.results ?? [];
  const values = results.map((type) => (type === 'i64' ? 5n : type.includes('ref') ? null : 5));
  return (...args: unknown[]) => {
    if (lines.length < 1000) lines.push(`${label}(${args.map(shown).join(' ')})`);
    return values.length > 1 ? values : values[0];
  };
}

/** Plain: as V8 runs it. */
export function runPlain(bytes: Uint8Array): Behaviour | undefined {
  const lines: string[] = [];
  const module = readModule(bytes);
  const provided = imports(module, lines);
  if (!provided) return undefined;
  const instance = instantiate(bytes, provided, lines);
  if (!instance) return { lines, complete: complete(lines) };
  callExports(module, instance.exports, lines, () => true);
  memoryLine(instance.exports, Object.keys(instance.exports), lines);
  return { lines, complete: complete(lines) };
}

/** With every site armed. */
export function runInstrumented(original: Module, instrumented: Instrumented, hook: Hook): Behaviour | undefined {
  const lines: string[] = [];
  const provided = imports(original, lines);
  if (!provided) return undefined;
  let left = false;
  const instance = instantiate(instrumented.bytes, provided, lines);
  if (!instance) return { lines, complete: complete(lines) };
  const { exports } = instance;
  const table = exports[PROBE_EXPORTS.hook] as WebAssembly.Table;
  table.set(
    0,
    leavingTrampoline((id, instant, depth) => {
      left ||= hook(id, instant, depth);
      return left;
    }),
  );
  const { buffer } = exports[PROBE_EXPORTS.probe] as WebAssembly.Memory;
  const view = new DataView(buffer);
  view.setBigInt64(instrumented.probe.limit, 1n << 62n, true);
  view.setInt32(instrumented.probe.stepDepth, 0x7fffffff, true);
  new Uint8Array(buffer, instrumented.probe.flags, instrumented.sites.length).fill(SITE_ALWAYS);
  const depth = exports[PROBE_EXPORTS.depth] as WebAssembly.Global;
  const fresh = (): boolean => {
    depth.value = 0;
    return !left;
  };
  if (PROBE_EXPORTS.start in exports && outcome(exports, PROBE_EXPORTS.start, [], lines)) {
    // In a plain module, a start function that traps leaves no instance.
    return { lines, complete: !left && complete(lines) };
  }
  callExports(original, exports, lines, fresh);
  memoryLine(
    exports,
    original.exports.map(({ name }) => name),
    lines,
  );
  return { lines, complete: !left && complete(lines) };
}

/** V8's own limits are met at other places by instrumented code: where they are met, there is nothing to compare. */
function complete(lines: readonly string[]): boolean {
  return !lines.some((line) => /call stack|out of memory|Out of memory/.test(line));
}

function instantiate(bytes: Uint8Array, provided: WebAssembly.Imports, lines: string[]) {
  try {
    return new WebAssembly.Instance(new WebAssembly.Module(bytes as BufferSource), provided);
  } catch (error) {
    lines.push(`instantiation: ${kindOf(error)}`);
    return undefined;
  }
}

/** Calls what the module exports until something traps: what follows a trap is the host's business. */
function callExports(module: Module, exports: Exports, lines: string[], goOn: () => boolean): void {
  let calls = 0;
  for (const { name, kind, index } of module.exports) {
    const fn = module.functions[index];
    if (kind !== 'function' || !fn || [...fn.params, ...fn.results].includes('v128')) continue;
    const args = fn.params.map((type, at) => {
      const value = NUMBERS[at % NUMBERS.length] as number;
      return type === 'i64' ? BigInt(value) : type.includes('ref') ? null : value;
    });
    if (++calls > MOST_EXPORTS || !goOn()) return;
    if (outcome(exports, name, args, lines)) return;
  }
}

/** True when it trapped or threw. */
function outcome(exports: Exports, name: string, args: readonly unknown[], lines: string[]): boolean {
  try {
    const result = (exports[name] as (...args: readonly unknown[]) => unknown)(...args);
    lines.push(`returned ${shown(result)}`);
    return false;
  } catch (error) {
    lines.push(kindOf(error));
    return true;
  }
}

function kindOf(error: unknown): string {
  if (error instanceof WebAssembly.RuntimeError) return `trap: ${error.message}`;
  if (error instanceof RangeError) return `RangeError: ${error.message}`;
  return `${error instanceof Error ? error.constructor.name : typeof error}`;
}

function shown(value: unknown): string {
  if (typeof value === 'function') return 'function';
  if (Array.isArray(value)) return value.map(shown).join(' ');
  return value !== null && typeof value === 'object' ? 'object' : String(value);
}

function memoryLine(exports: Exports, names: readonly string[], lines: string[]): void {
  for (const name of names) {
    const memory = exports[name];
    if (!(memory instanceof WebAssembly.Memory)) continue;
    const { buffer } = memory;
    const bytes = new Uint8Array(buffer, 0, Math.min(COMPARED, buffer.byteLength));
    lines.push(`memory of ${buffer.byteLength}: ${bytes.reduce((hash, byte) => (Math.imul(hash, 31) + byte) | 0, 0)}`);
  }
}

/** Modules that would wait for ever, or ask the machine for more than a test may have. */
export function isSafeToRun(module: Module, names: ReadonlySet<string>): boolean {
  const small = (limits: { minimum: number; maximum: number | undefined }, grows: string) =>
    limits.minimum <= SMALL && (!names.has(grows) || (limits.maximum ?? Number.POSITIVE_INFINITY) <= SMALL);
  if ([...names].some((name) => /atomic\.wait|^array\.new|relaxed/.test(name))) return false;
  return (
    module.memories.every((memory) => small(memory, 'memory.grow')) &&
    module.tables.every((table) => table.minimum <= 10_000 && !names.has('table.grow'))
  );
}

const TRAMPOLINE = assemble(`(module
  (import "h" "h" (func $hook (param i32 f64 i32) (result i32)))
  (func (export "t") (param i32 f64 i32)
    local.get 0 local.get 1 local.get 2 call $hook if unreachable end))`);
const trampolineModule = new WebAssembly.Module(TRAMPOLINE as BufferSource);

/** A trap, unlike an exception, is caught by nothing in the guest. */
function leavingTrampoline(hook: Hook): WebAssembly.ExportValue {
  const { exports } = new WebAssembly.Instance(trampolineModule, {
    h: { h: (...args: [number, number, number]) => +hook(...args) },
  });
  return exports.t as WebAssembly.ExportValue;
}
