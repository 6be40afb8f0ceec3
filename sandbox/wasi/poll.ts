/** `poll_oneoff`: clocks, sockets, and standard input when it can say whether it is ready. Files and outputs always are. */
import { ClockId } from './abi.ts';
import type { ListenerDescriptor, SocketDescriptor } from './descriptors.ts';
import { Errno, errnoOf, fail } from './errno.ts';
import type { GuestMemory } from './guestMemory.ts';
import type { CallContext, HostCalls } from './host.ts';

const SUBSCRIPTION_SIZE = 48;
const EVENT_SIZE = 32;
/** Checked before anything is allocated; more than there can be descriptors to wait for. */
const MAX_SUBSCRIPTIONS = 4096;
const ABSOLUTE_TIME = 1;
/** Milliseconds between two looks at an input that cannot wait by itself. */
const INPUT_INTERVAL = 10;

const EventType = { CLOCK: 0, FD_READ: 1, FD_WRITE: 2 } as const;

interface PollEvent {
  readonly userdata: bigint;
  readonly type: number;
  readonly errno: number;
  readonly bytes: bigint;
  /** `eventrwflags`. */
  readonly flags?: bigint;
}

/** A subscription to what is not ready. */
interface Pending {
  readonly userdata: bigint;
  readonly type: number;
  readonly fd: number;
}

interface Timer {
  readonly userdata: bigint;
  /** Nanoseconds from now. */
  readonly delay: bigint;
}

interface Waiting {
  readonly events: PollEvent[];
  readonly timers: Timer[];
  readonly pending: Pending[];
}

export function pollCalls(context: CallContext): HostCalls {
  const { memory } = context;
  return {
    poll_oneoff: (subscriptions: number, results: number, count: number, resultCount: number) => {
      const length = count >>> 0;
      if (length === 0 || length > MAX_SUBSCRIPTIONS) fail('INVAL');
      const start = memory.check(subscriptions, length * SUBSCRIPTION_SIZE);
      memory.check(results, length * EVENT_SIZE);
      memory.check(resultCount, 4);
      const waiting: Waiting = { events: [], timers: [], pending: [] };
      for (let index = 0; index < length; index++) subscribe(context, start + index * SUBSCRIPTION_SIZE, waiting);
      wait(context, waiting);
      for (const [index, event] of waiting.events.entries()) putEvent(memory, results + index * EVENT_SIZE, event);
      memory.put32(resultCount, waiting.events.length);
    },
  };
}

function subscribe(context: CallContext, at: number, waiting: Waiting): void {
  const { memory } = context;
  const userdata = memory.u64(at);
  const type = memory.u8(at + 8);
  if (type === EventType.CLOCK) {
    const id = memory.u32(at + 16);
    if (id > ClockId.MONOTONIC) waiting.events.push({ userdata, type, errno: Errno.NOTSUP, bytes: 0n });
    else waiting.timers.push({ userdata, delay: delay(context, at, id) });
  } else if (type === EventType.FD_READ || type === EventType.FD_WRITE) {
    look(context, { userdata, type, fd: memory.u32(at + 16) }, waiting);
  } else fail('INVAL');
}

function look(context: CallContext, subscription: Pending, { events, pending }: Waiting): void {
  const { userdata, type, fd } = subscription;
  const { kind, ...state } = descriptorState(context, fd, type);
  if (kind === 'waits') pending.push(subscription);
  else events.push({ userdata, type, errno: Errno.SUCCESS, bytes: 0n, ...state });
}

function delay({ memory, options }: CallContext, at: number, id: number): bigint {
  const timeout = memory.u64(at + 24);
  if ((memory.u16(at + 40) & ABSOLUTE_TIME) === 0) return timeout;
  const now = options.clock.now(id);
  return timeout > now ? timeout - now : 0n;
}

type DescriptorState =
  | { readonly kind: 'waits' }
  | { readonly kind: 'event'; readonly errno: number; readonly bytes: bigint; readonly flags?: bigint };

/** `event_rw_hangup`. */
const HANGUP = 1n;

