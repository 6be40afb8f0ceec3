/**
 * From a source file to something that can be debugged: compiled, its symbols opened, instrumented, its sites
 * known. Nothing runs yet.
 */
import { existsSync } from 'node:fs';
import type { Artifact, CompileRequest, Diagnostic } from '../compile/artifact.ts';
import { compile } from '../compile/compile.ts';
import type { GuestOptions } from '../guest/protocol.ts';
import { lacksMemory, maxTableEntries } from '../guest/worker/growths.ts';
import { instrument } from '../instrument/instrument.ts';
import { InstrumentError } from '../instrument/instrumentError.ts';
import type { Instrumented } from '../instrument/instrumented.ts';
import { readFunctionTable } from '../symbols/functionTable.ts';
import { loadSymbols } from '../symbols/load.ts';
import type { Statement, Symbols } from '../symbols/model.ts';
import { type Module, readModule, WasmDecodeError } from '../wasm/module.ts';
import type { CodeOffset } from '../wasm/offsets.ts';
import { validateModule } from '../wasm/validate.ts';
import { ABORT_LOCALS, findAbort } from './abort.ts';
import { openingsOf } from './openings.ts';
import { SiteTable } from './siteTable.ts';

export interface Program {
  readonly artifact: Artifact;
  readonly module: Module;
  readonly symbols: Symbols;
  readonly instrumented: Instrumented;
  readonly sites: SiteTable;
  /** Site at the entry of AssemblyScript's `abort`, in programs that have it. */
  readonly abortSite: number | undefined;
  /** Name of the function that an index into the module's table (a function pointer) stands for. */
  readonly functionNameOf: (tableIndex: number) => string | undefined;
}

export type Preparation =
  | { readonly kind: 'ready'; readonly program: Program; readonly diagnostics: readonly Diagnostic[] }
  | { readonly kind: 'failed'; readonly message: string; readonly diagnostics: readonly Diagnostic[] };

/** `limits`: what of the configuration is built into the module (bytes, frames). */
export async function prepare(
  request: CompileRequest,
  limits: { readonly memory: number; readonly maxCallDepth: number },
): Promise<Preparation> {
  const compiled = await compile(request);
  if (!compiled.ok) return { kind: 'failed', message: compiled.message, diagnostics: compiled.diagnostics };
  const { artifact, diagnostics } = compiled;
  const valid = validateModule(artifact.wasm);
  if (!valid.ok) {
    const where = valid.offset === undefined ? '' : ` at byte ${valid.offset}`;
    return {
      kind: 'failed',
      message: `${request.program} is not a valid module${where}: ${valid.reason}`,
      diagnostics,
    };
  }
  try {
    return await instrumented(artifact, diagnostics, limits);
  } catch (error) {
    if (!(error instanceof WasmDecodeError || error instanceof InstrumentError)) throw error;
    return { kind: 'failed', message: `${request.program} cannot be debugged: ${error.message}`, diagnostics };
  }
}

/** @throws {WasmDecodeError} @throws {InstrumentError} the module is larger, or other, than what can be watched */
async function instrumented(
  artifact: Artifact,
  diagnostics: readonly Diagnostic[],
  limits: Parameters<typeof prepare>[1],
): Promise<Preparation> {
  const module = readModule(artifact.wasm);
  const lacking = lacksMemory(module, limits.memory);
  if (lacking !== undefined) {
    const amount = (bytes: number) => bytes.toLocaleString('en-US');
    const message = `The program needs ${amount(lacking.needed)} bytes of memory ${lacking.what}, and "memory" in sandbox.json allows ${amount(limits.memory)}. Raise the limit.`;
    return { kind: 'failed', message, diagnostics };
  }
  const symbols = await loadSymbols(artifact, module);
  const isUser = memoized((source: number) => isUserSource(symbols, source));
  const abort = findAbort(module, symbols);
  const statements = symbols.statements().filter(({ source }) => isUser(source));
  const openings = openingsOf(module, statements);
  const watched = instrument(module, {
    sites: [...sitesOf(module, statements), ...openings],
    entries: false,
    clock: 'exact',
    checks: true,
    depth: true,
    maxCallDepth: limits.maxCallDepth,
    trackedLocals: trackedLocals(module, symbols, abort),
    maxMemory: limits.memory,
    maxTableEntries: maxTableEntries(limits.memory),
    growths: true,
  });
  const sites = new SiteTable(symbols, watched, isUser, openings);
  const abortSite = abort === undefined ? undefined : sites.bindFunction(abort);
  return {
    kind: 'ready',
    program: {
      artifact,
      module,
      symbols,
      instrumented: watched,
      sites,
      abortSite,
      functionNameOf: functionNames(module, symbols),
    },
    diagnostics,
  };
}

/** Statements of the user's own sources, and the entries of all other functions, so that each can have a breakpoint. */
function sitesOf(module: Module, statements: readonly Statement[]): readonly CodeOffset[] {
  const covered = new Set(statements.map(({ functionIndex }) => functionIndex));
  const entries = module.functions.flatMap(({ index, body }) => (body && !covered.has(index) ? [body.bodyStart] : []));
  return [...statements.map(({ offset }) => offset), ...entries];
}

function trackedLocals(
  module: Module,
  symbols: Symbols,
  abort: number | undefined,
): ReadonlyMap<number, readonly number[]> {
  const tracked = new Map<number, readonly number[]>();
  for (const { index } of module.functions) {
    const locals = index === abort ? ABORT_LOCALS : symbols.trackedLocals(index);
    if (locals.length > 0) tracked.set(index, locals);
  }
  return tracked;
}

/** The table is read when the first function pointer is shown. */
function functionNames(module: Module, symbols: Symbols): Program['functionNameOf'] {
  let table: ReadonlyMap<number, number> | undefined;
  return (tableIndex) => {
    table ??= readFunctionTable(module);
    const index = table.get(tableIndex);
    return index === undefined ? undefined : symbols.functionName(index);
  };
}

function memoized<K, V>(compute: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>();
  return (key) => {
    const value = known.get(key) ?? compute(key);
    known.set(key, value);
    return value;
  };
}

/** AssemblyScript sets its globals up in `_start`: an export that is called on its own needs that first. */
export function completeEntry(entry: GuestOptions['entry'], { language }: Artifact): GuestOptions['entry'] {
  return entry.kind === 'call' && language === 'assemblyscript' ? { ...entry, initialize: '_start' } : entry;
}

/** A source the user can look at and call his own: stepping stops there. */
function isUserSource(symbols: Symbols, index: number): boolean {
  const source = symbols.sources[index];
  return source !== undefined && !source.library && (source.content !== undefined || existsSync(source.path));
}
