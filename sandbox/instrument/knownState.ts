/**
 * Something that inserted code has established and later inserted code may rely on, followed through structured
 * control: what holds before an `if` holds at the start of both arms; behind a block it holds only when nothing inside
 * has touched it.
 */
import type { Control } from '../wasm/opcodes.ts';

interface Scope<T> {
  readonly value: T | undefined;
  readonly changes: number;
}

export class KnownState<T> {
  #value: T | undefined;
  #changes = 0;
  readonly #scopes: Scope<T>[] = [];

  /** undefined: nothing is known. */
  get value(): T | undefined {
    return this.#value;
  }

  set(value: T): void {
    this.#value = value;
    this.#changes++;
  }

  forget(): void {
    this.#value = undefined;
    this.#changes++;
  }

  /**
   * To be told of every instruction, after it. `plainEnd`: the end of a block that is reached by falling through only.
   */
  follow(control: Control, plainEnd: boolean): void {
    switch (control) {
      case 'block':
      case 'loop':
      case 'if':
      case 'try':
      case 'try_table':
        this.#scopes.push({ value: this.#value, changes: this.#changes });
        return;
      case 'else':
        this.#value = this.#scopes.at(-1)?.value;
        return;
      case 'catch':
        this.forget();
        return;
      case 'end':
      case 'delegate': {
        const scope = this.#scopes.pop();
        if (!scope || plainEnd) return;
        this.#value = scope.changes === this.#changes ? scope.value : undefined;
        return;
      }
      default:
    }
  }
}
