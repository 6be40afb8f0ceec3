/** Everything that is decided about a module before its first byte is rewritten. */
import { LIMITS } from '../wasm/limits.ts';
import { importedFunctionCount, type Module, readModule } from '../wasm/module.ts';
import { type Bounds, bounds } from './bounds.ts';
import { Callees } from './callees.ts';
import { type CallGraph, callGraph } from './callGraph.ts';
import { type FunctionCode, readFunctionCode } from './functionCode.ts';
import { type GrowthPlan, planGrowths } from './growths.ts';
import { InstrumentError } from './instrumentError.ts';
import { type InstrumentOptions, PROBE_EXPORTS, type ProbeLayout, type ShadowLayout } from './instrumented.ts';
import { frameCapacity, probeLayout, shadowLayout } from './layout.ts';
import { planSites, type SitePlan } from './sites.ts';

export interface Plan {
  readonly module: Module;
  readonly options: InstrumentOptions;
  readonly clock: 'none' | 'exact' | 'brute';
  readonly codes: readonly FunctionCode[];
  readonly graph: CallGraph;
  readonly sitePlan: SitePlan;
  readonly growths: GrowthPlan;
  readonly bounds: Bounds;
  readonly callees: Callees;
  readonly probe: ProbeLayout;
  readonly shadow: ShadowLayout;
  readonly added: AddedIndices;
  /** Largest permitted value of the depth counter; undefined: no limit. */
  readonly maxDepth: number | undefined;
}

/** Indices of what is appended to each index space. */
export interface AddedIndices {
  readonly hookType: number;
  readonly stopType: number;
  readonly eventType: number;
  readonly stopFunction: number;
  readonly eventFunction: number;
  readonly table: number;
  readonly memory: number;
  readonly clock: number;
  readonly depth: number;
  /** undefined: growths are not told. */
  readonly asked: number | undefined;
}

export function makePlan(input: Module | Uint8Array, options: InstrumentOptions): Plan {
  const module = input instanceof Uint8Array ? readModule(input) : input;
  refuse(module, options);
  const codes = module.functions.flatMap((fn) => (fn.body ? [readFunctionCode(module, fn, fn.body)] : []));
  const graph = callGraph(module, codes);
  const sitePlan = planSites(codes, options);
  const growths = planGrowths(codes, options);
  const shadow = shadowLayout(module, options, (index) => canStopInside(codes, { sitePlan, growths }, index));
  const probe = probeLayout(sitePlan.sites.length, frameCapacity(options, graph.longestAcyclicPath), shadow);
  if (probe.pages > 65536) throw new InstrumentError('maxCallDepth is too large: the shadow frames would exceed 4 GiB');
  const { maxCallDepth } = options;
  return {
    module,
    options,
    clock: options.clock ?? 'none',
    codes,
    graph,
    sitePlan,
    growths,
    bounds: bounds(module, options),
    callees: new Callees(module, codes, { graph, options, sitePlan }),
    probe,
    shadow,
    added: addedIndices(module, options),
    maxDepth: maxCallDepth === undefined ? undefined : Math.min(maxCallDepth * shadow.stride, 0x7fff_0000),
  };
}

/** A function that has no site, calls no one and grows nothing is never on the stack while the guest is stopped. */
function canStopInside(
  codes: readonly FunctionCode[],
  { sitePlan, growths }: Pick<Plan, 'sitePlan' | 'growths'>,
  index: number,
): boolean {
  const position = index - (codes[0]?.fn.index ?? 0);
  if ((codes[position]?.calls.length ?? 0) > 0) return true;
  return [sitePlan, growths].some(({ first }) => first[position] !== first[position + 1]);
}

function addedIndices(module: Module, { growths }: InstrumentOptions): AddedIndices {
  const types = module.types.length;
  const functions = module.functions.length;
  const globals = module.globals.length;
  return {
    hookType: types,
    stopType: types + 1,
    eventType: types + 2,
    stopFunction: functions,
    eventFunction: functions + 1,
    table: module.tables.length,
    memory: module.memories.length,
    clock: globals,
    depth: globals + 1,
    asked: growths ? globals + 2 : undefined,
  };
}

/** What is appended to each index space must still be room for. Of globals, tables and memories, each is exported too. */
function refuseFull(module: Module): void {
  const { types, globals, tables, memories, exports } = module;
  const shared = globals.length + tables.length + memories.length;
  const counts: readonly (readonly [what: string, count: number, most: number])[] = [
    ['types', types.length + ADDED.types, LIMITS.types],
    ['functions', module.functions.length - importedFunctionCount(module) + ADDED.functions, LIMITS.functions],
    ['globals', globals.length + ADDED.globals, LIMITS.globals],
    ['tables', tables.length + ADDED.tables, LIMITS.tables],
    ['memories', memories.length + ADDED.memories, LIMITS.memories],
    ['exports', exports.length + shared + ADDED.exports, LIMITS.exports],
  ];
  for (const [what, count, most] of counts) {
    if (count <= most) continue;
    throw new InstrumentError(
      `The module is too large to be watched: with what is added to it, it would have ${count} ${what}, more than the ${most} that can run.`,
    );
  }
}

/** At most. */
const ADDED = { types: 3, functions: 2, globals: 3, tables: 1, memories: 1, exports: 6 } as const;

function refuse(module: Module, options: InstrumentOptions): void {
  refuseFull(module);
  if (options.checks && (options.clock ?? 'none') === 'none') throw new InstrumentError('checks need a clock');
  if (options.maxCallDepth !== undefined && !options.depth) throw new InstrumentError('maxCallDepth needs depth');
  if (options.trackedLocals && !options.depth) throw new InstrumentError('trackedLocals need depth');
  const taken = new Set<string>(Object.values(PROBE_EXPORTS));
  for (const { name } of module.exports) {
    const index = /^__ws_(?:memory|global|table)\d+$/.test(name);
    if (index || taken.has(name)) {
      throw new InstrumentError(
        `the module exports ${name}, a name kept for the debugger: is it instrumented already?`,
      );
    }
  }
}
