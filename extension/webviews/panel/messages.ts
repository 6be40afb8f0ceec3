/**
 * What crosses between the extension and its Sandbox panel: types only. The extension keeps the run; a panel that
 * was hidden or reloaded asks with `ready` and gets a snapshot. `seq` counts the host's messages, so that a panel
 * sees when it missed one. Times are milliseconds of the guest's running time; lines and columns are 1-based.
 */

export type HostMessage =
  /** No program has run yet. */
  | { readonly type: 'empty'; readonly seq: number }
  /** Replaces all that the panel knows; `run` tells whether it is still about the same run. */
  | {
      readonly type: 'snapshot';
      readonly seq: number;
      readonly run: number;
      readonly name: string;
      readonly patch: RunPatch;
    }
  /** Adds to it. */
  | { readonly type: 'update'; readonly seq: number; readonly patch: RunPatch };

export type ViewMessage =
  /** `lastSeq`: of the last message taken in; 0: none. */
  | { readonly type: 'ready'; readonly lastSeq: number }
  | { readonly type: 'open'; readonly location: SourceLocation }
  /** Change the configuration so that this group of violations, by its `id`, would be allowed. */
  | { readonly type: 'grant'; readonly violation: number }
  /** The same for every violation of the run. */
  | { readonly type: 'grantAll' }
  /** The empty panel's button: debug the active file. */
  | { readonly type: 'debug' };

/** What changed in a run; what is absent did not. */
export interface RunPatch {
  readonly state?: RunState;
  readonly limits?: Limits;
  /** Rows of `SAMPLE_FIELDS`, to append. */
  readonly samples?: Float64Array;
  /** Groups that are new or whose count rose, by `id`. */
  readonly violations?: readonly ViolationGroup[];
  /** Violations that no group has room for. */
  readonly unlisted?: number;
  /** Rows of `MARK_FIELDS`, to append. */
  readonly marks?: Partial<Readonly<Record<LaneName, Float64Array>>>;
}

export type RunState =
  | { readonly kind: 'starting' }
  | { readonly kind: 'running' }
  /** `reason` is that of DAP's event; `cause` says what an exception was: `violation`. */
  | { readonly kind: 'stopped'; readonly reason: string; readonly cause?: string }
  | { readonly kind: 'ended'; readonly exitCode?: number };

/** `null`: no limit. */
export interface Limits {
  readonly memory: number | null;
  readonly fuel: number | null;
  readonly timeout: number | null;
}

export type LaneName = 'violations' | 'stops' | 'output';

/** The same refused call from the same line, or the same limit reached there, however often it happened. */
export interface ViolationGroup {
  readonly id: number;
  readonly count: number;
  /** Of the first one. */
  readonly time: number;
  readonly instant: number;
  readonly lastTime: number;
  readonly operation: string;
  readonly target: string;
  readonly required: string;
  readonly available: readonly string[];
  readonly errno: string;
  readonly function: string;
  readonly location: SourceLocation | null;
  /** Of a limit that was reached, which is no call: what happened. */
  readonly message?: string;
  /** What change of the configuration would allow it, in words; `null`: none. */
  readonly remedy: string | null;
}

export interface SourceLocation {
  /** Absolute path. */
  readonly source: string;
  readonly line: number;
  readonly column: number;
}
