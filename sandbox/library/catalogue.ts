/**
 * The catalogue of everything that can go wrong: stable codes, the same in the library, in `--json` and in the debug
 * adapter. docs/errors.md says of each what it means and what to do; a test compares the two.
 */
import type { End, Exhausted, TrapKind } from '../guest/protocol.ts';

export interface CatalogueEntry {
  /** Class that the library throws; undefined: the adapter alone has it. */
  readonly error: string | undefined;
  /** Of `wasm-sandbox run`. */
  readonly exitCode: number;
  /** How DAP's `exceptionInfo` names it, a detail in place of `*`; undefined: it stops nobody. */
  readonly exceptionId: string | undefined;
  /** Every `detail`; empty: there is none; undefined: too many to list, see the documentation. */
  readonly details: readonly string[] | undefined;
}

const LIMITS: Readonly<Record<Exhausted['kind'], true>> = {
  memory: true,
  timeout: true,
  fuel: true,
  maxCallDepth: true,
  maxOutput: true,
};

const TRAPS: Readonly<Record<TrapKind, true>> = {
  unreachable: true,
  'integer divide by zero': true,
  'integer overflow': true,
  'invalid conversion to integer': true,
  'out of bounds memory access': true,
  'out of bounds table access': true,
  'indirect call to null': true,
  'indirect call type mismatch': true,
  'stack overflow': true,
  'unaligned atomic': true,
  'null reference': true,
  'cast failure': true,
  'array out of bounds': true,
  'uncaught exception': true,
  other: true,
};

export const CATALOGUE = {
  SANDBOX_CONFIGURATION: {
    error: 'ConfigurationError',
    exitCode: 2,
    exceptionId: undefined,
    details: undefined,
  },
  SANDBOX_COMPILE: {
    error: 'CompileError',
    exitCode: 2,
    exceptionId: undefined,
    details: ['source', 'module'],
  },
  SANDBOX_SECURITY_VIOLATION: {
    error: 'SecurityViolationError',
    // The program goes on: its exit code is its own.
    exitCode: 0,
    exceptionId: 'violation: *',
    details: undefined,
  },
  SANDBOX_RESOURCE_EXHAUSTED: {
    error: 'ResourceExhaustedError',
    exitCode: 137,
    exceptionId: 'limit: *',
    details: Object.keys(LIMITS),
  },
  SANDBOX_WASM_RUNTIME: {
    error: 'WasmRuntimeError',
    exitCode: 134,
    exceptionId: '*',
    details: Object.keys(TRAPS).map((trap) => trapDetail(trap as TrapKind)),
  },
  SANDBOX_NOT_STARTED: {
    error: 'WasmRuntimeError',
    exitCode: 2,
    exceptionId: undefined,
    details: [],
  },
  SANDBOX_CRASHED: {
    error: 'WasmRuntimeError',
    exitCode: 134,
    exceptionId: undefined,
    details: ['memory', 'engine'],
  },
  SANDBOX_ABORTED: {
    error: 'AbortedError',
    exitCode: 130,
    exceptionId: undefined,
    details: [],
  },
  SANDBOX_RECORDING: {
    error: 'RecordingError',
    exitCode: 2,
    exceptionId: undefined,
    details: ['file', 'module', 'mismatch', 'incomplete'],
  },
  SANDBOX_PROTOCOL: {
    error: undefined,
    exitCode: 2,
    exceptionId: undefined,
    details: undefined,
  },
  SANDBOX_INTERNAL: {
    error: undefined,
    exitCode: 70,
    exceptionId: undefined,
    details: [],
  },
} as const satisfies Readonly<Record<string, CatalogueEntry>>;

export type ErrorCode = keyof typeof CATALOGUE;

/** What an error is: `code` says which kind, `detail` which of its kind. */
export interface Coded {
  readonly code: ErrorCode;
  readonly detail: string | undefined;
}

/** An end that was no exit, as the guest or the library tells it. */
export type Failure =
  | { readonly kind: 'trapped'; readonly trap: TrapKind }
  | { readonly kind: 'exhausted'; readonly exhausted: Pick<Exhausted, 'kind'> }
  | Pick<Extract<End, { kind: 'crashed' }>, 'kind' | 'cause'>
  | { readonly kind: 'refused' | 'killed' };

export function codeOf(failure: Failure): Coded {
  switch (failure.kind) {
    case 'trapped':
      return { code: 'SANDBOX_WASM_RUNTIME', detail: trapDetail(failure.trap) };
    case 'exhausted':
      return { code: 'SANDBOX_RESOURCE_EXHAUSTED', detail: failure.exhausted.kind };
    case 'crashed':
      return { code: 'SANDBOX_CRASHED', detail: failure.cause ?? 'engine' };
    case 'refused':
      return { code: 'SANDBOX_NOT_STARTED', detail: undefined };
    case 'killed':
      return { code: 'SANDBOX_ABORTED', detail: undefined };
  }
}

function trapDetail(trap: TrapKind): string {
  return trap.replaceAll(' ', '-');
}
