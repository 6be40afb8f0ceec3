/**
 * What instrumentation hands to those who run and debug the module: the new bytes, the places where execution can
 * stop, and how the probe page and the shadow frames are laid out. Plain data: it crosses processes by structured
 * clone.
 */
import type { CodeOffset } from '../wasm/offsets.ts';

/** What to add to a module. Everything is off unless asked for. */
export interface InstrumentOptions {
  /** Places where execution can stop, beside function entries. `'all'` makes every instruction one (tests). */
  readonly sites?: readonly CodeOffset[] | 'all';
  /**
   * A site at the entry of every defined function, for function breakpoints. Default: true when `sites` is given. Left
   * out, when `sites` is a list, are functions without loops of up to 16 instructions with none of them: accessors
   * and guards that a compiler made.
   */
  readonly entries?: boolean;
  /** Count executed instructions, exactly. `'brute'` adds one at every instruction (the oracle of tests). */
  readonly clock?: 'none' | 'exact' | 'brute';
  /** Compare the clock with the limit at entries, loop headers and after calls. Needs a clock. */
  readonly checks?: boolean;
  /** Keep the call depth. */
  readonly depth?: boolean;
  /** Stop (event `stack overflow`) when a call would make the depth exceed this number of frames. Needs `depth`. */
  readonly maxCallDepth?: number;
  /**
   * Wasm locals to keep readable in a shadow frame, by function index (0-based, imports counted). Needs `depth`.
   * Functions in which nothing can stop (no site, no call) get no frame: see `ShadowLayout.slots` for those that do.
   * There is room for `maxCallDepth` frames, 10,000 when that is not given; a deeper call traps.
   */
  readonly trackedLocals?: ReadonlyMap<number, readonly number[]>;
  /**
   * Upper bound for all defined memories together, in bytes (WebAssembly pages are 64 KiB); their own maximums are
   * lowered to what each gets of it.
   */
  readonly maxMemory?: number;
  /** Upper bound for all defined tables together, in entries. */
  readonly maxTableEntries?: number;
  /** Tell the hook of each `memory.grow` and `table.grow` that is refused. */
  readonly growths?: boolean;
}

/** A `memory.grow` or `table.grow` of the original module. Its index in `Instrumented.growths` is its number. */
export interface Growth {
  /** Of the instruction. */
  readonly offset: CodeOffset;
  readonly functionIndex: number;
  readonly of: 'memory' | 'table';
  /** Which memory or table. */
  readonly index: number;
}

/** How far a memory (pages) or a table (entries) may grow. */
export interface Bound {
  /** The module's own maximum. */
  readonly own: number | undefined;
  /** What the host allows; never more than `own`. Infinity: anything. */
  readonly allowed: number;
}

/** One place where execution can stop. Its index in `Instrumented.sites` is its number, everywhere. */
export interface Site {
  /** Offset of the instruction before which execution stops, in the ORIGINAL module. */
  readonly offset: CodeOffset;
  readonly functionIndex: number;
  /** True at the first instruction of a function. */
  readonly entry: boolean;
  /** True when the site was asked for in `sites` (an entry may be both). */
  readonly statement: boolean;
}

/** Bits of a site's flag byte in the probe page. */
export const SITE_ALWAYS = 1; // breakpoint: stop whatever the depth
export const SITE_STEP = 2; // stop when depth <= the step depth in the probe page

/** Byte offsets inside the probe memory (shared, little-endian). The controller writes while the guest runs. */
export interface ProbeLayout {
  /** i64: the clock value at which the next check calls the hook. 0 makes the next check do so (pause, sampling). */
  readonly limit: number;
  /** i32: SITE_STEP sites call the hook only when depth (scaled, see `ShadowLayout.stride`) is <= this. */
  readonly stepDepth: number;
  /** One flag byte a site, from here. */
  readonly flags: number;
  /** Shadow frames: the frame at scaled depth `d` (the first call has `d = stride`) begins at `frames + d`. */
  readonly frames: number;
  /** Size of the probe memory, in 64 KiB pages. Shared, so minimum = maximum. */
  readonly pages: number;
}

/**
 * Where tracked locals live. Slot k of a function's frame is 8 bytes at `frames + depth + 8 * k`; v128 takes two
 * slots.
 */
export interface ShadowLayout {
  /** What one call adds to the depth counter. The real depth is `depth / stride`. */
  readonly stride: number;
  readonly slots: ReadonlyMap<number, readonly LocalSlot[]>;
}

export interface LocalSlot {
  /** Index of the wasm local (0-based, parameters first). */
  readonly local: number;
  readonly slot: number;
  readonly type: 'i32' | 'i64' | 'f32' | 'f64' | 'v128';
}

/** Names of the exports that instrumentation appends. */
export const PROBE_EXPORTS = {
  /** Table with one slot for the hook: `(id: i32, instant: f64, depth: i32) -> ()`. */
  hook: '__ws_hook',
  /** The probe memory. */
  probe: '__ws_probe',
  /**
   * Mutable i64 global: the clock. Right inside the hook (the instant) and host calls, after an export has returned or
   * thrown, and after `unreachable`; after another trap it lags by what the innermost functions have run since their
   * last call.
   */
  clock: '__ws_clock',
  /**
   * Mutable i32 global: the scaled call depth. The host sets it to 0 before each call of an export, but leaves it
   * alone when it calls back from within a host call or the hook, for the outer frames still stand. Inside both it is
   * that of the guest's innermost frame; after a trap it is that of whoever called last.
   */
  depth: '__ws_depth',
  /** Mutable i64 global: by how much (pages, entries; unsigned) the latest growth was to be. Only with `growths`. */
  asked: '__ws_asked',
  /**
   * The module's start function, which is taken out of the start section so that the hook is in place before it runs.
   */
  start: '__ws_start',
  /**
   * Prefixes for every memory, global and table of the module itself: `__ws_memory0`, `__ws_global3`, `__ws_table0`.
   */
  memory: '__ws_memory',
  global: '__ws_global',
  table: '__ws_table',
} as const;

/** Values of the hook's `id` that are not sites. */
export const EVENT_LIMIT = -1; // a check found clock >= limit
export const EVENT_STACK_OVERFLOW = -2; // the call depth exceeds maxCallDepth; the hook must not return
/**
 * From here on down: growth number `EVENT_GROWTH - id` was refused. Instant and place are those of the instruction, but
 * it has been executed: its −1 is on the guest's stack.
 */
export const EVENT_GROWTH = -3;

export interface Instrumented {
  readonly bytes: Uint8Array;
  readonly sites: readonly Site[];
  readonly probe: ProbeLayout;
  readonly shadow: ShadowLayout;
  /** Longest stretch of instructions between two checks. */
  readonly longest: number;
  /**
   * Sorted pairs for `originalOffset` (offsetMap.ts, which knows how to read them): module offsets in the instrumented
   * module, code offsets in the original. -1: appended code.
   */
  readonly offsets: { readonly instrumented: Uint32Array; readonly original: Int32Array };
  /** Value type of each global of the original module, by index. */
  readonly globals: readonly string[];
  /** Number of memories of the original module; 0 means that there is nothing to read. */
  readonly memories: number;
  /** With `growths`: the instructions that grow something. */
  readonly growths: readonly Growth[];
  /** By memory index. */
  readonly memoryBounds: readonly Bound[];
  /** By table index. */
  readonly tableBounds: readonly Bound[];
  /** Index of the first appended function: frames with an index from here on are ours. */
  readonly firstAppendedFunction: number;
}
