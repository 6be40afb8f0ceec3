/**
 * A debug session over the real adapter process, written down as it goes: requests, stops with their stack and
 * variables, output. Tests read like what a person does; the transcript is compared with a golden file.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { DebugClient } from '@vscode/debugadapter-testsupport';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { markedLine, repositoryFile } from './markers.ts';

type Event = DebugProtocol.Event;

type Movement = 'next' | 'stepIn' | 'stepOut' | 'continue' | 'stepBack' | 'reverseContinue';

/** Longer arrays are cut in transcripts. */
const MOST_CHILDREN = 6;

export class TestSession {
  readonly client: DebugClient;
  readonly transcript: string[] = [];
  readonly events: Event[] = [];
  readonly #waiting: { readonly matches: (event: Event) => boolean; readonly resolve: (event: Event) => void }[] = [];
  #next = 0;

  private constructor(client: DebugClient) {
    this.client = client;
    for (const name of [
      'initialized',
      'stopped',
      'continued',
      'output',
      'breakpoint',
      'capabilities',
      'exited',
      'terminated',
      'thread',
      'process',
    ]) {
      client.on(name, (event: Event) => this.#arrived(event));
    }
    for (const name of ['diagnostics', 'limit', 'usage', 'violation']) {
      client.on(`wasm-sandbox/${name}`, (event: Event) => this.#arrived(event));
    }
  }

  /** An adapter that has answered `initialize`. */
  static async open(): Promise<TestSession> {
    const adapter = process.env.DEBUG_ADAPTER ?? repositoryFile('debug-adapter/main.ts');
    const client = new DebugClient(process.execPath, adapter, 'wasm-sandbox', undefined, true);
    await client.start();
    client.defaultTimeout = 60_000;
    const session = new TestSession(client);
    await client.initializeRequest({
      adapterID: 'wasm-sandbox',
      linesStartAt1: true,
      columnsStartAt1: true,
      pathFormat: 'path',
    });
    return session;
  }

  /** Opens, launches and runs up to the first stop or the end. `breakpoints`: markers by file. */
  static async launch(
    args: object,
    breakpoints: Readonly<Record<string, readonly string[]>> = {},
  ): Promise<TestSession> {
    const session = await TestSession.open();
    const launched = session.client.launchRequest(args as DebugProtocol.LaunchRequestArguments);
    launched.catch(() => {});
    for (const [file, markers] of Object.entries(breakpoints)) await session.setBreakpoints(file, markers);
    await session.client.configurationDoneRequest();
    await launched;
    return session;
  }

  async setBreakpoints(file: string, markers: readonly string[]): Promise<DebugProtocol.Breakpoint[]> {
    const lines = markers.map((marker) => markedLine(file, marker));
    const { body } = await this.client.setBreakpointsRequest({
      source: { path: file },
      breakpoints: lines.map((line) => ({ line })),
    });
    const bound = body.breakpoints.map(
      (breakpoint, index) =>
        `${markers[index]} ${breakpoint.verified ? textAt(file, breakpoint.line ?? 0) : breakpoint.message}`,
    );
    this.#note(`-> setBreakpoints ${basename(file)}`, bound);
    return body.breakpoints;
  }

  /** The next event of a kind that has not been taken yet. */
  event(name: string, matches: (event: Event) => boolean = () => true): Promise<Event> {
    const wanted = (event: Event) => event.event === name && matches(event);
    for (; this.#next < this.events.length; this.#next++) {
      const event = this.events[this.#next];
      if (event !== undefined && wanted(event)) {
        this.#next++;
        return Promise.resolve(event);
      }
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`no "${name}" event came; transcript:\n${this.transcript.join('\n')}`)),
        60_000,
      );
      this.#waiting.push({
        matches: wanted,
        resolve: (event) => {
          clearTimeout(timer);
          resolve(event);
        },
      });
    });
  }

  /** Waits for a stop and writes down its reason, its stack and the variables of the top frame. */
  async stopped(depth = 1): Promise<void> {
    const { body } = await this.event('stopped');
    this.#note(`<- stopped ${body.reason}${body.text === undefined ? '' : `: ${body.text}`}`);
    const frames = await this.stack();
    this.#note('   stack', frames.map(frameText));
    for (const frame of frames.slice(0, depth)) this.#note(`   locals of ${frame.name}`, await this.locals(frame.id));
  }

  async stack(): Promise<DebugProtocol.StackFrame[]> {
    return (await this.client.stackTraceRequest({ threadId: 1 })).body.stackFrames;
  }

  /** Each variable of the first scope as `name = value`, structs and arrays one level deep. */
  async locals(frameId: number): Promise<string[]> {
    const { scopes } = (await this.client.scopesRequest({ frameId })).body;
    const locals = scopes.find(({ name }) => name === 'Locals');
    return locals === undefined ? [] : this.#children(locals.variablesReference, 1, '');
  }

  async evaluate(expression: string, frameId?: number): Promise<string> {
    const frame = frameId ?? (await this.stack())[0]?.id;
    const shown = await this.client
      .evaluateRequest({ expression, context: 'watch', ...(frame === undefined ? {} : { frameId: frame }) })
      .then(
        ({ body }) => body.result,
        (error: Error) => `error: ${error.message}`,
      );
    this.#note(`-> evaluate ${expression}`, [shown]);
    return shown;
  }

  async next(): Promise<void> {
    await this.#execute('next');
  }

  async stepIn(): Promise<void> {
    await this.#execute('stepIn');
  }

  async stepOut(): Promise<void> {
    await this.#execute('stepOut');
  }

  async continue(): Promise<void> {
    await this.#execute('continue');
  }

  async stepBack(): Promise<void> {
    await this.#execute('stepBack');
  }

  async reverseContinue(): Promise<void> {
    await this.#execute('reverseContinue');
  }

  /** Waits for the end of the program and writes down its exit code and its output. */
  async ended(): Promise<number> {
    const { body } = await this.event('exited');
    await this.event('terminated');
    this.#note(`<- exited ${body.exitCode}`, this.output().trimEnd().split('\n'));
    return body.exitCode;
  }

  output(category = 'stdout'): string {
    return this.events
      .filter((event) => event.event === 'output' && event.body.category === category)
      .map((event) => event.body.output)
      .join('');
  }

  text(): string {
    return `${this.transcript.join('\n')}\n`;
  }

  close(): Promise<void> {
    return this.client.stop();
  }

  /** Runs again from the start, with other arguments of `launch`. */
  async restart(args: object): Promise<void> {
    this.#next = this.events.length;
    await this.client.customRequest('restart', { arguments: args });
  }

  async #execute(command: Movement): Promise<void> {
    this.#note(`-> ${command}`);
    this.#next = this.events.length;
    await this.client.send(command, { threadId: 1 } as never);
  }

  async #children(reference: number, levels: number, indent: string): Promise<string[]> {
    const { variables } = (await this.client.variablesRequest({ variablesReference: reference })).body;
    const lines: string[] = [];
    for (const [index, { name, value, variablesReference }] of variables.entries()) {
      if (index === MOST_CHILDREN) return [...lines, `${indent}… ${variables.length - index} more`];
      lines.push(`${indent}${name} = ${value}`);
      if (levels > 0 && variablesReference > 0)
        lines.push(...(await this.#children(variablesReference, levels - 1, `${indent}  `)));
    }
    return lines;
  }

  #arrived(event: Event): void {
    const index = this.#waiting.findIndex(({ matches }) => matches(event));
    this.events.push(event);
    if (index < 0) return;
    this.#next = this.events.length;
    this.#waiting.splice(index, 1)[0]?.resolve(event);
  }

  #note(title: string, lines: readonly string[] = []): void {
    this.transcript.push(title, ...lines.map((line) => `     ${line}`));
  }
}

function frameText({ name, source, line }: DebugProtocol.StackFrame): string {
  const place =
    source?.path === undefined
      ? ''
      : ` ${basename(source.path)}: ${source.sourceReference ? '' : textAt(source.path, line)}`;
  return `${name}${place}`.trimEnd();
}

/** The text of a line (1-based): what a golden file shows instead of a number that changes. */
function textAt(file: string, line: number): string {
  return readFileSync(file, 'utf8').split('\n')[line - 1]?.trim() ?? '';
}
