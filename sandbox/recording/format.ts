/**
 * What a recording is made of, and the numbers of its format: `docs/recording-format.md` describes it byte for byte. A
 * program is deterministic but for its host calls, so their results and what they wrote into the guest's memory, in order,
 * are enough to run it again.
 */

export const MAGIC = Uint8Array.of(0x89, 0x57, 0x53, 0x52, 0x45, 0x43, 0x0d, 0x0a); // "\x89WSREC\r\n"
export const VERSION = 2;
/** Magic number and version. */
export const PREAMBLE = 12;
/** Of a block: length of what follows, its checksum, its number. Each a u32. */
export const BLOCK_HEADER = 12;
/** Bytes of a block that is handed out when it is full. Only an entry that is larger by itself makes a larger one. */
export const BLOCK_SIZE = 65_536;
/** No block is larger: what claims to be is damaged. */
export const MAX_BLOCK = 1 << 26;
/** Bytes that a call has written, from this many on, are stored apart, and once. */
export const LARGE = 4096;
/** Bytes of one piece of stored content: a larger write is several. */
export const MAX_CONTENT = 1 << 20;
/** Blocks of parts are numbered from here on: the log begins with block 1, whatever stands before it. */
export const PART_BLOCKS = 2 ** 31;
/** Bytes of a part in one block. */
export const PART_BLOCK = 1 << 20;

/** An entry begins with a varint: its kind in the low three bits, an operand above. */
export const Kind = {
  /** A string for the table of names: operand: its length. */
  NAME: 0,
  /** Bytes for the table of contents: operand: their length. */
  CONTENT: 1,
  /** A host call that succeeded: operand: index of its name. */
  CALL: 2,
  /** A host call that failed: operand: index of its name; its errno follows. */
  FAILED_CALL: 3,
  /** The instant here: operand: instructions since the last one that was told. */
  INSTANT: 4,
  /** What happened beside the calls: operand: one of `Note`; its length and so many bytes follow. */
  NOTE: 5,
  /** memory.grow or table.grow: operand: twice the index, plus one for a table; pages or entries asked for and the result, plus one, follow. */
  GROWTH: 6,
  /** How the run ended: operand: length of the description, as JSON; the name of the call in which it ended follows, plus one. */
  END: 7,
} as const;

/** Whoever does not know a note passes over it. */
export const Note = {
  /** The guest was stopped from outside: the reason, as JSON. */
  STOP: 0,
  /** A call was refused by the policy: the number of the refusal, and at its first time what it was, as JSON. */
  VIOLATION: 1,
  /** Somebody wrote into the memory of the stopped guest: index of the memory, address, bytes. */
  EDIT: 2,
} as const;

/** What was run, and with what. */
export interface RecordingHeader {
  readonly module: {
    readonly name: string;
    /** Of the module as it was compiled, hexadecimal. */
    readonly sha256: string;
    readonly bytes: number;
  };
  /** Absolute path of the program's file where it was run. A text: nothing is there any more. */
  readonly file?: string;
  /** How the module came about. */
  readonly build?: RecordedBuild;
  /** What stands in front of the log, in this order. */
  readonly parts?: readonly RecordedPart[];
  /** What was left out or replaced. */
  readonly redacted?: readonly Redaction[];
  /** NaN bits and the depth of the stack depend on these. */
  readonly engine: { readonly node: string; readonly v8: string; readonly architecture: string };
  /** The configuration in force. */
  readonly config: unknown;
  /** As `GuestOptions.entry`. */
  readonly entry: unknown;
  /** The program's name first. */
  readonly args: readonly string[];
  /** Names of the variables that the guest was given. Their values stand only where the guest has asked for them. */
  readonly env: readonly string[];
  /** Milliseconds since 1970. */
  readonly recordedAt: number;
}

export interface RecordedBuild {
  readonly language: 'c' | 'assemblyscript' | 'wat' | 'wasm';
  /** Of wasm-sandbox, whose own compilers those are that it ships with. */
  readonly version: string;
  readonly toolchain: string;
  /** For the compiler, beside our own. */
  readonly arguments: readonly string[];
  /** Functions that were to be exported. */
  readonly exports: readonly string[];
}

/** Bytes that stand in front of the log. */
export type RecordedPart =
  /** As it was compiled. */
  | { readonly kind: 'module'; readonly bytes: number }
  /** `DebugInformation` as JSON, where it is not in the module. */
  | { readonly kind: 'debug'; readonly bytes: number }
  /** A source file. `path`: where it was; a name, not a place to write to. */
  | { readonly kind: 'source'; readonly path: string; readonly bytes: number };

/**
 * `env`: values of variables. `files`: the contents of what was read: files, standard input, answers from the network. Both
 * are replaced by as many `x`. `sources` and `module` are left out.
 */
export type Redaction = 'env' | 'files' | 'sources' | 'module';
export const REDACTIONS: readonly Redaction[] = ['env', 'files', 'sources', 'module'];

/** Where in the run. The number of host calls before it is always known, the instant only where the module counts. */
export interface Position {
  /** 0-based: host calls that have come back before. */
  readonly calls: number;
  /** The last instant that was told before it. */
  readonly instant: number | undefined;
}

/** Bytes that a host call has written into the guest's memory. */
export interface MemoryWrite {
  readonly address: number;
  readonly bytes: Uint8Array;
}

export interface CallEntry {
  readonly kind: 'call';
  readonly position: Position;
  /** As the observer hears it: `fd_read`, `sandbox_http.request`. */
  readonly name: string;
  readonly errno: number;
  /** To be applied in this order. */
  readonly writes: readonly MemoryWrite[];
}

export type Entry =
  | CallEntry
  | { readonly kind: 'instant'; readonly position: Position; readonly instant: number }
  | { readonly kind: 'stop'; readonly position: Position; readonly reason: unknown }
  | {
      readonly kind: 'violation';
      readonly position: Position;
      /** 0-based; the same refusal again has the same. */
      readonly number: number;
      /** As `HostViolation`. */
      readonly violation: unknown;
    }
  | {
      readonly kind: 'edit';
      readonly position: Position;
      readonly memory: number;
      readonly address: number;
      readonly bytes: Uint8Array;
    }
  | {
      readonly kind: 'growth';
      readonly position: Position;
      readonly of: 'memory' | 'table';
      readonly index: number;
      /** Pages, or entries. */
      readonly asked: number;
      /** Pages or entries before, or -1. */
      readonly result: number;
    }
  | {
      readonly kind: 'end';
      readonly position: Position;
      /** The host call that did not come back, when the run ended inside one. */
      readonly inCall: string | undefined;
      /** As `End` of the guest. */
      readonly end: unknown;
      /** As `Usage` of the guest, where it is known. */
      readonly usage: unknown;
    };
