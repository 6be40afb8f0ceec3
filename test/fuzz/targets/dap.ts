/**
 * Messages to the debug adapter, in any order and with any arguments: each request is answered, and the adapter lives. One
 * adapter takes all inputs, until one of them ends it.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { repositoryFile } from '../../support/markers.ts';
import type { Random } from '../random.ts';
import type { Target } from '../target.ts';
import { decode, encode } from '../textMutations.ts';

const COMMANDS = [
  'initialize',
  'launch',
  'attach',
  'configurationDone',
  'setBreakpoints',
  'setFunctionBreakpoints',
  'setExceptionBreakpoints',
  'setInstructionBreakpoints',
  'breakpointLocations',
  'threads',
  'stackTrace',
  'scopes',
  'variables',
  'evaluate',
  'setVariable',
  'source',
  'next',
  'stepIn',
  'stepOut',
  'continue',
  'stepBack',
  'reverseContinue',
  'restartFrame',
  'wasm-sandbox/runToInstant',
  'pause',
  'restart',
  'readMemory',
  'exceptionInfo',
  'completions',
  'cancel',
  'fly',
  '__proto__',
  'constructor',
];
const NAMES =
  'threadId frameId variablesReference expression context source path breakpoints line column condition hitCondition logMessage name filters start count startFrame levels memoryReference offset sandbox program args env cwd function arguments sourceReference format instant record'.split(
    ' ',
  );
const VALUES: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1,
  2 ** 53,
  1e308,
  0.5,
  '',
  'x',
  '__proto__',
  '\u0000\u001b[31m',
  'a'.repeat(10_000),
  '/no/such/file.wasm',
  '('.repeat(5000),
  '*'.repeat(5000),
  [],
  {},
  [null],
  [[[]]],
];
const MOST_WAIT = 20_000;

interface Request {
  readonly command: unknown;
  readonly arguments?: unknown;
}

export function dap(): Target {
  let adapter: Adapter | undefined;
  return {
    bombs: [],
    mutate: (random) => encode(JSON.stringify(Array.from({ length: 1 + random.int(6) }, () => request(random)))),
    check: async (input) => {
      adapter ??= new Adapter();
      try {
        for (const each of JSON.parse(decode(input)) as Request[]) await adapter.ask(each);
      } catch (error) {
        adapter.end();
        adapter = undefined;
        throw error;
      }
    },
    end: () => adapter?.end(),
  };
}

function request(random: Random): Request {
  const command = random.chance(30) ? random.pick(VALUES) : random.pick(COMMANDS);
  return random.chance(8) ? { command } : { command, arguments: value(random, 3) };
}

function value(random: Random, depth: number): unknown {
  if (depth === 0 || random.chance(4)) return random.pick(VALUES);
  if (random.chance(5)) return Array.from({ length: random.int(4) }, () => value(random, depth - 1));
  return Object.fromEntries(
    Array.from({ length: random.int(6) }, () => [random.pick(NAMES), value(random, depth - 1)]),
  );
}

class Adapter {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, () => void>();
  #received = Buffer.alloc(0);
  #sent = 0;
  #ended: string | undefined;

  constructor() {
    this.#process = spawn(process.execPath, [repositoryFile('debug-adapter/main.ts')], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#process.stdout?.on('data', (bytes: Buffer) => this.#read(bytes));
    this.#process.stdin?.on('error', () => undefined);
    let errors = '';
    this.#process.stderr?.on('data', (bytes: Buffer) => {
      errors = (errors + bytes).slice(-2000);
    });
    this.#process.once('exit', (code, signal) => {
      this.#ended = `${signal ?? code} ${errors}`;
      for (const answered of this.#waiting.values()) answered();
    });
  }

  async ask(request: Request): Promise<void> {
    const seq = ++this.#sent;
    const text = JSON.stringify({ seq, type: 'request', ...request });
    let timer: NodeJS.Timeout | undefined;
    const answered = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), MOST_WAIT);
      this.#waiting.set(seq, () => resolve(true));
      if (this.#ended !== undefined) resolve(true);
    });
    this.#process.stdin?.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
    const came = await answered;
    clearTimeout(timer);
    this.#waiting.delete(seq);
    assert.equal(this.#ended, undefined, `the adapter ended at ${text.slice(0, 500)}`);
    assert.ok(came, `no answer to ${text.slice(0, 500)}`);
  }

  end(): void {
    this.#process.kill();
  }

  #read(bytes: Buffer): void {
    this.#received = Buffer.concat([this.#received, bytes]);
    for (;;) {
      const head = this.#received.indexOf('\r\n\r\n');
      if (head < 0) return;
      const length = Number(/Content-Length: (\d+)/.exec(this.#received.subarray(0, head).toString())?.[1]);
      if (this.#received.length < head + 4 + length) return;
      const message = JSON.parse(this.#received.subarray(head + 4, head + 4 + length).toString());
      this.#received = this.#received.subarray(head + 4 + length);
      if (message.type === 'response') this.#waiting.get(message.request_seq)?.();
    }
  }
}
