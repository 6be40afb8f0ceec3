/**
 * Who can call whom, and from it how few checks suffice. A check is where the clock is compared with the limit;
 * between two of them no more than `longest` instructions may run. Every loop head has one. Recursion needs one on the
 * way down (function entries) and one on the way up (after calls), since unwinding a deep recursion passes neither
 * entry nor loop. A function that cannot reach itself needs none: what it runs unchecked is bounded, and counts for
 * its callers.
 */
import type { Module } from '../wasm/module.ts';
import type { FunctionCode } from './functionCode.ts';

/** A function whose unchecked stretch would be longer gets checks of its own. */
const STRETCH_LIMIT = 20_000;
/** Functions of a recursion up to this length leave the checks to those that they call and are called by. */
const EXEMPT_LENGTH = 64;

export interface CallGraph {
  /** Is it on every, or the only, way by which some function can call itself? Then it checks the depth. */
  checksDepth(functionIndex: number): boolean;
  checkedAtEntry(functionIndex: number): boolean;
  /** Is a check needed after this call? */
  checkedAfter(caller: number, callee: number | undefined): boolean;
  /** Longest stretch of instructions between two checks. */
  readonly longest: number;
  /**
   * Positions of functions, each after those that it calls (but for recursion). One past the last stands for indirect
   * calls.
   */
  readonly calleesFirst: readonly number[];
  /** Most frames of functions that are not recursive that can lie on top of each other without one that is. */
  readonly longestAcyclicPath: number;
}

export function callGraph(module: Module, codes: readonly FunctionCode[]): CallGraph {
  const edges = new Edges(module, codes);
  const components = stronglyConnected(edges);
  return new CheckedGraph(codes, edges, components);
}

/**
 * Nodes are defined functions by their position in `codes`, and one more that stands for every call through a table or
 * reference: it leads to all functions whose reference anyone can have.
 */
class Edges {
  readonly imported: number;
  readonly indirect: number;
  readonly targets: readonly (readonly number[])[];

  constructor(module: Module, codes: readonly FunctionCode[]) {
    this.imported = module.functions.length - codes.length;
    this.indirect = codes.length;
    const referenced = new Set(module.referencedFunctions);
    for (const code of codes) for (const index of code.references) referenced.add(index);
    // A host that holds an export may put it into a table that it can reach.
    const hostTables = module.tables.some((table) => table.imported) || module.exports.some((e) => e.kind === 'table');
    if (hostTables) for (const entry of module.exports) if (entry.kind === 'function') referenced.add(entry.index);
    this.targets = [
      ...codes.map((code) =>
        [...new Set(code.calls.map((call) => this.node(call.callee)))].filter((node) => node >= 0),
      ),
      [...referenced].map((index) => this.node(index)).filter((node) => node >= 0),
    ];
  }

  /** -1 for imported functions. */
  node(functionIndex: number | undefined): number {
    return functionIndex === undefined ? this.indirect : functionIndex - this.imported;
  }
}

interface Components {
  /** Component of each node; a component's number is larger than those of all that it calls. */
  readonly of: Int32Array;
  readonly cyclic: readonly boolean[];
  /** Nodes in such an order that callees outside of the own component come first. */
  readonly order: readonly number[];
}

/** Tarjan's algorithm with a stack of its own: call chains in real modules are deeper than JavaScript's. */
function stronglyConnected(edges: Edges): Components {
  const size = edges.targets.length;
  const index = new Int32Array(size).fill(-1);
  const low = new Int32Array(size);
  const of = new Int32Array(size).fill(-1);
  const cyclic: boolean[] = [];
  const order: number[] = [];
  const open: number[] = [];
  let next = 0;

  const enter = (node: number): Visit => {
    index[node] = low[node] = next++;
    open.push(node);
    return { node, edge: 0 };
  };
  const leave = (node: number): void => {
    if (low[node] !== index[node]) return;
    const members = open.splice(open.lastIndexOf(node));
    for (const member of members) {
      of[member] = cyclic.length;
      order.push(member);
    }
    cyclic.push(members.length > 1 || (edges.targets[node] ?? []).includes(node));
  };

  for (let root = 0; root < size; root++) {
    if (index[root] !== -1) continue;
    const path = [enter(root)];
    for (let visit = path.at(-1); visit; visit = path.at(-1)) {
      const target = edges.targets[visit.node]?.[visit.edge++];
      if (target === undefined) {
        path.pop();
        leave(visit.node);
        const parent = path.at(-1)?.node;
        if (parent !== undefined) low[parent] = Math.min(low[parent] ?? 0, low[visit.node] ?? 0);
      } else if (index[target] === -1) path.push(enter(target));
      else if (of[target] === -1) low[visit.node] = Math.min(low[visit.node] ?? 0, index[target] ?? 0);
    }
  }
  return { of, cyclic, order };
}

interface Visit {
  readonly node: number;
  edge: number;
}

