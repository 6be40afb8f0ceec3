/**
 * The shape of a unit's tree of entries in typed arrays: offset, tag, parent and next sibling of each. One quick
 * pass that reads no attribute; everything that looks for entries starts here.
 */
import { type Cursor, DwarfError } from './cursor.ts';
import { skipForm } from './forms.ts';
import type { Unit } from './unit.ts';

const NONE = -1;

export class EntryTree {
  /** In `.debug_info`, ascending. */
  readonly offsets: Uint32Array;
  readonly tags: Uint16Array;
  readonly #parents: Int32Array;
  /** Index of the first entry that is not beneath this one. */
  readonly #nexts: Uint32Array;

  /** A break inside the unit ends the tree there: what was read so far is kept. */
  constructor(unit: Unit, firstEntry: number) {
    const walk = new Walk();
    try {
      walk.run(unit, unit.cursorAt(firstEntry));
    } catch (error) {
      if (!(error instanceof DwarfError)) throw error;
      unit.information.report(error);
    }
    walk.closeAll();
    this.offsets = Uint32Array.from(walk.offsets);
    this.tags = Uint16Array.from(walk.tags);
    this.#parents = Int32Array.from(walk.parents);
    this.#nexts = Uint32Array.from(walk.nexts);
  }

  parentOf(offset: number): number | undefined {
    const parent = this.#parents[this.indexOf(offset)];
    return parent === undefined || parent === NONE ? undefined : this.offsets[parent];
  }

  *childrenOf(offset: number): Iterable<number> {
    const index = this.indexOf(offset);
    const end = this.#nexts[index] ?? 0;
    for (let child = index + 1; child < end; child = this.#nexts[child] ?? end) yield this.offsets[child] ?? 0;
  }

  /** Index of the first entry that is not beneath the one at `index`. */
  nextOf(index: number): number {
    return this.#nexts[index] ?? index + 1;
  }

  /** Index of the parent, -1 for the root. */
  parentIndex(index: number): number {
    return this.#parents[index] ?? NONE;
  }

  /** Index of the entry that starts at `offset`, -1 when none does. */
  indexOf(offset: number): number {
    let low = 0;
    let high = this.offsets.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.offsets[middle] ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return this.offsets[low] === offset ? low : NONE;
  }
}

class Walk {
  readonly offsets: number[] = [];
  readonly tags: number[] = [];
  readonly parents: number[] = [];
  readonly nexts: number[] = [];
  #open = NONE;

  run(unit: Unit, cursor: Cursor): void {
    while (!cursor.done) {
      const offset = cursor.position;
      const code = cursor.uleb();
      if (code === 0) {
        if (this.#open === NONE) return;
        this.#close();
        continue;
      }
      const abbreviation = unit.abbreviationOf(code) ?? cursor.fail(`abbreviation ${code} is not defined`);
      const index = this.offsets.length;
      this.offsets.push(offset);
      this.tags.push(abbreviation.tag);
      this.parents.push(this.#open);
      this.nexts.push(index + 1);
      for (const form of abbreviation.sized) skipForm(cursor, form, unit);
      if (abbreviation.hasChildren) this.#open = index;
      else if (this.#open === NONE) return;
    }
  }

  closeAll(): void {
    while (this.#open !== NONE) this.#close();
  }

  #close(): void {
    this.nexts[this.#open] = this.offsets.length;
    this.#open = this.parents[this.#open] ?? NONE;
  }
}
