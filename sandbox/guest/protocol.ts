/**
 * What crosses between whoever runs a guest and the guest's own process: plain data for structured clone.
 * Instants are values of the clock (executed instructions, exact to 2^53); times are milliseconds that the guest has run, time stopped not counted.
 */
import type { FilesystemGrants, SandboxConfig } from '../config/config.ts';
import type { Instrumented } from '../instrument/instrumented.ts';
import type { Redaction } from '../recording/format.ts';
import type { HostDecision } from '../wasi/decisions.ts';
import type { Terminals } from '../wasi/host.ts';
import type { HostViolation } from '../wasi/violation.ts';
import type { CodeOffset } from '../wasm/offsets.ts';

export interface GuestOptions {
  /** The module: instrumented, or as it is. */
  readonly module:
    | { readonly kind: 'instrumented'; readonly instrumented: Instrumented }
    | { readonly kind: 'plain'; readonly bytes: Uint8Array };
  /** `_start`, or one export with its arguments (as text for i64, so that nothing is lost). */
  readonly entry:
    | { readonly kind: 'command' }
    | {
        readonly kind: 'call';
        readonly function: string;
        readonly arguments: readonly (number | string)[];
        /** Export to call first, without arguments. Default: `_initialize` where the module exports it. */
        readonly initialize?: string;
      };
  /** The program's arguments, the program's name first. */
  readonly args: readonly string[];
  /** Values for the names that `config.env` grants; others never reach the guest. */
  readonly env: Readonly<Record<string, string>>;
  readonly config: SandboxConfig;
  /** Which standard streams the guest is to take for a terminal. Default: all of them. */
  readonly terminals?: Terminals;
  /** Line key of each site for stepping: sites with the same key are on the same source line; -1: never a step's end. Same order as `sites`. */
  readonly lineOfSite?: Int32Array;
  /** 1 for each site that every call of its function passes exactly once, before any other of it; steps tell calls apart by them. Same order as `sites`; left out: the entries. */
  readonly opensCall?: Uint8Array;
  /** True: capture the stack at each output and violation, and stop at traps and limits instead of ending. */
  readonly debug: boolean;
  /** Milliseconds between usage samples; 0: none. Default 33. */
  readonly sampleEvery?: number;
  /** Tell what the policy allowed too (`GuestEvents.decision`), and where it would be more than these quotas. Left out: no. */
  readonly audit?: { readonly quotas: Pick<FilesystemGrants, 'maxOpenFiles' | 'maxFileSize' | 'maxTotalWritten'> };
  /** Stop at each violation. Default false; `Guest.stopOnViolations` changes it later. */
  readonly stopOnViolations?: boolean;
  /** Record the run: `GuestEvents.recorded` gets the log. Default false. */
  readonly record?: boolean;
  /** With `record`: what is not to be written down in clear. */
  readonly redact?: readonly Redaction[];
  /** With `debug`: stop where a limit is met that the guest survives (a growth of its memory that is refused). Default true; `Guest.stopOnLimits` changes it later. */
  readonly stopOnLimits?: boolean;
  /**
   * Run a recording again: all else here as it was for the recorded run. Host calls are answered from this file and from
   * nowhere else: nothing is granted, and no time is limited. The file may still be growing: where it ends, the guest stops
   * inside the host call that it has no answer for (`present`). Outputs, violations and usage are told only with `tell`.
   */
  readonly replay?: { readonly file: string; readonly tell?: true };
}

/** Which of the walls around a guest stand, beside the policy of its host calls. */
export interface GuestWalls {
  /** Node's permission model: the process itself can open nothing but its code and the granted folders. */
  readonly permissions: boolean;
  /** Version of the runtime that runs the guest, as `process.version`. */
  readonly node: string;
  /** True for each of these that the process cannot have: programs of its own, native addons, a debugger, `node:wasi`. */
  readonly childProcesses: boolean;
  readonly addons: boolean;
  readonly inspector: boolean;
  readonly wasi: boolean;
  /** Whether it can start threads, which would stand outside the permission model: `hidden` where Node cannot take the right back. */
  readonly threads: 'shut' | 'hidden' | 'open';
  /** The process itself can make no connection. False before Node 25, and where `sandbox.json` grants network. */
  readonly network: boolean;
  /** Its environment is empty. */
  readonly environment: boolean;
}

/** A wasm frame, innermost first. */
export interface GuestFrame {
  /** In the original module, imports counted. */
  readonly functionIndex: number;
  /** In the original module: the instruction about to run in the top frame, the call in the others. */
  readonly offset: CodeOffset;
  /** Real depth: 1 for the function that the host called. */
  readonly depth: number;
}

