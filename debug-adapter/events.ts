/**
 * The custom events that the debug adapter sends besides those of DAP, and what it adds to DAP's own: a contract
 * of types, shared with whoever listens (the extension's panel and its Problems). Times are milliseconds of the
 * guest's running time, time stopped in the debugger not counted; instants are executed instructions. As
 * everywhere at the edge that speaks DAP, lines and columns are 1-based, save in `diagnostics`.
 */

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
}

/** `wasm-sandbox/violation`: a host call that the sandbox refused. */
export interface ViolationEventBody {
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

/**
 * When something happened. The adapter adds `moment` to the bodies of DAP's `stopped` and `output` events, so that
 * marks fall on their exact place of the time axis; a listener that finds none takes the last sample's time.
 */
export interface Moment {
  readonly time: number;
  readonly instant: number;
}
