/**
 * The debug adapter: one line a request says which handler answers it and in which states it is allowed.
 * Dispatch makes every answer and every error response; handlers return a body or throw a `ProtocolError`.
 */
import { DebugSession, Event, Response } from '@vscode/debugadapter';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { BreakpointRequests } from './breakpointRequests.ts';
import { capabilities } from './capabilities.ts';
import { errors, ProtocolError } from './errors.ts';
import { Inspection } from './inspection.ts';
import { OutputFlood } from './outputFlood.ts';
import { Positions } from './positions.ts';
import { RequestArguments } from './requestArguments.ts';
import { type Phase, Session } from './session.ts';

interface Handler {
  readonly in: readonly Phase[];
  readonly handle: (args: RequestArguments) => unknown;
}

const ANY: readonly Phase[] = ['new', 'initialized', 'preparing', 'ready', 'running', 'stopped', 'ended'];
const LIVE: readonly Phase[] = ['initialized', 'preparing', 'ready', 'running', 'stopped', 'ended'];
const STARTED: readonly Phase[] = ['preparing', 'ready', 'running', 'stopped', 'ended'];
const STOPPED: readonly Phase[] = ['stopped'];

export class Adapter extends DebugSession {
  readonly #session: Session;
  readonly #outputs: OutputFlood;
  readonly #handlers: ReadonlyMap<string, Handler>;
  readonly #close: () => void;

  /** `close` ends the connection (and the process, when it serves just one). */
  constructor(close: () => void) {
    super();
    // The base class would end the process with the first connection; `close` says what ends.
    this.setRunAsServer(true);
    this.#close = close;
    const outputs = new OutputFlood((event, body) => this.sendEvent(new Event(event, body)));
    const session = new Session((event, body) => outputs.send(event, body));
    this.#outputs = outputs;
    const breakpoints = new BreakpointRequests(session);
    const inspection = new Inspection(session);
    this.#session = session;
    this.#handlers = new Map<string, Handler>([
      ['initialize', { in: ['new'], handle: (args) => this.#initialize(args) }],
      ['launch', { in: ['initialized'], handle: (args) => session.launch(args) }],
      [
        'attach',
        {
          in: ANY,
          handle: () => {
            throw errors.attach();
          },
        },
      ],
      ['setBreakpoints', { in: LIVE, handle: (args) => breakpoints.setLines(args) }],
      ['setFunctionBreakpoints', { in: LIVE, handle: (args) => breakpoints.setFunctions(args) }],
      ['setExceptionBreakpoints', { in: LIVE, handle: (args) => breakpoints.setExceptions(args) }],
      ['breakpointLocations', { in: LIVE, handle: (args) => breakpoints.locations(args) }],
      [
        'configurationDone',
        { in: ['initialized', 'preparing', 'ready', 'ended'], handle: () => session.configurationDone() },
      ],
      ['threads', { in: LIVE, handle: () => session.threads() }],
      ['stackTrace', { in: STOPPED, handle: (args) => inspection.stackTrace(args) }],
      ['scopes', { in: STOPPED, handle: (args) => inspection.scopes(args) }],
      ['variables', { in: STOPPED, handle: (args) => inspection.variables(args) }],
      ['evaluate', { in: LIVE, handle: (args) => inspection.evaluate(args) }],
      ['exceptionInfo', { in: STOPPED, handle: () => inspection.exceptionInfo() }],
      ['source', { in: STARTED, handle: (args) => inspection.source(args) }],
      ['loadedSources', { in: STARTED, handle: () => inspection.loadedSources() }],
      ['continue', { in: STOPPED, handle: () => session.continue() }],
      ['next', { in: STOPPED, handle: () => session.step('over') }],
      ['stepIn', { in: STOPPED, handle: () => session.step('into') }],
      ['stepOut', { in: STOPPED, handle: () => session.step('out') }],
      ['stepBack', { in: STOPPED, handle: () => session.travel((run) => run.stepBack()) }],
      ['reverseContinue', { in: STOPPED, handle: () => session.travel((run) => run.reverse()) }],
      ['restartFrame', { in: STOPPED, handle: (args) => inspection.restartFrame(args) }],
      [
        'wasm-sandbox/runToInstant',
        {
          in: STOPPED,
          handle: (args) => {
            const instant = args.number('instant');
            session.travel((run) => run.goto(instant));
          },
        },
      ],
      ['pause', { in: ['running', 'stopped'], handle: () => session.pause() }],
      ['restart', { in: STARTED, handle: (args) => session.restart(args) }],
      ['terminate', { in: ANY, handle: () => session.terminate() }],
      ['disconnect', { in: ANY, handle: () => session.close() }],
    ]);
    // Messages that are no JSON arrive here; the connection goes on.
    this.on('error', (event: DebugProtocol.Event) => console.error(String(event.body ?? event.event)));
    this.on('close', () => void this.close());
  }

  /** Ends the guest, then the connection. */
  async close(): Promise<void> {
    await this.#session.close();
    this.#outputs.close();
    this.#close();
  }

  protected override dispatchRequest(request: DebugProtocol.Request): void {
    void this.#answer(request);
  }

  async #answer(request: DebugProtocol.Request): Promise<void> {
    const response = new Response(request);
    const command = String(request.command);
    try {
      const handler = this.#handlers.get(command);
      if (handler === undefined) throw errors.unknownRequest(command);
      const { phase } = this.#session;
      if (!handler.in.includes(phase)) throw errors.wrongState(command, phase, handler.in);
      const body = await handler.handle(new RequestArguments(command, request.arguments));
      if (body !== undefined) Object.assign(response, { body });
    } catch (error) {
      refuse(response, error);
    }
    this.#outputs.flush();
    this.sendResponse(response);
    if (!response.success) return;
    if (command === 'initialize') this.sendEvent(new Event('initialized'));
    if (command === 'disconnect') this.#close();
  }

  #initialize(args: RequestArguments): DebugProtocol.Capabilities {
    const startsAt1 = (name: string) => args.raw[name] !== false;
    const positions = new Positions(startsAt1('linesStartAt1'), startsAt1('columnsStartAt1'));
    this.#session.initialized(positions);
    return capabilities;
  }
}

function refuse(response: Response, error: unknown): void {
  const { id, message, showUser, code } = error instanceof ProtocolError ? error : errors.internal(describe(error));
  if (!(error instanceof ProtocolError)) console.error(error);
  response.success = false;
  Object.assign(response, {
    message,
    body: { error: { id, format: escapeFormat(message), showUser, variables: { code } } },
  });
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** DAP replaces `{name}` in a message's format by variables; ours has none. */
function escapeFormat(message: string): string {
  return message.replaceAll('{', '(').replaceAll('}', ')');
}
