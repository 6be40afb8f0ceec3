/**
 * Symbols of a module that has none: each function is a made-up source with its disassembly, each instruction a
 * statement. Texts are made when they are looked at.
 */
import { disassemble } from '../wasm/disassemble.ts';
import { instructionsOf } from '../wasm/instructions.ts';
import type { FunctionBody, Module, WasmFunction } from '../wasm/module.ts';
import type { CodeOffset } from '../wasm/offsets.ts';
import type { Source, SourceLocation, Statement, Symbols } from './model.ts';
import { WasmSymbols } from './wasmSymbols.ts';

/** `path`: what the made-up sources are named after, the module's own path. */
export function readDisassembly(module: Module, path = 'module.wasm'): Symbols {
  return new Disassembly(module, path.replaceAll('\\', '/'));
}

/**
 * Code of more bytes has a statement at each function's start only: a site and a statement for every instruction of
 * a large module would cost more memory than the module's run.
 */
const largestCode = 1 << 20;
/** Deeper blocks are not indented further: nesting costs a guest two bytes, and a line its depth. */
const deepestIndentation = 40;
/** Longer functions are shown up to here. */
const mostLines = 100_000;
/** The line of the first instruction; the function's header is above it. */
const firstInstructionLine = 1;

class Disassembly extends WasmSymbols {
  override readonly sources: readonly Source[];
  /** Index into `sources` by function index. */
  readonly #sourceOf = new Map<number, number>();
  readonly #offsets = new Map<number, readonly CodeOffset[]>();
  readonly #large: boolean;
  #statements: readonly Statement[] | undefined;

  constructor(module: Module, path: string) {
    super(module);
    const defined = module.functions.filter(hasBody);
    this.#large = (defined.at(-1)?.body.end ?? 0) > largestCode;
    this.sources = defined.map((fn, source) => {
      this.#sourceOf.set(fn.index, source);
      return this.#source(fn, path);
    });
  }

  override statements(): readonly Statement[] {
    this.#statements ??= this.module.functions.filter(hasBody).flatMap((fn) => this.#statementsOf(fn));
    return this.#statements;
  }

  #source(fn: WasmFunction, path: string): Source {
    const name = (this.functionName(fn.index) ?? '').replaceAll(/[^\w$.-]+/g, '_').slice(0, 60);
    const text = () => this.#text(fn);
    let content: string | undefined;
    return {
      path: `${path}/${fn.index}-${name}.wat`,
      library: false,
      get content() {
        content ??= text();
        return content;
      },
    };
  }

  #text(fn: WasmFunction): string {
    const names = this.names;
    const signature = [
      ...fn.params.map((type, index) => ` (param $${names.local(fn.index, index) ?? index} ${type})`),
      ...fn.results.map((type) => ` (result ${type})`),
    ];
    const lines = disassemble(this.module, fn.index, names, mostLines).map(
      ({ text, depth }) => '  '.repeat(Math.min(depth, deepestIndentation) + 1) + text,
    );
    // The last `end` is the function's own.
    const end = lines.length < mostLines ? (lines.pop()?.trimStart() ?? '') : '…';
    return [`func $${names.function(fn.index) ?? fn.index}${signature.join('')}`, ...lines, end, ''].join('\n');
  }

  #statementsOf(fn: DefinedFunction): readonly Statement[] {
    const source = this.#sourceOf.get(fn.index) ?? 0;
    const { bodyStart } = fn.body;
    const offsets = this.#large ? [bodyStart] : this.#offsetsOf(fn);
    return offsets.map((offset, ordinal) => ({ offset, functionIndex: fn.index, source, ...instructionAt(ordinal) }));
  }

  #offsetsOf(fn: DefinedFunction): readonly CodeOffset[] {
    const known = this.#offsets.get(fn.index);
    if (known) return known;
    const offsets = Array.from(instructionsOf(this.module, fn.body), ({ offset }) => offset);
    this.#offsets.set(fn.index, offsets);
    return offsets;
  }

  protected override locate(functionIndex: number, offset: CodeOffset): SourceLocation | undefined {
    const source = this.#sourceOf.get(functionIndex);
    const fn = this.module.functions[functionIndex];
    if (source === undefined || !fn || !hasBody(fn)) return undefined;
    const ordinal = this.#offsetsOf(fn).findLastIndex((start) => start <= offset);
    return { source, ...instructionAt(Math.max(0, ordinal)) };
  }
}

/** Of an instruction by its number in the function. Those that are not shown lie on the line that says so. */
function instructionAt(ordinal: number): { readonly line: number; readonly column: number } {
  return { line: firstInstructionLine + Math.min(ordinal, mostLines), column: 0 };
}

interface DefinedFunction extends WasmFunction {
  readonly body: FunctionBody;
}

function hasBody(fn: WasmFunction): fn is DefinedFunction {
  return fn.body !== undefined;
}
