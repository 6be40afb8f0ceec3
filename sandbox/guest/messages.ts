/**
 * What is said inside a guest: by whoever runs it to the controller (process boundary), and by the controller to the
 * worker (thread boundary). Plain data for structured clone; `protocol.ts` is the part that others see.
 */
import type { Errand } from './process/errand.ts';
import type {
  Decision,
  End,
  GuestOptions,
  GuestWalls,
  Output,
  Resume,
  Stop,
  SurvivedLimit,
  Usage,
  Violation,
} from './protocol.ts';

export type ToController =
  | { readonly kind: 'load'; readonly options: GuestOptions }
  | { readonly kind: 'start'; readonly how: Resume }
  | { readonly kind: 'resume'; readonly how: Resume }
  | { readonly kind: 'rewind' }
  | { readonly kind: 'breakpoints'; readonly sites: readonly number[] }
  | { readonly kind: 'stopOnViolations'; readonly on: boolean }
  | { readonly kind: 'stopOnLimits'; readonly on: boolean }
  | { readonly kind: 'pause' }
  | { readonly kind: 'kill' }
  /** No bytes: the end of standard input. */
  | { readonly kind: 'stdin'; readonly bytes: Uint8Array | undefined }
  | { readonly kind: 'query'; readonly id: number; readonly query: Query }
  | { readonly kind: 'errandDone'; readonly errno: number };

export type FromController =
  | { readonly kind: 'ready'; readonly walls: GuestWalls }
  | { readonly kind: 'events'; readonly events: readonly GuestEvent[] }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: Answer }
  | { readonly kind: 'errand'; readonly errand: Errand };

export type GuestEvent =
  | { readonly kind: 'stopped'; readonly stop: Stop }
  | { readonly kind: 'resumed' }
  | { readonly kind: 'output'; readonly output: Output }
  | { readonly kind: 'violation'; readonly violation: Violation }
  | { readonly kind: 'decision'; readonly decision: Decision }
  | { readonly kind: 'exhausted'; readonly survived: SurvivedLimit }
  | { readonly kind: 'mistake'; readonly message: string }
  | { readonly kind: 'usage'; readonly samples: readonly Usage[] }
  | { readonly kind: 'recorded'; readonly block: Uint8Array }
  | { readonly kind: 'ended'; readonly end: End; readonly usage: Usage };

export type ToWorker =
  /** Comes once, first. */
  | { readonly kind: 'load'; readonly options: GuestOptions }
  | { readonly kind: 'start' | 'resume'; readonly how: Resume }
  /** A replay that stands begins anew: `ready` again. */
  | { readonly kind: 'rewind' }
  | { readonly kind: 'query'; readonly id: number; readonly query: Query };

export type FromWorker =
  /** Compiled and instantiated, waiting for `start`. No probe: a plain module. */
  | { readonly kind: 'ready'; readonly probe: SharedArrayBuffer | undefined }
  | { readonly kind: 'stopped'; readonly stop: Stop }
  | { readonly kind: 'output'; readonly output: Output; readonly weight: number }
  | { readonly kind: 'violation'; readonly violation: Violation; readonly weight: number }
  | { readonly kind: 'decision'; readonly decision: Decision; readonly weight: number }
  | { readonly kind: 'exhausted'; readonly survived: SurvivedLimit }
  | { readonly kind: 'recorded'; readonly block: Uint8Array; readonly weight: number }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: Answer }
  | { readonly kind: 'mistake'; readonly message: string }
  /** The worker waits until `reply`, one i32, is an errno. */
  | { readonly kind: 'errand'; readonly errand: Errand; readonly reply: SharedArrayBuffer }
  | { readonly kind: 'ended'; readonly end: End };

/** Questions about a stopped guest, answered by the worker. */
export type Query =
  | { readonly kind: 'readMemory'; readonly address: number; readonly length: number; readonly index: number }
  | { readonly kind: 'writeMemory'; readonly address: number; readonly bytes: Uint8Array; readonly index: number }
  | { readonly kind: 'memorySize'; readonly index: number }
  | { readonly kind: 'readFrame'; readonly depth: number }
  | { readonly kind: 'readGlobals' };

export type Answer =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'number'; readonly number: number }
  | { readonly kind: 'globals'; readonly globals: readonly (number | bigint | undefined)[] }
  | { readonly kind: 'done' }
  | { readonly kind: 'error'; readonly message: string };

/** What a worker is given when it starts. The ports are transferred. */
export interface WorkerStart {
  readonly control: SharedArrayBuffer;
  readonly commands: import('node:worker_threads').MessagePort;
  readonly stdin: import('node:worker_threads').MessagePort;
  readonly network: import('node:worker_threads').MessagePort;
}
