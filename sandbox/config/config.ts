/** `sandbox.json` once it is read: units resolved, defaults filled in, paths absolute. Nothing listed is nothing granted. */
export interface SandboxConfig {
  /** Bytes of linear memory. */
  readonly memory: number;
  /** Milliseconds of wall clock while running (time stopped in the debugger does not count). */
  readonly timeout: number;
  /** Instructions. Infinity: no limit. */
  readonly fuel: number;
  readonly maxCallDepth: number;
  readonly filesystem: FilesystemGrants;
  readonly network: { readonly allow: readonly string[]; readonly maxConnections: number };
  /** Names of environment variables that may be passed on. */
  readonly env: readonly string[];
  readonly clock: 'real' | 'frozen';
  /** `real`, or a seed. */
  readonly random: 'real' | number;
  /** C sources of the program, absolute paths; empty: just the program itself. */
  readonly sources: readonly string[];
  readonly toolchain: 'embedded' | 'system';
}

export interface FilesystemGrants {
  readonly read: readonly PathGrant[];
  readonly write: readonly PathGrant[];
  readonly temp: boolean;
  /** Bytes. */
  readonly maxFileSize: number;
  /** Bytes. */
  readonly maxTotalWritten: number;
  readonly maxOpenFiles: number;
}

export interface PathGrant {
  /** Absolute path on the host. */
  readonly host: string;
  /** Path that the guest sees: absolute (`/data`) or relative to its working folder (`data`). */
  readonly guest: string;
}
