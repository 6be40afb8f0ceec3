/**
 * What every language of this room implements: one compilation, with the files that went into it.
 */
import type { Artifact, CompileRequest, Diagnostic } from './artifact.ts';
import type { Dependency } from './cache.ts';

/** The program's own file, already read. */
export interface Source {
  readonly path: string;
  readonly bytes: Uint8Array;
}

export type Build =
  | {
      readonly ok: true;
      readonly artifact: Artifact;
      readonly diagnostics: readonly Diagnostic[];
      /** Every other file that was read, or looked for in vain. */
      readonly dependencies: readonly Dependency[];
    }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[]; readonly message: string };

export interface Compiler {
  /** Name and version: another one must not find this one's artifacts in the cache. */
  identity(request: CompileRequest): Promise<string>;
  /** Failures of the user's program and of the compiler are values; `ChildFailure` may be thrown. */
  build(request: CompileRequest, source: Source): Promise<Build>;
  /** Loads what a first compilation would have to wait for. */
  warmUp(): void;
  /** Ends processes that are kept alive. */
  dispose(): void;
}

/** Text of a source file; a byte order mark is not part of the first line. */
export function sourceText(source: Source): string {
  return new TextDecoder('utf-8', { ignoreBOM: false }).decode(source.bytes);
}

/** `main.c, line 3: expected ';' (and 2 more errors)`. */
export function summarize(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === 'error');
  const [first] = errors;
  if (first === undefined) return 'The program could not be compiled.';
  const name = first.file.split(/[\\/]/).at(-1);
  const more = errors.length - 1;
  const rest = more === 0 ? '' : ` (and ${more} more ${more === 1 ? 'error' : 'errors'})`;
  return `${name}, line ${first.line + 1}: ${first.message}${rest}`;
}
