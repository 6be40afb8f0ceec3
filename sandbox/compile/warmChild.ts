/**
 * One child process that is kept alive between compilations, because loading a compiler costs far more than
 * running it. Requests are answered one after the other. A child never keeps its parent alive, ends when the
 * parent does, and is killed (and started anew for the next request) when a request is cancelled or hangs.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { type EntryName, entryFile } from './entryFile.ts';

/** What the parent sends, and what the child answers. */
export type ChildRequest = { readonly id: number; readonly payload: unknown };
export type ChildReply =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly error: string };

const cancelled = 'The compilation was cancelled.';

/** Why a request got no answer. */
export class ChildFailure extends Error {
  readonly reason: 'cancelled' | 'timeout' | 'crashed' | 'failed';

  constructor(reason: ChildFailure['reason'], message: string) {
    super(message);
    this.name = 'ChildFailure';
    this.reason = reason;
  }
}

/** An idle compiler holds some 300 MB: after this many milliseconds it is let go. */
const idleTimeout = 10 * 60_000;

export class WarmChild {
  readonly #entry: EntryName;
  readonly #timeout: number;
  #process: ChildProcess | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #nextId = 1;
  #idle: NodeJS.Timeout | undefined;
  readonly #disposed = new WeakSet<ChildProcess>();

  /** `timeout` in milliseconds, for one request. */
  constructor(entry: EntryName, timeout = 60_000) {
    this.#entry = entry;
    this.#timeout = timeout;
  }

  /** Starts the process now, so that the first request finds it loaded. */
  warmUp(): void {
    this.#start();
  }

  /** Sends `payload` once earlier requests are answered. Rejects with a `ChildFailure`. */
  request(payload: unknown, signal?: AbortSignal): Promise<unknown> {
    const answer = this.#queue.then(() => this.#send(payload, signal));
    this.#queue = answer.catch(() => undefined);
    return signal === undefined ? answer : Promise.race([answer, aborted(signal)]);
  }

  /** Ends the process. A later request starts another. */
  dispose(): void {
    clearTimeout(this.#idle);
    if (this.#process) this.#disposed.add(this.#process);
    this.#process?.kill('SIGKILL');
    this.#process = undefined;
  }

  #send(payload: unknown, signal: AbortSignal | undefined): Promise<unknown> {
    if (signal?.aborted) return Promise.reject(new ChildFailure('cancelled', cancelled));
    clearTimeout(this.#idle);
    const child = this.#start();
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      let stderr = '';
      const finish = (settle: () => void): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        child.off('message', onMessage).off('exit', onExit).off('error', onError);
        child.stderr?.off('data', onStderr);
        holdEventLoop(child, false);
        this.#idle = setTimeout(() => this.dispose(), idleTimeout).unref();
        settle();
      };
      const fail = (reason: ChildFailure['reason'], message: string): void =>
        finish(() => {
          if (reason !== 'failed') this.#drop(child);
          reject(new ChildFailure(reason, message));
        });
      const onAbort = (): void => fail('cancelled', cancelled);
      const onMessage = (message: unknown): void => {
        const reply = message as ChildReply;
        if (reply.id !== id) return;
        if (reply.ok) finish(() => resolve(reply.value));
        else fail('failed', reply.error);
      };
      const onExit = (code: number | null, killedBy: string | null): void => {
        if (this.#disposed.has(child)) fail('cancelled', cancelled);
        else
          fail('crashed', `The compiler ended unexpectedly (${killedBy ?? `exit code ${code}`}). ${essence(stderr)}`);
      };
      const onError = (error: Error): void => fail('crashed', `The compiler could not be started: ${error.message}`);
      const onStderr = (chunk: Buffer): void => {
        stderr = (stderr + chunk.toString()).slice(-4000);
      };
      const seconds = Math.round(this.#timeout / 1000);
      const timer = setTimeout(
        () => fail('timeout', `The compiler gave no result within ${seconds} s and was stopped.`),
        this.#timeout,
      );
      signal?.addEventListener('abort', onAbort);
      child.on('message', onMessage).on('exit', onExit).on('error', onError);
      child.stderr?.on('data', onStderr);
      holdEventLoop(child, true);
      child.send({ id, payload } satisfies ChildRequest, (error) => {
        if (error) fail('crashed', `The compiler could not be reached: ${error.message}`);
      });
    });
  }

  #start(): ChildProcess {
    if (this.#process) return this.#process;
    const child = fork(entryFile(this.#entry), [], {
      env: childEnvironment(),
      execArgv: [],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    child.on('exit', () => this.#forget(child)).on('error', () => this.#forget(child));
    holdEventLoop(child, false);
    this.#process = child;
    return child;
  }

  #forget(child: ChildProcess): void {
    if (this.#process === child) this.#process = undefined;
  }

  #drop(child: ChildProcess): void {
    this.#forget(child);
    child.kill('SIGKILL');
  }
}

/** Rejects as soon as `signal` says so, even where the request still waits its turn. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = (): void => reject(new ChildFailure('cancelled', cancelled));
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });
}

/** A debugger attached to the parent through the environment must not attach to its compilers too. */
function childEnvironment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _options, VSCODE_INSPECTOR_OPTIONS: _inspector, ...rest } = process.env;
  return { ...rest, ELECTRON_RUN_AS_NODE: '1' };
}

/** An idle child must not keep the parent running, a busy one must. */
function holdEventLoop(child: ChildProcess, hold: boolean): void {
  const pipe = child.stderr as { ref?(): void; unref?(): void } | null;
  if (hold) {
    child.ref();
    child.channel?.ref();
    pipe?.ref?.();
  } else {
    child.unref();
    child.channel?.unref();
    pipe?.unref?.();
  }
}

/** The line of the output that says most: a thrown error's, else the last ones. */
function essence(text: string): string {
  const lines = text.split('\n').map((line) => line.replace(/^\W+/, '').trim());
  const error = lines.find((line) => /^\w*Error\b|^abort|^assertion/i.test(line));
  return error ?? lines.filter(Boolean).slice(-3).join(' ');
}
