/**
 * WASI preview1 for one guest instance: puts the host calls together and wraps each one, so that only
 * an exit, a trap of the embedder and an overflown stack leave by an exception, every call is counted, and an observer can record it.
 */
import { NetworkConnections } from './connections.ts';
import { Decisions } from './decisions.ts';
import { descriptorCalls } from './descriptorCalls.ts';
import { Descriptors } from './descriptors.ts';
import { Errno, errnoOf, isStackOverflow } from './errno.ts';
import { fileCalls } from './fileCalls.ts';
import { GuestMemory, type LinearMemory } from './guestMemory.ts';
import type { CallContext, Counters, HostCalls, Preview1Options, Terminals } from './host.ts';
import { httpCalls } from './httpCalls.ts';
import { rootPlace } from './overlay.ts';
import { pathCalls } from './pathCalls.ts';
import { pathOpenCalls } from './pathOpen.ts';
import { Policy } from './policy.ts';
import { pollCalls } from './poll.ts';
import { processCalls } from './processCalls.ts';
import { effectOf } from './signals.ts';
import { socketCalls } from './socketCalls.ts';

/** Those of a debug console are read by a person as they come. */
const ALL_TERMINALS: Terminals = { stdin: true, stdout: true, stderr: true };

export interface Preview1 {
  /** For the module `wasi_snapshot_preview1`: all 46 functions. */
  readonly imports: Readonly<Record<string, (...args: (number | bigint)[]) => number>>;
  /** For the module `sandbox_http`: wrapped in the same way; observers hear of `sandbox_http.request`. */
  readonly http: Readonly<Record<string, (...args: (number | bigint)[]) => number>>;
  /** Before the first call: until then each one answers FAULT. */
  bind(memory: LinearMemory): void;
  readonly counters: Counters;
  /** Tells the most that was used of each quota, to whoever asked for decisions. */
  finishDecisions(): void;
  /** Closes every open file. */
  close(): void;
}

export function createPreview1(options: Preview1Options): Preview1 {
  const { observer, counters = noCounts() } = options;
  const memory = new GuestMemory(observer && ((address, length, content) => observer.wrote(address, length, content)));
  const { onDecision, watchedQuotas = options.quotas } = options;
  const decisions = onDecision && new Decisions(watchedQuotas, onDecision);
  const policy = new Policy(options.mounts, (violation) => options.onViolation(violation), decisions);
  const { listeners = [], maxConnections = 0 } = options.network ?? {};
  const connections = new NetworkConnections(policy, maxConnections);
  const descriptors = new Descriptors(rootPlace(options.mounts), policy, {
    maxOpenFiles: options.quotas.maxOpenFiles,
    terminals: options.terminals ?? ALL_TERMINALS,
    listeners,
  });
  const context: CallContext = { options, memory, policy, descriptors, counters };
  const calls: HostCalls = {
    ...processCalls(context),
    ...pollCalls(context),
    ...descriptorCalls(context),
    ...fileCalls(context),
    ...pathOpenCalls(context),
    ...pathCalls(context),
    ...socketCalls(context, connections),
  };
  const imports = Object.fromEntries(Object.entries(calls).map(([name, call]) => [name, wrap(name, call, context)]));
  const http = Object.fromEntries(
    Object.entries(httpCalls(context, connections)).map(([name, call]) => [
      name,
      wrap(`sandbox_http.${name}`, call, context),
    ]),
  );
  const leave = (name: string, code: number): never => {
    counters.hostCalls++;
    observer?.before(name);
    return options.exit(code);
  };
  const raise = imports.proc_raise;
  imports.proc_exit = (code) => leave('proc_exit', Number(code) >>> 0);
  imports.proc_raise = (signal) => {
    const effect = effectOf(Number(signal));
    return effect.kind === 'ends' ? leave('proc_raise', effect.exitCode) : (raise?.(signal) ?? Errno.NOSYS);
  };
  return {
    imports,
    http,
    counters,
    bind: (bound) => memory.bind(bound),
    finishDecisions: () => decisions?.finish(),
    close: () => descriptors.closeAll(),
  };
}

function noCounts(): Counters {
  return {
    hostCalls: 0,
    outputBytes: 0,
    bytesRead: 0,
    bytesWritten: 0,
    filesOpened: 0,
    networkRequests: 0,
    bytesSent: 0,
    bytesReceived: 0,
  };
}

type Argument = number | bigint;
/** As many parameters as the longest of the 46 has. Spelt out: a rest parameter makes an array at each call. */
type Nine = (
  ...all: [
    a?: Argument,
    b?: Argument,
    c?: Argument,
    d?: Argument,
    e?: Argument,
    f?: Argument,
    g?: Argument,
    h?: Argument,
    i?: Argument,
  ]
) => number;

function wrap(name: string, call: HostCalls[string], context: CallContext): Nine {
  const { memory, policy, counters, options } = context;
  const { observer, called } = options;
  const run = call as (...args: readonly unknown[]) => void;
  return (a, b, c, d, e, f, g, h, i) => {
    counters.hostCalls++;
    observer?.before(name);
    policy.operation = name;
    let errno: number = Errno.SUCCESS;
    try {
      memory.refresh();
      run(a, b, c, d, e, f, g, h, i);
    } catch (error) {
      errno = errnoOf(error) ?? unexpected(error, options);
    }
    observer?.after(name, errno);
    called?.();
    return errno;
  };
}

function unexpected(error: unknown, options: Preview1Options): number {
  // A trap raised by the embedder inside one of its own functions: it leaves the guest on purpose.
  if (error instanceof Error && error.name === 'RuntimeError') throw error;
  if (isStackOverflow(error)) throw error;
  options.onUnexpected?.(error);
  return Errno.IO;
}
