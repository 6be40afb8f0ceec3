/** `sandbox.json` once it is read: units resolved, defaults filled in, paths absolute. Nothing listed is nothing granted. */
export interface SandboxConfig {
  /** Bytes of linear memory. */
  readonly memory: number;
  /** Milliseconds of wall clock while running (time stopped in the debugger does not count). */
  readonly timeout: number;
  /** Instructions. Infinity: no limit. */
  readonly fuel: number;
  readonly maxCallDepth: number;
  /** Bytes of standard output and error together. */
  readonly maxOutput: number;
  readonly filesystem: FilesystemGrants;
  readonly network: NetworkGrants;
  /** Names of environment variables that may be passed on. */
  readonly env: readonly string[];
  readonly clock: 'real' | 'frozen';
  /** `real`, or a seed. */
  readonly random: 'real' | number;
  /** Who answers WASI calls: our own core, or the package `@wasmer/wasi`. */
  readonly wasi: 'builtin' | 'wasmer';
  /** C sources of the program, absolute paths; empty: just the program itself. */
  readonly sources: readonly string[];
  readonly toolchain: 'embedded' | 'system';
}

export interface FilesystemGrants {
  readonly read: readonly PathGrant[];
  readonly write: readonly PathGrant[];
  readonly temp: boolean;
  /** What the program writes into its write grants stays in memory: the host's files are untouched. */
  readonly overlay: boolean;
  /** Bytes. */
  readonly maxFileSize: number;
  /** Bytes. */
  readonly maxTotalWritten: number;
  readonly maxOpenFiles: number;
}

export interface NetworkGrants {
  /** `host:port`; `.example.com:443` stands for every subdomain of example.com. */
  readonly allow: readonly string[];
  /** `address:port` of listeners that are open when the program starts. */
  readonly listen: readonly string[];
  /** At the same time. */
  readonly maxConnections: number;
  /** Bytes of one response, headers not counted. */
  readonly maxResponseSize: number;
  /** Milliseconds that one request may take. */
  readonly timeout: number;
}

export interface PathGrant {
  /** Absolute path on the host. */
  readonly host: string;
  /** Path that the guest sees: absolute (`/data`) or relative to its working folder (`data`). */
  readonly guest: string;
}
