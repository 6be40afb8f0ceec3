/** All line tables of a module and the sources they name, each path once. */
import type { Source } from '../model.ts';
import { Attribute } from './constants.ts';
import type { DebugInformation } from './information.ts';
import { LineTable } from './lineTable.ts';
import { isLibraryPath } from './sourcePath.ts';
import type { Unit } from './unit.ts';

export class Lines {
  readonly sources: Source[] = [];
  /** One for each unit that has code; units may share one. */
  readonly tables: readonly LineTable[];
  readonly #byOffset = new Map<number, LineTable | undefined>();
  readonly #sourceByPath = new Map<string, number>();
  readonly #sourcesOfTable = new Map<LineTable, readonly (number | undefined)[]>();

  constructor(information: DebugInformation) {
    for (const unit of information.units) information.attempt(() => this.tableOf(unit), undefined);
    this.tables = [...this.#byOffset.values()].filter((table) => table !== undefined);
    for (const table of this.tables) {
      this.#sourcesOfTable.set(
        table,
        table.files.map((path) => (path === undefined ? undefined : this.#sourceOfPath(path))),
      );
    }
  }

  /** @throws {DwarfError} */
  tableOf(unit: Unit): LineTable | undefined {
    const offset = unit.root.number(Attribute.stmtList);
    if (offset === undefined) return undefined;
    if (!this.#byOffset.has(offset)) {
      // Set first: a broken table is reported once, not by every unit that shares it.
      this.#byOffset.set(offset, undefined);
      this.#byOffset.set(offset, new LineTable(unit, offset));
    }
    return this.#byOffset.get(offset);
  }

  /** Index into `sources` of a table's file. */
  sourceOf(table: LineTable, file: number): number | undefined {
    return this.#sourcesOfTable.get(table)?.[file];
  }

  #sourceOfPath(path: string): number {
    const known = this.#sourceByPath.get(path);
    if (known !== undefined) return known;
    this.sources.push({ path, library: isLibraryPath(path) });
    this.#sourceByPath.set(path, this.sources.length - 1);
    return this.sources.length - 1;
  }
}
