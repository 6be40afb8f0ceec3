/** A host call that policy or containment refused, as the host saw it: symbols are added by the debugger. */
export interface HostViolation {
  /** WASI function: `path_open`. */
  readonly operation: string;
  /** What it was about: a guest path, a variable's name, `host:port`. */
  readonly target: string;
  /** The capability that would be needed: `filesystem.read`. */
  readonly required: string;
  /** What was granted of that kind, as text. */
  readonly available: readonly string[];
  readonly decision: 'denied';
  /** WASI errno name: `ACCES` for policy, `NOTCAPABLE` for containment. A guest without any file grant gets NOTCAPABLE for both. */
  readonly errno: string;
}

/** Different violations that anybody lists of one run: a guest may be refused a million times, and the first ones tell what is wrong. More are only counted. */
export const MOST_VIOLATIONS = 1000;
