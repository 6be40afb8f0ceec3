/**
 * The custom events that the debug adapter sends besides those of DAP, and what it adds to DAP's own: a contract
 * of types, shared with whoever listens (the extension's panel and its Problems). Times are milliseconds of the
 * guest's running time, time stopped in the debugger not counted; instants are executed instructions. As
 * everywhere at the edge that speaks DAP, lines and columns are 1-based, save in `diagnostics`.
 */

import type { ConfigChange } from '../sandbox/config/configEdits.ts';

/** `wasm-sandbox/usage`: samples since the last such event, oldest first. One more is sent at each stop and at the end. */
export interface UsageEventBody {
  readonly limits: UsageLimits;
  readonly samples: readonly UsageSample[];
}

/** `null`: no limit. */
export interface UsageLimits {
  /** Bytes. */
  readonly memory: number | null;
  /** Instructions. */
  readonly fuel: number | null;
  /** Milliseconds. */
  readonly timeout: number | null;
}

/** All but `time` and `memory` are totals since the start. */
export interface UsageSample {
  readonly time: number;
  readonly instant: number;
  /** Bytes of linear memory now. */
  readonly memory: number;
  readonly hostCalls: number;
  /** Bytes written to standard output and standard error. */
  readonly outputBytes: number;
  /** Bytes read from and written to files. */
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly filesOpened: number;
  /** HTTP requests, and connections of sockets. */
  readonly networkRequests: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
}

/**
 * `wasm-sandbox/violation`: a host call that the sandbox refused. The same call from the same line for the same thing
 * is told ten times, and then with the next sample of usage, as often as it happened since.
 */
export interface ViolationEventBody extends Remedied {
  /** 1-based, in order. */
  readonly seq: number;
  readonly instant: number;
  readonly time: number;
  /** WASI function: `path_open`. */
  readonly operation: string;
  readonly target: string;
  /** The capability that would be needed: `filesystem.read`. */
  readonly required: string;
  /** What was granted of that kind, as text. */
  readonly available: readonly string[];
  readonly decision: 'denied';
  /** WASI errno name: `ACCES` for policy, `NOTCAPABLE` for containment. */
  readonly errno: string;
  /** The guest's function that made the call; empty when unknown. */
  readonly function: string;
  readonly location: ViolationLocation | null;
  /** Innermost first. */
  readonly stack: readonly ViolationFrame[];
  /** Refused calls that this stands for; the facts are those of the last one. Absent: 1. */
  readonly count?: number;
  /** So many different calls were refused that these are only counted. */
  readonly unlisted?: true;
}

/**
 * `wasm-sandbox/limit`: a limit of the configuration was reached. The program stops there, ends, or goes on as well as
 * it can; the same limit may be told more than once.
 */
export interface LimitEventBody extends Remedied, Moment {
  /** As the configuration names it: `memory`. */
  readonly limit: string;
  /** What happened and what to do. */
  readonly message: string;
  readonly function: string;
  readonly location: ViolationLocation | null;
  readonly stack: readonly ViolationFrame[];
}

/** What would let the program go on, and where to write it down. */
export interface Remedied {
  /** Absent: no change of the configuration helps. */
  readonly remedy?: ConfigChange;
  /** Absolute path of the configuration in force, or of the one to create. Absent: launch.json holds it, in `sandbox`. */
  readonly configFile?: string;
}

export interface ViolationLocation {
  /** Absolute path. */
  readonly source: string;
  readonly line: number;
  readonly column: number;
}

export interface ViolationFrame {
  readonly function: string;
  /** Absolute path; `null` when the frame has no source. */
  readonly source: string | null;
  readonly line: number | null;
  /** Not the user's own source: a library's, or the disassembly. */
  readonly library: boolean;
}

/** `wasm-sandbox/diagnostics`: all that the last build said. An empty list clears the Problems of the build before. */
export interface DiagnosticsEventBody {
  readonly diagnostics: readonly BuildDiagnostic[];
}

/** Lines and columns are 0-based, ends exclusive. */
export interface BuildDiagnostic {
  /** Absolute path. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine?: number;
  readonly endColumn?: number;
  readonly severity: 'error' | 'warning' | 'information';
  readonly message: string;
  readonly code?: string;
}

/** DAP's `stopped`, with what the adapter adds: what an `exception` was. */
export interface StoppedAddition {
  readonly cause?: 'trap' | 'abort' | 'limit' | 'violation';
  readonly moment: Moment;
  /** What is shown is a replay of what was: the program itself has gone on from there. */
  readonly past?: true;
}

/** DAP's `output`, with what the adapter adds: how often the program wrote what is told together. Absent: once. */
export interface OutputAddition {
  readonly count?: number;
}

/**
 * When something happened. The adapter adds `moment` to the bodies of DAP's `stopped` and `output` events, so that
 * marks fall on their exact place of the time axis; a listener that finds none takes the last sample's time.
 */
export interface Moment {
  readonly time: number;
  readonly instant: number;
}
