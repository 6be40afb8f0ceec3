/** Sockets as the core sees them: listeners and connections of the embedder, and how a guest reads and writes one. */
import { FdFlag } from './abi.ts';
import type { SocketDescriptor } from './descriptors.ts';
import { fail } from './errno.ts';
import type { CallContext } from './host.ts';
import type { HttpReply, HttpRequest } from './httpRequest.ts';

/** What the embedder gives a guest of the network. Nothing here blocks but `wait` and `http`. */
export interface NetworkHost {
  /** As in `sandbox.json`: `network.allow`, `network.maxConnections`. */
  readonly allow: readonly string[];
  readonly maxConnections: number;
  /** Performs a request, whatever becomes of it; checks for itself where it may go. */
  readonly http?: (request: HttpRequest) => HttpReply;
  /** Pre-opened, in this order, behind the pre-opened folders. */
  readonly listeners: readonly HostListener[];
  /** Blocks until `ready`, or until the time is over (Infinity: for good). */
  wait(ready: () => boolean, milliseconds: number): boolean;
}

export interface HostListener {
  /** `host:port`. */
  readonly address: string;
  /** Whether a connection waits to be accepted. */
  ready(): boolean;
  accept(): HostSocket | undefined;
  close(): void;
}

/** `open`: bytes may still come. `ended`: the other side has said all. `reset`: it is gone. */
export type SocketState = 'open' | 'ended' | 'reset';

export interface HostSocket {
  readonly state: SocketState;
  /** Bytes that can be read at once. */
  readonly available: number;
  /** Bytes that are taken at once; 0: the other side reads too slowly. */
  readonly room: number;
  /** At most `available`; with `peek` they stay. */
  read(windows: readonly Uint8Array[], peek: boolean): number;
  /** A copy is sent of as much as there is room for. */
  write(windows: readonly Uint8Array[]): number;
  /** No more is sent; the other side learns of it. */
  finish(): void;
  close(): void;
}

export interface ReceiveFlags {
  readonly peek: boolean;
  readonly waitAll: boolean;
}

/** Into guest memory; gives the bytes read, 0 at the end. Blocks unless the descriptor is non-blocking. */
export function receive(
  { memory, counters, options }: CallContext,
  descriptor: SocketDescriptor,
  windows: readonly Uint8Array[],
  flags: ReceiveFlags = { peek: false, waitAll: false },
): number {
  const read = fill(descriptor, windows, flags, options.network?.wait);
  memory.filled(windows, read);
  if (!flags.peek) counters.bytesReceived += read;
  return read;
}

/** Gives the bytes taken. Blocks until there is room for some, unless the descriptor is non-blocking. */
export function send(
  { counters, options }: CallContext,
  { socket, flags, shut }: SocketDescriptor,
  windows: readonly Uint8Array[],
): number {
  if (shut.write) fail('PIPE');
  const ready = () => socket.room > 0 || socket.state === 'reset';
  if (!ready() && (flags & FdFlag.NONBLOCK) === 0) options.network?.wait(ready, Number.POSITIVE_INFINITY);
  if (socket.state === 'reset') fail('PIPE');
  if (windows.length === 0) return 0;
  const sent = socket.room > 0 ? socket.write(windows) : fail('AGAIN');
  counters.bytesSent += sent;
  return sent;
}

function fill(
  { socket, flags, shut }: SocketDescriptor,
  windows: readonly Uint8Array[],
  { peek, waitAll }: ReceiveFlags,
  wait: NetworkHost['wait'] | undefined,
): number {
  if (windows.length === 0 || shut.read) return 0;
  const blocks = (flags & FdFlag.NONBLOCK) === 0;
  let rest = windows;
  let read = 0;
  do {
    const ready = () => socket.available > 0 || socket.state !== 'open';
    if (!ready() && blocks) wait?.(ready, Number.POSITIVE_INFINITY);
    if (socket.available === 0) {
      if (read > 0 || socket.state === 'ended') return read;
      fail(socket.state === 'open' ? 'AGAIN' : 'CONNRESET');
    }
    const count = socket.read(rest, peek);
    read += count;
    rest = without(rest, count);
    // What was only looked at would be looked at again.
  } while (waitAll && !peek && rest.length > 0);
  return read;
}

function without(windows: readonly Uint8Array[], count: number): Uint8Array[] {
  let left = count;
  return windows.flatMap((window) => {
    const taken = Math.min(left, window.length);
    left -= taken;
    return taken === window.length ? [] : [window.subarray(taken)];
  });
}
