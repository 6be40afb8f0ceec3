/** Requests that look at a stopped program: stack, scopes, variables, expressions, sources. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { DebugStop } from '../sandbox/debugger/debugStop.ts';
import type { DebugFrame } from '../sandbox/debugger/frames.ts';
import type { ScopeView, Shown } from '../sandbox/debugger/inspector.ts';
import { EvaluationError } from '../sandbox/symbols/evaluate.ts';
import type { Value } from '../sandbox/symbols/model.ts';
import { errors } from './errors.ts';
import { Handles } from './handles.ts';
import type { RequestArguments } from './requestArguments.ts';
import type { Session } from './session.ts';
import { exceptionOf } from './stopText.ts';

/** What a `variablesReference` stands for. */
type Container =
  | { readonly kind: 'scope'; readonly frame: DebugFrame; readonly scope: ScopeView }
  | { readonly kind: 'value'; readonly value: Value };

const DEEMPHASIZED = { presentationHint: 'deemphasize' } as const;

export class Inspection {
  readonly #session: Session;
  readonly #frames = new Handles<DebugFrame>(1000);
  readonly #containers = new Handles<Container>(1);
  /** Frame handles of the current stop, by position; dropped when the stop is left. */
  #known: { readonly stop: DebugStop; readonly ids: readonly number[] } | undefined;

  constructor(session: Session) {
    this.#session = session;
  }

  stackTrace(args: RequestArguments): DebugProtocol.StackTraceResponse['body'] {
    const stop = this.#stop();
    const ids = this.#idsOf(stop);
    const start = args.numberOr('startFrame') ?? 0;
    const levels = args.numberOr('levels') ?? 0;
    const end = levels === 0 ? stop.frames.length : start + levels;
    const stackFrames = stop.frames
      .slice(start, end)
      .map((frame, index) => this.#frameToDap(frame, ids[start + index] ?? 0));
    return { stackFrames, totalFrames: stop.frames.length };
  }

  scopes(args: RequestArguments): DebugProtocol.ScopesResponse['body'] {
    const { inspector } = this.#stop();
    const frame = this.#frame(args.number('frameId'));
    const scopes = inspector.scopes(frame).map((scope) => ({
      name: scope.name,
      variablesReference: this.#containers.add({ kind: 'scope', frame, scope }),
      namedVariables: scope.variables.length,
      expensive: scope.name === 'Globals',
      ...(scope.name === 'Locals' ? { presentationHint: 'locals' } : {}),
    }));
    return { scopes };
  }

  async variables(args: RequestArguments): Promise<DebugProtocol.VariablesResponse['body']> {
    const { inspector } = this.#stop();
    const container = this.#containers.get(args.number('variablesReference'));
    if (container === undefined) throw errors.staleReference('variable');
    const count = args.numberOr('count') ?? 0;
    const start = args.numberOr('start') ?? 0;
    const range = count > 0 || start > 0 ? { start, count: count === 0 ? Number.MAX_SAFE_INTEGER : count } : undefined;
    const display = displayOptions(args);
    const shown =
      container.kind === 'value'
        ? await inspector.children(container.value, range, display)
        : await inspector.variables(
            container.frame,
            container.scope.variables.slice(range?.start ?? 0, range && range.start + range.count),
            display,
          );
    return { variables: shown.map((variable) => this.#variableToDap(variable)) };
  }

  async evaluate(args: RequestArguments): Promise<DebugProtocol.EvaluateResponse['body']> {
    const expression = args.text('expression');
    const context = args.textOr('context');
    if (this.#session.phase === 'running' && context === 'repl') return this.#typeIntoProgram(expression);
    const { inspector, frames } = this.#stop();
    const frameId = args.numberOr('frameId');
    const frame = frameId === undefined ? frames[0] : this.#frame(frameId);
    try {
      const { rendered, value } = await inspector.evaluate(expression, frame, displayOptions(args));
      return { result: rendered.text, type: rendered.type, ...this.#childrenOf(value, rendered) };
    } catch (error) {
      if (error instanceof EvaluationError) throw errors.evaluation(error.message);
      throw error;
    }
  }

  /** Back to the first line of a call that is under way. */
  restartFrame(args: RequestArguments): void {
    const { depth } = this.#frame(args.number('frameId')).guest;
    this.#session.travel((run) => run.restart(depth));
  }

  exceptionInfo(): DebugProtocol.ExceptionInfoResponse['body'] {
    return exceptionOf(this.#stop());
  }

  source(args: RequestArguments): DebugProtocol.SourceResponse['body'] {
    const inside = args.recordOr('source')?.numberOr('sourceReference');
    const reference = inside === undefined || inside === 0 ? args.number('sourceReference') : inside;
    const content = this.#session.sources.get(reference)?.content;
    if (content === undefined) throw errors.unknownSource();
    return { content };
  }

  loadedSources(): DebugProtocol.LoadedSourcesResponse['body'] {
    return { sources: this.#session.allSources().map((source) => this.#session.sources.toDap(source)) };
  }

  /** What is typed into the Debug Console while the program runs is a line of its standard input. */
  #typeIntoProgram(line: string): DebugProtocol.EvaluateResponse['body'] {
    if (this.#session.run?.live === false) throw errors.inThePast();
    this.#session.run?.stdin(new TextEncoder().encode(`${line}\n`));
    return { result: '', variablesReference: 0 };
  }

  #stop(): DebugStop {
    const stop = this.#session.run?.stop;
    if (stop === undefined) throw errors.notStopped();
    return stop;
  }

  #idsOf(stop: DebugStop): readonly number[] {
    if (this.#known?.stop !== stop) {
      this.#frames.clear();
      this.#containers.clear();
      this.#known = { stop, ids: stop.frames.map((frame) => this.#frames.add(frame)) };
    }
    return this.#known.ids;
  }

  #frame(id: number): DebugFrame {
    this.#idsOf(this.#stop());
    const frame = this.#frames.get(id);
    if (frame === undefined) throw errors.staleReference('frame');
    return frame;
  }

  #frameToDap(frame: DebugFrame, id: number): DebugProtocol.StackFrame {
    const { positions, sources } = this.#session;
    const { location } = frame;
    return {
      id,
      name: frame.inlined ? `${frame.name} [inlined]` : frame.name,
      line: location ? positions.lineToClient(location.line) : 0,
      column: location ? positions.columnToClient(location.column) : 0,
      instructionPointerReference: `0x${frame.guest.offset.toString(16)}`,
      // VS Code tells about an exception at the first frame whose source is not deemphasized, if that is the one it shows.
      ...(location ? { source: { ...sources.toDap(location.source), ...(frame.library ? DEEMPHASIZED : {}) } } : {}),
      ...(frame.library ? { presentationHint: 'subtle' as const } : {}),
    };
  }

  #variableToDap({ name, value, rendered }: Shown): DebugProtocol.Variable {
    return { name, value: rendered.text, type: rendered.type, ...this.#childrenOf(value, rendered) };
  }

  #childrenOf(
    value: Value,
    { named, indexed }: Shown['rendered'],
  ): Pick<DebugProtocol.Variable, 'variablesReference' | 'namedVariables' | 'indexedVariables'> {
    if (named + indexed === 0) return { variablesReference: 0 };
    const variablesReference = this.#containers.add({ kind: 'value', value });
    return {
      variablesReference,
      ...(named > 0 ? { namedVariables: named } : {}),
      ...(indexed > 0 ? { indexedVariables: indexed } : {}),
    };
  }
}

function displayOptions(args: RequestArguments): { hex: boolean } {
  return { hex: args.recordOr('format')?.flag('hex') ?? false };
}