function callersAmong(edges: Edges, of: ReadonlySet<number>): ReadonlyMap<number, readonly number[]> {
  const callers = new Map<number, number[]>();
  edges.targets.forEach((targets, caller) => {
    for (const target of targets) {
      if (!of.has(target)) continue;
      const known = callers.get(target) ?? [];
      callers.set(target, known);
      known.push(caller);
    }
  });
  return callers;
}

class CheckedGraph implements CallGraph {
  readonly longest: number;
  readonly longestAcyclicPath: number;
  readonly calleesFirst: readonly number[];
  readonly #edges: Edges;
  readonly #components: Components;
  /**
   * Most instructions that run between checks from a function's entry to its return, callees without checks of their
   * own included.
   */
  readonly #stretch: Float64Array;
  readonly #large: Uint8Array;
  /** 1: on a cycle, but its neighbours check. */
  readonly #exempt: Uint8Array;

  constructor(codes: readonly FunctionCode[], edges: Edges, components: Components) {
    this.#edges = edges;
    this.#components = components;
    this.calleesFirst = components.order;
    this.#stretch = new Float64Array(codes.length + 1);
    this.#large = new Uint8Array(codes.length + 1);
    this.#exempt = new Uint8Array(codes.length + 1);
    this.#exemptSmall(codes);
    const path = new Float64Array(codes.length + 1);
    let longest = 0;
    for (const node of components.order) {
      const code = codes[node];
      if (code) this.#measure(node, code);
      path[node] = this.#acyclicPath(node, path);
      longest = Math.max(longest, this.#stretch[node] ?? 0);
    }
    // Before a check and after one: both belong to one stretch, as the clock is charged ahead of a run.
    this.longest = 2 * (longest + EXEMPT_LENGTH) + 2;
    this.longestAcyclicPath = path.reduce((most, length) => Math.max(most, length), 0);
  }

  checksDepth(functionIndex: number): boolean {
    return this.#recursive(this.#edges.node(functionIndex));
  }

  checkedAtEntry(functionIndex: number): boolean {
    const node = this.#edges.node(functionIndex);
    return this.#recursive(node) || this.#large[node] === 1;
  }

  checkedAfter(caller: number, callee: number | undefined): boolean {
    return this.#checked(this.#edges.node(caller), this.#edges.node(callee));
  }

  #measure(node: number, code: FunctionCode): void {
    let stretch = code.count;
    for (const call of code.calls) stretch += this.#uncheckedStretch(node, this.#edges.node(call.callee));
    if (stretch > STRETCH_LIMIT) {
      this.#large[node] = 1;
      stretch = code.count;
    }
    this.#stretch[node] = stretch;
  }

  #uncheckedStretch(caller: number, callee: number): number {
    return callee < 0 || this.#checked(caller, callee) ? 0 : (this.#stretch[callee] ?? 0);
  }

  #checked(caller: number, callee: number): boolean {
    if (callee < 0) return false;
    if (callee === this.#edges.indirect || this.#large[caller] === 1) return true;
    if (this.#exempt[caller] === 1) return false;
    return this.#cyclic(callee) && this.#components.of[caller] === this.#components.of[callee];
  }

  #cyclic(node: number): boolean {
    return this.#components.cyclic[this.#components.of[node] ?? -1] ?? false;
  }

  #recursive(node: number): boolean {
    return this.#cyclic(node) && this.#exempt[node] !== 1;
  }

  /**
   * Of two that call each other one check is enough. Small functions, unless neighbours, go without: what is left has
   * a check on every cycle. An abort that uses the same helpers as everybody does not make those pay.
   */
  #exemptSmall(codes: readonly FunctionCode[]): void {
    const neighbours = new Set<number>();
    const small = codes
      .map((code, node) => ({ node, count: code.count }))
      .filter(({ node, count }) => {
        return count <= EXEMPT_LENGTH && this.#cyclic(node);
      });
    const callers = callersAmong(this.#edges, new Set(small.map(({ node }) => node)));
    for (const { node } of small.sort((a, b) => a.count - b.count)) {
      const targets = this.#edges.targets[node] ?? [];
      const mates = targets.filter((target) => this.#components.of[target] === this.#components.of[node]);
      if (neighbours.has(node) || mates.includes(node) || mates.includes(this.#edges.indirect)) continue;
      if (mates.some((mate) => this.#exempt[mate] === 1)) continue;
      if (callers.get(node)?.includes(this.#edges.indirect)) continue;
      this.#exempt[node] = 1;
      for (const mate of [...mates, ...(callers.get(node) ?? [])]) neighbours.add(mate);
    }
  }

  #acyclicPath(node: number, path: Float64Array): number {
    if (this.#recursive(node)) return 0;
    let deepest = 0;
    for (const target of this.#edges.targets[node] ?? []) deepest = Math.max(deepest, path[target] ?? 0);
    return deepest + 1;
  }
}
