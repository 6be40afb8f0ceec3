/**
 * What a recording is made of, and the numbers of its format: `docs/recording-format.md` describes it byte for byte. A
 * program is deterministic but for its host calls, so their results and what they wrote into the guest's memory, in order,
 * are enough to run it again.
 */

export const MAGIC = Uint8Array.of(0x89, 0x57, 0x53, 0x52, 0x45, 0x43, 0x0d, 0x0a); // "\x89WSREC\r\n"
export const VERSION = 1;
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
  /** The guest was stopped from outside: operand: length of the reason, as JSON. */
  STOP: 5,
  /** memory.grow: operand: index of the memory; pages asked for and the result, plus one, follow. */
  GROWTH: 6,
  /** How the run ended: operand: length of the description, as JSON; the name of the call in which it ended follows, plus one. */
  END: 7,
} as const;

/** What was run, and with what. */
export interface RecordingHeader {
  readonly module: {
    readonly name: string;
    /** Of the module as it was compiled, hexadecimal. */
    readonly sha256: string;
    readonly bytes: number;
  };
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
      readonly kind: 'growth';
      readonly position: Position;
      readonly memory: number;
      /** Pages asked for. */
      readonly pages: number;
      /** Pages before, or -1. */
      readonly result: number;
    }
  | {
      readonly kind: 'end';
      readonly position: Position;
      /** The host call that did not come back, when the run ended inside one. */
      readonly inCall: string | undefined;
      /** As `End` of the guest. */
      readonly end: unknown;
    };
