/** The module's function bodies, as the reader of symbols needs them: found by the code they hold. */
import type { CodeOffset } from '../../wasm/offsets.ts';

export interface CodeFunction {
  /** Wasm function index, imports counted. */
  readonly index: number;
  readonly start: CodeOffset;
  /** First instruction, after the declarations of locals. */
  readonly bodyStart: CodeOffset;
  readonly end: CodeOffset;
}

export class CodeFunctions {
  readonly #functions: readonly CodeFunction[];
  readonly #byIndex: ReadonlyMap<number, CodeFunction>;

  constructor(functions: readonly CodeFunction[]) {
    this.#functions = [...functions].sort((a, b) => a.start - b.start);
    this.#byIndex = new Map(functions.map((entry) => [entry.index, entry]));
  }

  byIndex(index: number): CodeFunction | undefined {
    return this.#byIndex.get(index);
  }

  at(offset: CodeOffset): CodeFunction | undefined {
    let low = 0;
    let high = this.#functions.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#functions[middle]?.start ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    const found = this.#functions[low - 1];
    return found !== undefined && offset < found.end ? found : undefined;
  }
}
