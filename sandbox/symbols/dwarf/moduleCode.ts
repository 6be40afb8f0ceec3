/**
 * What of the module itself matters beside its debug information: the instructions where rows start, and the types of
 * locals, since a frame hands floats and integers over as one kind of number and DWARF says only which local it is.
 */
import { type Module, readModule, type WasmFunction } from '../../wasm/module.ts';
import type { CodeOffset } from '../../wasm/offsets.ts';
import type { ValueType } from '../../wasm/valueType.ts';
import { stackGrowth } from './stackGrowth.ts';

export class ModuleCode {
  readonly #bytes: Uint8Array;
  #module: Module | undefined;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** From the start of the code section's contents on: index 0 is code offset 0. */
  get contents(): Uint8Array {
    return this.#bytes.subarray(this.#opened.codeStart);
  }

  /** Whether what `from` began, as a statement, is still being computed at `to`. */
  isMidExpression(from: CodeOffset, to: CodeOffset): boolean {
    return (stackGrowth(this.#opened, from, to) ?? 0) > 0;
  }

  /** undefined when there is no such local. */
  localType(functionIndex: number, local: number): ValueType | undefined {
    const fn = this.#opened.functions[functionIndex];
    return fn && localType(fn, local);
  }

  get #opened(): Module {
    this.#module ??= readModule(this.#bytes);
    return this.#module;
  }
}

/** Parameters come first. Groups are not spelled out: a hostile module may declare billions of locals in a few bytes. */
function localType(fn: WasmFunction, local: number): ValueType | undefined {
  if (local < fn.params.length) return fn.params[local];
  let end = fn.params.length;
  for (const { count, type } of fn.body?.localGroups ?? []) {
    end += count;
    if (local < end) return type;
  }
  return undefined;
}
