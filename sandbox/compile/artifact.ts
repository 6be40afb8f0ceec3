/**
 * What compiling gives: a module with its debug information, or diagnostics. Plain data, so that it can be
 * kept in the disk cache as it is. Lines and columns are 0-based.
 */
import type { CodeOffset } from '../wasm/offsets.ts';

export type Language = 'c' | 'assemblyscript' | 'wat' | 'wasm';

export interface CompileRequest {
  /** Absolute path of a source file or a `.wasm`. */
  readonly program: string;
  /** More sources of the same program, absolute paths (C: the `sources` of sandbox.json). */
  readonly sources?: readonly string[];
  /** Functions that must be exported, for launches that call one. */
  readonly exports?: readonly string[];
  /** Passed to the compiler after ours; an `-O` here replaces `-O0`. */
  readonly buildArgs?: readonly string[];
  /** `embedded`: the compiler that ships with us. `system`: the user's clang. Default: embedded. */
  readonly toolchain?: 'embedded' | 'system';
  /** Path of the system compiler, when it is not on PATH. */
  readonly compilerPath?: string;
  /** Folder of the cache; undefined: a folder of ours in the user's cache directory. `false`: no cache. */
  readonly cache?: string | false;
  readonly signal?: AbortSignal;
}

export type CompileResult =
  | {
      readonly ok: true;
      readonly artifact: Artifact;
      readonly diagnostics: readonly Diagnostic[];
      readonly cached: boolean;
      readonly milliseconds: number;
    }
  | {
      readonly ok: false;
      readonly diagnostics: readonly Diagnostic[] /** One or two sentences for the user: what happened, where, what to do. */;
      readonly message: string;
    };

export interface Diagnostic {
  /** Absolute path. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Exclusive end; absent when the compiler gives a point only. */
  readonly endLine?: number;
  readonly endColumn?: number;
  readonly severity: 'error' | 'warning' | 'information';
  readonly message: string;
  readonly code?: string;
}

export interface Artifact {
  readonly language: Language;
  readonly wasm: Uint8Array;
  readonly debug: DebugInformation;
  /** Absolute paths of the user's own source files that went in. */
  readonly sources: readonly string[];
}

export type DebugInformation =
  /** In the module's custom sections. */
  | { readonly kind: 'dwarf' }
  | { readonly kind: 'assemblyscript'; readonly sourceMap: string; readonly program: AssemblyScriptProgram }
  | {
      readonly kind: 'wat';
      readonly source: { readonly path: string; readonly content: string };
      readonly lines: readonly WatLine[];
    }
  /** Nothing but, perhaps, a name section. */
  | { readonly kind: 'none' };

/** The statement that starts at a code offset of a text module. */
export interface WatLine {
  readonly offset: CodeOffset;
  readonly functionIndex: number;
  readonly line: number;
  readonly column: number;
}

/** What the AssemblyScript compiler knows and the module does not say: types of locals, layouts of classes. */
export interface AssemblyScriptProgram {
  readonly functions: readonly AssemblyScriptFunction[];
  readonly classes: readonly AssemblyScriptClass[];
  readonly globals: readonly {
    readonly name: string;
    readonly wasmName: string;
    readonly type: string /** Present when the compiler inlined it. */;
    readonly constant?: string;
  }[];
  readonly enums: readonly {
    readonly name: string;
    readonly values: readonly { readonly name: string; readonly value: number }[];
  }[];
}

export interface AssemblyScriptFunction {
  /** As in the wasm name section. */
  readonly wasmName: string;
  /** As a person would write it: `Point#len`. */
  readonly name: string;
  /** Source path as the source map has it. */
  readonly path: string;
  /** Type names are the compiler's (`i32`, `~lib/array/Array<i32>`, `sample/Point | null`): keys into `classes` once `| null` is taken off. */
  readonly locals: readonly {
    readonly index: number;
    readonly name: string;
    readonly type: string;
    readonly parameter: boolean /** Scope in the source, when known. */;
    readonly scope?: { readonly startLine: number; readonly endLine: number };
  }[];
  /** `const` variables the compiler replaced by their value: they have no local. Decimal text. */
  readonly constants?: readonly {
    readonly name: string;
    readonly type: string;
    readonly value: string;
    readonly scope: { readonly startLine: number; readonly endLine: number };
  }[];
}

export interface AssemblyScriptClass {
  /** The compiler's internal name: `~lib/array/Array<i32>`. */
  readonly internalName: string;
  /** What a person would write: `Array<i32>`. */
  readonly name: string;
  /** Runtime id, as in the object header. */
  readonly id: number;
  readonly base?: string;
  readonly typeArguments: readonly string[];
  readonly managed: boolean;
  readonly size: number;
  readonly fields: readonly { readonly name: string; readonly type: string; readonly offset: number }[];
}
