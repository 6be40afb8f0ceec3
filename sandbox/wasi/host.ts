/** What the embedder gives the core (`Preview1Options`), and what the host calls share while they run. */
import type { FilesystemGrants } from '../config/config.ts';
import type { HostDecision } from './decisions.ts';
import type { Descriptors } from './descriptors.ts';
import type { Mount } from './fileSystem.ts';
import type { GuestMemory } from './guestMemory.ts';
import type { Policy } from './policy.ts';
import type { NetworkHost } from './sockets.ts';
import type { HostViolation } from './violation.ts';

export interface Preview1Options {
  /** The program's name first. */
  readonly args: readonly string[];
  /** Only what is granted: the core passes all of it on. */
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: StandardInput;
  /** Default: all of them are. */
  readonly terminals?: Terminals;
  /** `bytes` is a copy of its own. */
  output(stream: 'stdout' | 'stderr', bytes: Uint8Array): void;
  readonly mounts: readonly Mount[];
  readonly quotas: Pick<FilesystemGrants, 'maxOpenFiles' | 'maxFileSize' | 'maxTotalWritten'>;
  readonly clock: Clock;
  /** Fills the buffer: at most 64 KiB, never shared memory. */
  random(buffer: Uint8Array): void;
  sleep(milliseconds: number): void;
  onViolation(violation: HostViolation): void;
  /** Told of what was allowed, each different thing once. Left out, none of it is kept. */
  onDecision?(decision: HostDecision): void;
  /** With `onDecision`: quotas of another policy, told of when they are passed. */
  readonly watchedQuotas?: Preview1Options['quotas'];
  /** Must not return: leave the guest by a wasm trap. */
  exit(code: number): never;
  /** Without it every request is refused, and there are no sockets. */
  readonly network?: NetworkHost;
  /** For a recorder. */
  readonly observer?: CallObserver;
  /** After each call that comes back. */
  readonly called?: () => void;
  /** Where to count, when somebody else looks at the numbers meanwhile. */
  readonly counters?: Counters;
  /** An exception that no errno stands for: the guest gets IO, the embedder should hear of it. */
  onUnexpected?(error: unknown): void;
}

/** Which standard streams the guest is to take for a terminal: C programs write to one line by line, to others in larger pieces. */
export interface Terminals {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
}

export interface StandardInput {
  /** Bytes read, 0 at the end. May block. */
  read(buffer: Uint8Array): number;
  /** Whether `read` would return at once. Without it: always. */
  ready?(): boolean;
  /** Blocks until `ready`, or until the time is over (Infinity: for good). Without it the core asks every 10 ms. */
  wait?(milliseconds: number): boolean;
}

export interface Clock {
  /** Nanoseconds; `id` is a `clockid`, 0 to 3. */
  now(id: number): bigint;
  resolution(id: number): bigint;
}

/**
 * Around each call, in this order. After `proc_exit` and a `proc_raise` that ends the program there is no `after`: the guest is left. What `wrote` names can be
 * copied from memory in `after`.
 */
export interface CallObserver {
  before(name: string): void;
  /** `content`: bytes that come from elsewhere, no number of the call's own. */
  wrote(address: number, length: number, content: boolean): void;
  after(name: string, errno: number): void;
}

/** Totals since the start. */
export interface Counters {
  hostCalls: number;
  /** Standard output and error. */
  outputBytes: number;
  /** Files and standard input. */
  bytesRead: number;
  /** Files. */
  bytesWritten: number;
  filesOpened: number;
  /** Requests that were sent, and connections that were accepted. */
  networkRequests: number;
  /** Bodies of requests and what was written to sockets; without headers and what the network adds. */
  bytesSent: number;
  /** Bodies of responses and what was read from sockets. */
  bytesReceived: number;
}

export interface CallContext {
  readonly options: Preview1Options;
  readonly memory: GuestMemory;
  readonly policy: Policy;
  readonly descriptors: Descriptors;
  readonly counters: Counters;
}

/** Parameters are i32 and i64 as WebAssembly passes them: signed. It returns for SUCCESS and throws for any other errno. */
export type HostCalls = Readonly<Record<string, (...args: never[]) => void>>;