function descriptorState({ descriptors, options }: CallContext, fd: number, type: number): DescriptorState {
  try {
    const descriptor = descriptors.get(fd);
    if (descriptor.kind === 'folder') fail('BADF');
    if (type === EventType.FD_READ && descriptor.kind === 'input' && options.stdin.ready?.() === false) {
      return { kind: 'waits' };
    }
    if (descriptor.kind === 'listener' || descriptor.kind === 'socket') return socketState(descriptor, type);
    const bytes = descriptor.kind === 'file' ? Math.max(0, descriptor.file.size() - descriptor.position) : 1;
    return { kind: 'event', errno: Errno.SUCCESS, bytes: BigInt(bytes) };
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    return { kind: 'event', errno, bytes: 0n };
  }
}

function socketState(descriptor: ListenerDescriptor | SocketDescriptor, type: number): DescriptorState {
  const event = { kind: 'event', errno: Errno.SUCCESS } as const;
  if (descriptor.kind === 'listener') {
    if (type === EventType.FD_WRITE) fail('NOTCONN');
    return descriptor.listener.ready() ? { ...event, bytes: 1n } : { kind: 'waits' };
  }
  const { socket, shut } = descriptor;
  const over = type === EventType.FD_READ ? shut.read || socket.state !== 'open' : socket.state === 'reset';
  const bytes = BigInt(type === EventType.FD_READ ? socket.available : socket.room);
  if (bytes === 0n && !over) return { kind: 'waits' };
  return { ...event, bytes, flags: socket.state === 'open' ? 0n : HANGUP };
}

/** Fills in what happened first: something is ready already, a pending one becomes ready, or the shortest timer is over. */
function wait(context: CallContext, waiting: Waiting): void {
  const { options } = context;
  const { events, timers, pending } = waiting;
  const shortest = timers.reduce<bigint | undefined>(
    (least, timer) => (least === undefined || timer.delay < least ? timer.delay : least),
    undefined,
  );
  let ready = events.length > 0;
  if (!ready && pending.length > 0) {
    const started = options.clock.now(ClockId.MONOTONIC);
    waitForPending(context, waiting, shortest === undefined ? Number.POSITIVE_INFINITY : milliseconds(shortest));
    ready = events.length > 0;
    // A clock that stands still has to be moved on, or a program that waits for a moment would never reach it.
    const missing = (shortest ?? 0n) - (options.clock.now(ClockId.MONOTONIC) - started);
    if (!ready && missing > 0n) options.sleep(milliseconds(missing));
  } else if (!ready && shortest !== undefined && shortest > 0n) options.sleep(milliseconds(shortest));
  const passed = ready ? 0n : (shortest ?? 0n);
  for (const timer of timers) {
    if (timer.delay <= passed) {
      events.push({ userdata: timer.userdata, type: EventType.CLOCK, errno: Errno.SUCCESS, bytes: 0n });
    }
  }
}

/** `longest` in milliseconds. */
function waitForPending(context: CallContext, waiting: Waiting, longest: number): void {
  const { network } = context.options;
  const pending = waiting.pending.splice(0);
  if (network !== undefined) {
    network.wait(() => pending.some(({ fd, type }) => descriptorState(context, fd, type).kind === 'event'), longest);
    for (const subscription of pending) look(context, subscription, waiting);
  } else if (waitForInput(context.options, longest)) {
    for (const { userdata, type } of pending) waiting.events.push({ userdata, type, errno: Errno.SUCCESS, bytes: 1n });
  }
}

function waitForInput({ stdin, sleep }: CallContext['options'], longest: number): boolean {
  let left = longest;
  if (stdin.wait !== undefined) return stdin.wait(left);
  while (left > 0) {
    const step = Math.min(left, INPUT_INTERVAL);
    sleep(step);
    left -= step;
    if (stdin.ready?.() !== false) return true;
  }
  return false;
}

function milliseconds(nanoseconds: bigint): number {
  return Number(nanoseconds) / 1e6;
}

function putEvent(memory: GuestMemory, at: number, event: PollEvent): void {
  memory.put64(at, event.userdata);
  memory.put64(at + 8, BigInt(event.errno) | (BigInt(event.type) << 16n));
  memory.put64(at + 16, event.bytes);
  memory.put64(at + 24, event.flags ?? 0n);
}
