/**
 * Sources as a person knows them: files on disk, texts that the debug information carries, and the
 * disassembly of functions that have nothing better. One object for one source, so that identity can be compared.
 */
import { existsSync } from 'node:fs';
import { readDisassembly } from '../symbols/disassembly.ts';
import type { Source, SourceLocation, Symbols } from '../symbols/model.ts';
import type { Module } from '../wasm/module.ts';

export interface DebugSource {
  /** Last part of the path. */
  readonly name: string;
  /** As the symbols have it; on disk when `onDisk`. */
  readonly path: string;
  readonly onDisk: boolean;
  readonly library: boolean;
  /** The text, when the file is not on disk. */
  readonly content: string | undefined;
}

/** Lines and columns are 0-based. */
export interface DebugLocation {
  readonly source: DebugSource;
  readonly line: number;
  readonly column: number;
}

export class Sources {
  readonly #symbols: Symbols;
  readonly #module: Module;
  readonly #known = new Map<Source, DebugSource>();
  #disassembly: Symbols | undefined;

  constructor(symbols: Symbols, module: Module) {
    this.#symbols = symbols;
    this.#module = module;
  }

  /** Every source of the debug information. */
  all(): readonly DebugSource[] {
    return this.#symbols.sources.map((source) => this.#view(source));
  }

  /** Symbols for functions that the debug information does not know: a text module of our own making. */
  get disassembly(): Symbols {
    this.#disassembly ??= readDisassembly(this.#module);
    return this.#disassembly;
  }

  /** `symbols`: the program's own or `disassembly`, whichever the location came from. */
  locate(symbols: Symbols, location: SourceLocation | undefined): DebugLocation | undefined {
    const source = location && symbols.sources[location.source];
    return source && { source: this.#view(source), line: location.line, column: location.column };
  }

  /** Indexes of the sources that are the file at `path`. */
  find(path: string): readonly number[] {
    const wanted = comparable(path);
    return this.#symbols.sources.flatMap((source, index) => (comparable(source.path) === wanted ? [index] : []));
  }

  #view(source: Source): DebugSource {
    const known = this.#known.get(source);
    if (known !== undefined) return known;
    const view = {
      name: source.path.slice(source.path.lastIndexOf('/') + 1),
      path: source.path,
      onDisk: existsSync(source.path),
      library: source.library,
      get content() {
        return source.content;
      },
    };
    this.#known.set(source, view);
    return view;
  }
}

/** Two spellings of one path compare equal: separators, and case where the file system ignores it. */
function comparable(path: string): string {
  const forward = path.replaceAll('\\', '/');
  return process.platform === 'win32' || process.platform === 'darwin' ? forward.toLowerCase() : forward;
}
