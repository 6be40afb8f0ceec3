/** Frames of a guest as places in its source. Symbols are opened only when somebody asks: most runs never do. */
import type { Artifact } from '../compile/artifact.ts';
import type { GuestFrame } from '../guest/protocol.ts';
import { loadSymbols } from '../symbols/load.ts';
import type { SourceFrame, Symbols } from '../symbols/model.ts';
import type { Module } from '../wasm/module.ts';

/** A function that was running, and where in it. */
export interface StackFrame {
  readonly function: string;
  /** null: nothing is known about the place. */
  readonly location: StackLocation | null;
  /** True for what belongs to the toolchain: the C library, AssemblyScript's runtime. */
  readonly library: boolean;
}

export interface StackLocation {
  /** Absolute path where the compiler saw it. */
  readonly source: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based. */
  readonly column: number;
}

export class StackReader {
  readonly #artifact: Artifact;
  readonly #module: Module;
  #symbols: Promise<Symbols | undefined> | undefined;

  constructor(artifact: Artifact, module: Module) {
    this.#artifact = artifact;
    this.#module = module;
  }

  /** Innermost first, inlined functions as frames of their own. */
  async read(frames: readonly GuestFrame[]): Promise<readonly StackFrame[]> {
    if (frames.length === 0) return [];
    const symbols = await this.#load();
    return frames.flatMap((frame) => describe(frame, symbols));
  }

  /** Sources that debug information names, those of libraries left out. They need not exist. */
  async ownSources(): Promise<readonly string[]> {
    // Of others, the compiler has told.
    if (this.#artifact.language !== 'wasm' || this.#artifact.debug.kind === 'none') return [];
    const { sources = [] } = (await this.#load()) ?? {};
    return sources.flatMap(({ path, library }) => (library ? [] : [path]));
  }

  #load(): Promise<Symbols | undefined> {
    this.#symbols ??= loadSymbols(this.#artifact, this.#module).catch(() => undefined); // a place less, not a run less
    return this.#symbols;
  }
}

/** The innermost place in the user's own source. */
export function ownLocation(frames: readonly StackFrame[]): StackFrame | undefined {
  return frames.find(({ library, location }) => !library && location !== null);
}

function describe({ functionIndex, offset }: GuestFrame, symbols: Symbols | undefined): readonly StackFrame[] {
  const found = symbols?.frames(functionIndex, offset, false) ?? [];
  if (symbols && found.length > 0) return found.map((frame) => fromSource(frame, symbols));
  const name = symbols?.functionName(functionIndex) ?? `function ${functionIndex}`;
  return [{ function: name, location: null, library: true }];
}

function fromSource({ name, location }: SourceFrame, symbols: Symbols): StackFrame {
  const source = location && symbols.sources[location.source];
  if (!location || !source) return { function: name, location: null, library: true };
  return {
    function: name,
    location: { source: source.path, line: location.line + 1, column: location.column + 1 },
    library: source.library,
  };
}
