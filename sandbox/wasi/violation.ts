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
  /** WASI errno name: `ACCES` for policy, `NOTCAPABLE` for containment. */
  readonly errno: string;
}
