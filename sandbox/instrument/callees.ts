/**
 * What a caller may rely on when it calls a function directly, so that it need not save and restore more than that can
 * change.
 */
import type { Module } from '../wasm/module.ts';
import type { Opcode } from '../wasm/opcodes.ts';
import type { CallGraph } from './callGraph.ts';
import { type FixedCost, fixedCost } from './fixedCost.ts';
import type { FunctionCode } from './functionCode.ts';
import type { InstrumentOptions } from './instrumented.ts';
import type { SitePlan } from './sites.ts';

export interface Callee {
  /** Known instructions a call: the caller counts them, the function itself does not touch the clock. */
  readonly fixed: FixedCost | undefined;
  /** Can the hook be called while it runs? Then flags may be others afterwards. */
  readonly mayStop: boolean;
  /** Does it put another depth into the global? */
  readonly writesDepth: boolean;
  /** Does it run without anybody asking for clock or depth meanwhile? Then they need not be published. */
  readonly silent: boolean;
}

/** Of imported functions and calls through tables nothing is known. */
const UNKNOWN: Callee = { fixed: undefined, mayStop: true, writesDepth: true, silent: false };

export class Callees {
  readonly #imported: number;
  readonly #callees: Callee[];

  constructor(module: Module, codes: readonly FunctionCode[], context: CalleeContext) {
    this.#imported = module.functions.length - codes.length;
    this.#callees = codes.map(() => UNKNOWN);
    const outside = calledFromOutside(module, codes);
    const fixable = context.options.clock === 'exact' && !codes.some((code) => code.hasTryTable);
    for (const position of context.graph.calleesFirst) {
      const code = codes[position];
      if (!code) continue;
      const fixed = fixable && !outside.has(code.fn.index) ? this.#fixedCost(code, context) : undefined;
      // What is called on the way to a trap never comes back to our caller.
      const callees = fixed?.callees ?? code.calls.map(({ callee }) => callee);
      const mayStop = this.#mayStop(position, code, context) || callees.some((callee) => this.of(callee).mayStop);
      this.#callees[position] = {
        fixed,
        mayStop,
        writesDepth: callees.length > 0,
        silent: fixed !== undefined && !mayStop && code.calls.length === 0 && !code.opcodes.some(traps),
      };
    }
  }

  of(functionIndex: number | undefined): Callee {
    return (functionIndex === undefined ? undefined : this.#callees[functionIndex - this.#imported]) ?? UNKNOWN;
  }

  #fixedCost(code: FunctionCode, { graph }: CalleeContext): FixedCost | undefined {
    if (graph.checkedAtEntry(code.fn.index)) return undefined;
    return fixedCost(code, (callee) => this.of(callee).fixed?.total);
  }

  /** In itself, callees aside. */
  #mayStop(position: number, code: FunctionCode, { graph, options, sitePlan }: CalleeContext): boolean {
    const checked = options.checks === true && (code.loopHeads > 0 || graph.checkedAtEntry(code.fn.index));
    const hasSites = sitePlan.first[position] !== sitePlan.first[position + 1];
    const grows = options.growths === true && code.growths.length > 0;
    return checked || hasSites || grows;
  }
}

/**
 * Whoever calls without knowing the function (the host, through a table, or the caller of one that ends in a tail
 * call) relies on the clock in the global.
 */
function calledFromOutside(module: Module, codes: readonly FunctionCode[]): ReadonlySet<number> {
  const outside = new Set(module.referencedFunctions);
  for (const { references, calls } of codes) {
    for (const index of references) outside.add(index);
    for (const { callee, tail } of calls) if (tail && callee !== undefined) outside.add(callee);
  }
  for (const entry of module.exports) if (entry.kind === 'function') outside.add(entry.index);
  if (module.start !== undefined) outside.add(module.start);
  return outside;
}

function traps({ control }: Opcode): boolean {
  return control === 'unreachable';
}

export interface CalleeContext {
  readonly graph: CallGraph;
  readonly options: InstrumentOptions;
  readonly sitePlan: SitePlan;
}
