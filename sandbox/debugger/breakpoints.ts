/**
 * Breakpoints as the user set them, and the sites they are bound to once there is a program. They outlive a
 * run: a restart binds them again.
 */
import type { Program } from './program.ts';
import type { Sources } from './sources.ts';

/** What the user asked for. Lines and columns are 0-based. */
export interface LineRequest {
  readonly line: number;
  readonly column?: number;
  readonly rules: BreakpointRules;
}

export interface FunctionRequest {
  readonly name: string;
  readonly rules: BreakpointRules;
}

/** When a hit counts, in the order in which they are applied. */
export interface BreakpointRules {
  /** An expression in the source language. */
  readonly condition?: string;
  /** `5`, `>= 5`, `% 3`, …: compared with the number of hits so far. */
  readonly hitCondition?: string;
  /** Instead of stopping, print this; `{expression}` is evaluated. */
  readonly logMessage?: string;
}

export interface Breakpoint {
  /** 1-based, unique for the session. */
  readonly id: number;
  readonly rules: BreakpointRules;
  hits: number;
  /** When each of them was, of those with a hit condition: going back, they have the same numbers. */
  readonly hitInstants: number[];
  binding: Binding;
}

export type Binding =
  /** No program yet. */
  | { readonly kind: 'pending' }
  | {
      readonly kind: 'bound';
      readonly sites: readonly number[];
      readonly path: string;
      readonly line: number;
      readonly column: number;
    }
  /** `reason` is for the user. */
  | { readonly kind: 'unbound'; readonly reason: string };

type Bindable = Breakpoint & { readonly bind: (program: Program, sources: Sources) => Binding };

export class Breakpoints {
  readonly #lines = new Map<string, readonly Bindable[]>();
  #functions: readonly Bindable[] = [];
  #bySite = new Map<number, Breakpoint[]>();
  #program: { readonly program: Program; readonly sources: Sources } | undefined;
  #lastId = 0;

  /** Replaces the line breakpoints of one source file. */
  setLines(path: string, requests: readonly LineRequest[]): readonly Breakpoint[] {
    const breakpoints = requests.map((request) =>
      this.#create(request.rules, (program, sources) => bindLine(path, request, program, sources)),
    );
    this.#lines.set(path, breakpoints);
    this.#index();
    return breakpoints;
  }

  /** Replaces all function breakpoints. */
  setFunctions(requests: readonly FunctionRequest[]): readonly Breakpoint[] {
    this.#functions = requests.map((request) =>
      this.#create(request.rules, (program, sources) => bindFunction(request.name, program, sources)),
    );
    this.#index();
    return this.#functions;
  }

  /** Binds everything to a (new) program and forgets old hit counts. Returns all breakpoints. */
  bind(program: Program, sources: Sources): readonly Breakpoint[] {
    this.#program = { program, sources };
    const all = this.#all();
    for (const breakpoint of all) {
      breakpoint.hits = 0;
      breakpoint.hitInstants.length = 0;
      breakpoint.binding = breakpoint.bind(program, sources);
    }
    this.#index();
    return all;
  }

  /** Those bound to a site. */
  at(site: number): readonly Breakpoint[] {
    return this.#bySite.get(site) ?? [];
  }

  /** Every site that must stop the guest. */
  armed(): readonly number[] {
    return [...this.#bySite.keys()];
  }

  #create(rules: BreakpointRules, bind: Bindable['bind']): Bindable {
    this.#lastId++;
    const binding: Binding = this.#program ? bind(this.#program.program, this.#program.sources) : { kind: 'pending' };
    return { id: this.#lastId, rules, hits: 0, hitInstants: [], binding, bind };
  }

  #all(): readonly Bindable[] {
    return [...[...this.#lines.values()].flat(), ...this.#functions];
  }

  #index(): void {
    this.#bySite = new Map();
    for (const breakpoint of this.#all()) {
      if (breakpoint.binding.kind !== 'bound') continue;
      for (const site of breakpoint.binding.sites) {
        const there = this.#bySite.get(site);
        if (there === undefined) this.#bySite.set(site, [breakpoint]);
        else there.push(breakpoint);
      }
    }
  }
}

function bindLine(path: string, { line, column }: LineRequest, program: Program, sources: Sources): Binding {
  const candidates = sources.find(path);
  if (candidates.length === 0)
    return { kind: 'unbound', reason: 'This file is not part of the program that is being debugged.' };
  const bound = candidates
    .map((source) => program.sites.bindLine(source, line, column))
    .filter((place) => place !== undefined);
  const nearest = Math.min(...bound.map((place) => place.line));
  const places = bound.filter((place) => place.line === nearest);
  const [first] = places;
  if (first === undefined) return { kind: 'unbound', reason: 'There is no code on this line or after it.' };
  return { kind: 'bound', sites: places.flatMap((place) => place.sites), path, line: first.line, column: first.column };
}

function bindFunction(name: string, program: Program, sources: Sources): Binding {
  const { module, symbols, sites } = program;
  const named = module.functions.filter(({ index }) => matches(symbols.functionName(index), name));
  const found = named.map(({ index }) => sites.bindFunction(index)).filter((site) => site !== undefined);
  const [first] = found;
  if (first === undefined) return { kind: 'unbound', reason: `The program has no function named "${name}".` };
  const statement = sites.statementOf(first);
  const location = statement && sources.locate(symbols, statement);
  return {
    kind: 'bound',
    sites: found,
    path: location?.source.path ?? '',
    line: location?.line ?? 0,
    column: location?.column ?? 0,
  };
}

/** `len` finds `Point#len` and `geometry::len`; a full name finds itself. */
function matches(full: string | undefined, wanted: string): boolean {
  if (full === undefined) return false;
  const bare = full.replace(/^\$/, '').replace(/\(.*$/, '');
  return full === wanted || bare === wanted || bare.split(/[/#.]|::/).at(-1) === wanted;
}
