/**
 * WASI preview1 for one guest instance: puts the host calls together and wraps each one, so that only
 * an exit, a trap of the embedder and an overflown stack leave by an exception, every call is counted, and an observer can record it.
 */
import { descriptorCalls } from './descriptorCalls.ts';
import { Descriptors } from './descriptors.ts';
import { Errno, errnoOf, isStackOverflow } from './errno.ts';
import { fileCalls } from './fileCalls.ts';
import { GuestMemory, type LinearMemory } from './guestMemory.ts';
import type { CallContext, Counters, HostCalls, Preview1Options } from './host.ts';
import { rootPlace } from './overlay.ts';
import { pathCalls } from './pathCalls.ts';
import { pathOpenCalls } from './pathOpen.ts';
import { Policy } from './policy.ts';
import { pollCalls } from './poll.ts';
import { processCalls } from './processCalls.ts';

export interface Preview1 {
  /** For the module `wasi_snapshot_preview1`: all 46 functions. */
  readonly imports: Readonly<Record<string, (...args: (number | bigint)[]) => number>>;
  /** Before the first call: until then each one answers FAULT. */
  bind(memory: LinearMemory): void;
  readonly counters: Counters;
  /** Closes every open file. */
  close(): void;
}

export function createPreview1(options: Preview1Options): Preview1 {
  const { observer } = options;
  const counters: Counters = { hostCalls: 0, outputBytes: 0, bytesRead: 0, bytesWritten: 0, filesOpened: 0 };
  const memory = new GuestMemory(observer && ((address, length) => observer.wrote(address, length)));
  const policy = new Policy(options.mounts, (violation) => options.onViolation(violation));
  const descriptors = new Descriptors(rootPlace(options.mounts), policy, options.quotas.maxOpenFiles);
  const context: CallContext = { options, memory, policy, descriptors, counters };
  const calls: HostCalls = {
    ...processCalls(context),
    ...pollCalls(context),
    ...descriptorCalls(context),
    ...fileCalls(context),
    ...pathOpenCalls(context),
    ...pathCalls(context),
  };
  const imports = Object.fromEntries(Object.entries(calls).map(([name, call]) => [name, wrap(name, call, context)]));
  imports.proc_exit = (code) => {
    counters.hostCalls++;
    observer?.before('proc_exit');
    return options.exit(Number(code) >>> 0);
  };
  return { imports, counters, bind: (bound) => memory.bind(bound), close: () => descriptors.closeAll() };
}

function wrap(name: string, call: HostCalls[string], context: CallContext): (...args: (number | bigint)[]) => number {
  const { memory, policy, counters, options } = context;
  return (...args) => {
    counters.hostCalls++;
    options.observer?.before(name);
    policy.operation = name;
    let errno: number = Errno.SUCCESS;
    try {
      memory.refresh();
      call(...(args as never[]));
    } catch (error) {
      errno = errnoOf(error) ?? unexpected(error, options);
    }
    options.observer?.after(name, errno);
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