export type StopReason =
  /** `replaced`: during a step, whose frame has given way to another call. */
  | { readonly kind: 'breakpoint'; readonly site: number; readonly replaced?: true }
  | { readonly kind: 'step'; readonly site: number }
  /** `site` where it is at one; elsewhere (library code, a host call) there is none. */
  | { readonly kind: 'pause'; readonly site?: number }
  | { readonly kind: 'trap'; readonly trap: TrapKind; readonly message: string }
  | { readonly kind: 'limit'; readonly exhausted: Exhausted }
  | { readonly kind: 'violation'; readonly seq: number }
  // Only of a replay:
  /** The way ends here. No `site`: where the recorded run stands at none. `hit`: it is one of the sites that were sought. */
  | { readonly kind: 'seek'; readonly site?: number; readonly hit?: true }
  /** The recording ends inside this host call: the recorded run waits there, or was broken off. Resuming looks again. */
  | { readonly kind: 'present' }
  /** The run ended here; a trap and a limit have reasons of their own. Final. */
  | { readonly kind: 'ended'; readonly end: End }
  /** The program does not do what was recorded, or the recording is damaged: nothing after this would be true. Final. */
  | { readonly kind: 'departed'; readonly message: string };

/** Sites that were passed, in order: the last of `count`. */
export interface SiteHits {
  readonly count: number;
  readonly instants: Float64Array;
  readonly sites: Int32Array;
  /** Real depths. */
  readonly depths: Int32Array;
}

export type TrapKind =
  | 'unreachable'
  | 'integer divide by zero'
  | 'integer overflow'
  | 'invalid conversion to integer'
  | 'out of bounds memory access'
  | 'out of bounds table access'
  | 'indirect call to null'
  | 'indirect call type mismatch'
  | 'stack overflow'
  | 'unaligned atomic'
  | 'null reference'
  | 'cast failure'
  | 'array out of bounds'
  | 'uncaught exception'
  | 'other';

/** A limit of the configuration that was reached. `kind` uses the configuration's names. */
export interface Exhausted {
  readonly kind: 'memory' | 'timeout' | 'fuel' | 'maxCallDepth' | 'maxOutput';
  /** In the unit of the limit: bytes, milliseconds, instructions, frames. Of memory, and of output, what it would have come to. */
  readonly used: number;
  readonly limit: number;
  /** Memory for entries of a table: each counts 32 bytes. */
  readonly of?: 'table';
  /** Memory: the limit would have allowed it, this machine did not. */
  readonly by?: 'machine';
}

/** A limit that the guest met and survived: it asked for more memory, was answered −1, and went on. */
export interface SurvivedLimit {
  readonly exhausted: Exhausted;
  readonly instant: number;
  readonly time: number;
  readonly frames: readonly GuestFrame[];
}

export interface Stop {
  readonly reason: StopReason;
  readonly instant: number;
  readonly time: number;
  readonly frames: readonly GuestFrame[];
  /** True after a trap or a limit that ends the run: memory and shadow frames can still be read; resuming ends the run. */
  readonly final: boolean;
  /** Inside a host call: the next site may have the same instant. */
  readonly inHostCall?: true;
  /** Of a replay: bytes of output before this. */
  readonly written?: { readonly stdout: number; readonly stderr: number };
  /** Of a replay, after a scan, however it ended. */
  readonly hits?: SiteHits;
}

export type Resume =
  | { readonly kind: 'continue' }
  /**
   * Stop at the first site with another line key than `line`, or in another frame. `maxDepth`: deeper frames are passed
   * over (real depth). `depth`: where the step began. `replaced`: the frame where it began is known to be gone.
   */
  | {
      readonly kind: 'step';
      readonly line: number;
      readonly depth: number;
      readonly maxDepth: number;
      readonly replaced?: true;
    }
  // Only of a replay:
  /**
   * Stop at the first site whose instant is at least `instant`. With `sites`: at the first of these, in a frame no deeper
   * than `maxDepth`; or else at the first of all from `until` on.
   */
  | {
      readonly kind: 'seek';
      readonly instant: number;
      readonly sites?: readonly number[];
      readonly maxDepth?: number;
      readonly until?: number;
      readonly present?: Present;
    }
  /** Collect the hits of these sites from here on, this place included, and stop at the first site of all from `to` on. */
  | {
      readonly kind: 'scan';
      readonly to: number;
      readonly sites: readonly number[];
      readonly maxDepth?: number;
      /** How many of the hits are told: the last ones. */
      readonly keep: number;
      readonly present?: Present;
    };

/** Where the recorded run stands: a replay goes no further. */
export interface Present {
  readonly instant: number;
  /** `site` also in a host call. `check`: between sites. `end`: it is over, and its clock may lag behind what it did last. */
  readonly at: 'site' | 'check' | 'end';
}

export interface Output {
  readonly stream: 'stdout' | 'stderr';
  readonly bytes: Uint8Array;
  readonly instant: number;
  readonly time: number;
  /** Empty unless `debug`. */
  readonly frames: readonly GuestFrame[];
}

