/**
 * Looking at a stopped guest: scopes of a frame, children of a value, expressions. Valid for one stop; every
 * answer is a promise because memory may have to be fetched first.
 */
import { evaluate, truth } from '../symbols/evaluate.ts';
import type { FrameState, Value, Variable } from '../symbols/model.ts';
import { children, type Rendered, render } from '../symbols/render.ts';
import { abortMessage } from './abort.ts';
import type { DebugFrame } from './frames.ts';
import type { Program } from './program.ts';
import type { StopContext } from './stopContext.ts';

/** A variable or a child, as it is shown. */
export interface Shown {
  readonly name: string;
  readonly value: Value;
  readonly rendered: Rendered;
}

export interface ScopeView {
  readonly name: 'Locals' | 'Globals';
  readonly variables: readonly Variable[];
}

export interface Range {
  readonly start: number;
  readonly count: number;
}

export interface DisplayOptions {
  readonly hex?: boolean;
}

export class Inspector {
  readonly #program: Program;
  readonly #context: StopContext;

  constructor(program: Program, context: StopContext) {
    this.#program = program;
    this.#context = context;
  }

  scopes(frame: DebugFrame): readonly ScopeView[] {
    const own = [...frame.scopes].reverse().flatMap((scope) => scope.variables);
    const globals = this.#program.symbols.globals();
    return [
      { name: 'Locals', variables: own },
      ...(globals.length > 0 ? [{ name: 'Globals' as const, variables: globals }] : []),
    ];
  }

  async variables(
    frame: DebugFrame,
    variables: readonly Variable[],
    options: DisplayOptions,
  ): Promise<readonly Shown[]> {
    const state = await this.#context.frame(frame.guest);
    return this.#answer(() =>
      variables.map((variable, index) => {
        const shadowed = variables.findLastIndex(({ name }) => name === variable.name) !== index;
        return this.#show(shadowed ? `${variable.name} (shadowed)` : variable.name, variable.read(state), options);
      }),
    );
  }

  children(value: Value, range: Range | undefined, options: DisplayOptions): Promise<readonly Shown[]> {
    const { memory } = this.#context;
    return this.#answer(() =>
      children(value, memory, range).map((child) => this.#show(child.name, child.value, options)),
    );
  }

  /** @throws {EvaluationError} what the expression lacks, in plain words */
  async evaluate(expression: string, frame: DebugFrame | undefined, options: DisplayOptions): Promise<Shown> {
    const scope = await this.#scopeOf(frame);
    return this.#answer(() => this.#show(expression, evaluate(expression, scope), options));
  }

  /** @throws {EvaluationError} */
  async isTrue(expression: string, frame: DebugFrame | undefined): Promise<boolean> {
    const scope = await this.#scopeOf(frame);
    return this.#answer(() => truth(evaluate(expression, scope), this.#context.memory));
  }

  /** What `abort` was called with, in its own frame. */
  async abortMessage(frame: DebugFrame): Promise<string> {
    const state = await this.#context.frame(frame.guest);
    return this.#answer(() => abortMessage(this.#program.symbols, state));
  }

  #show(name: string, value: Value, { hex = false }: DisplayOptions): Shown {
    const { functionNameOf } = this.#program;
    return { name, value, rendered: render(value, this.#context.memory, { hex, functionNameOf }) };
  }

  #answer<T>(question: () => T): Promise<T> {
    return this.#context.memory.answer(question);
  }

  async #scopeOf(frame: DebugFrame | undefined) {
    const { symbols } = this.#program;
    const globals = symbols.globals();
    const locals = frame?.scopes.flatMap((scope) => scope.variables) ?? [];
    const state: FrameState = await this.#context.frame(frame?.guest ?? { functionIndex: -1, offset: 0, depth: 0 });
    return {
      syntax: symbols.syntax,
      memory: this.#context.memory,
      lookup: (name: string) => (locals.find(named(name)) ?? globals.find(named(name)))?.read(state),
      names: () => [...locals, ...globals].map((variable) => variable.name),
      typeNamed: (name: string) => symbols.typeNamed(name),
      enumerationOf: (enumerator: string) => symbols.enumerationOf?.(enumerator),
    };
  }
}

const named = (name: string) => (variable: Variable) => variable.name === name;