export interface Violation extends HostViolation {
  /** 1-based, in order. */
  readonly seq: number;
  readonly instant: number;
  readonly time: number;
  readonly frames: readonly GuestFrame[];
}

/** What a host call was about and was allowed: each different thing once. */
export interface Decision extends HostDecision {
  readonly instant: number;
  readonly time: number;
  readonly frames: readonly GuestFrame[];
}

/** A sample of counters; all but `time` and `memory` are totals since the start. */
export interface Usage {
  readonly time: number;
  readonly instant: number;
  /** Bytes of linear memory now. */
  readonly memory: number;
  readonly hostCalls: number;
  readonly outputBytes: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly filesOpened: number;
  /** Requests that were sent, and connections that were accepted. */
  readonly networkRequests: number;
  /** Bodies of requests and what was written to sockets. */
  readonly bytesSent: number;
  /** Bodies of responses and what was read from sockets. */
  readonly bytesReceived: number;
}

export type End =
  /** `_start` returned or called proc_exit, or the export returned. */
  | { readonly kind: 'exited'; readonly code: number; readonly results: readonly (number | string)[] }
  | {
      readonly kind: 'trapped';
      readonly trap: TrapKind;
      readonly message: string;
      readonly frames: readonly GuestFrame[];
    }
  | {
      readonly kind: 'exhausted';
      readonly exhausted: Exhausted;
      /** Where the limit was met. */
      readonly frames: readonly GuestFrame[];
      /** The guest met the limit, went on, and soon ended in this trap: mostly because it could not do without. */
      readonly trap?: {
        readonly kind: TrapKind;
        readonly message: string;
        readonly frames: readonly GuestFrame[];
      };
    }
  /** kill() or disconnect. */
  | { readonly kind: 'killed' }
  /** Of a replay: see the stop of this name. `cut`: there is no more of the recording that could be read. */
  | { readonly kind: 'departed'; readonly message: string; readonly instant: number; readonly cut?: true }
  /** The module could not be started: missing import, unknown export, V8 refused it. `message` is for the user. */
  | { readonly kind: 'refused'; readonly message: string }
  /** The guest's process died by itself (out of memory, a crash of V8). */
  | {
      readonly kind: 'crashed';
      readonly message: string;
      /** What it lacked; left out: no such thing is known. */
      readonly cause?: 'memory';
    };

/** What a guest tells. Nothing comes after `ended`. */
export interface GuestEvents {
  stopped(stop: Stop): void;
  resumed(): void;
  output(output: Output): void;
  violation(violation: Violation): void;
  /** With `audit`. */
  decision?(decision: Decision): void;
  /** A limit that the guest survived; only the first hundred are told. */
  exhausted?(survived: SurvivedLimit): void;
  /** A host call failed by a mistake of ours, a sentence; the guest was answered IO. Only the first few are told. */
  mistake?(message: string): void;
  usage(usage: readonly Usage[]): void;
  /** With `record`: the next block of the log, to be kept behind `recordingStart`. */
  recorded?(block: Uint8Array): void;
  ended(end: End, usage: Usage): void;
}

/** A running guest, from outside its process. All methods are safe at any time: after the end they do nothing or reject with a sentence. */
export interface Guest {
  /** Start running; before this the process is up, the module compiled, and breakpoints can be armed. `resume` says how to begin (a step with depth 1e9 stops at the first statement). */
  start(resume: Resume): void;
  /** Replace the set of armed sites, also while running. */
  setBreakpoints(sites: readonly number[]): void;
  pause(): void;
  resume(how: Resume): void;
  /** Of a replay that stands: back to before the first instruction; resolves when it can be started again. */
  rewind(): Promise<void>;
  kill(): Promise<void>;
  /** Append to the guest's standard input; `undefined` ends it. */
  stdin(bytes: Uint8Array | undefined): void;
  /** While stopped: bytes of memory `index` (default 0), cut at the end of memory. */
  readMemory(address: number, length: number, index?: number): Promise<Uint8Array>;
  writeMemory(address: number, bytes: Uint8Array, index?: number): Promise<void>;
  memorySize(index?: number): Promise<number>;
  /** While stopped: the raw slots of a frame, little-endian, from `depth` (real). */
  readFrame(depth: number): Promise<Uint8Array>;
  /** While stopped: every global of the original module; i64 as bigint; references are undefined. */
  readGlobals(): Promise<readonly (number | bigint | undefined)[]>;
  /** Whether a violation stops the guest (reason `violation`), from now on. */
  stopOnViolations(on: boolean): void;
  /** Whether a limit that the guest survives stops it (reason `limit`, not final), from now on. Only with `debug`. */
  stopOnLimits(on: boolean): void;
  readonly processId: number | undefined;
  readonly walls: GuestWalls;
}
