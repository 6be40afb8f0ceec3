/** Lines and columns: 0-based inside, 0- or 1-based for the client, as it says in `initialize`. The only place that adds 1. */
export class Positions {
  readonly #line: number;
  readonly #column: number;

  constructor(linesStartAt1: boolean, columnsStartAt1: boolean) {
    this.#line = linesStartAt1 ? 1 : 0;
    this.#column = columnsStartAt1 ? 1 : 0;
  }

  lineToClient(line: number): number {
    return line + this.#line;
  }

  columnToClient(column: number): number {
    return column + this.#column;
  }

  lineFromClient(line: number): number {
    return line - this.#line;
  }

  columnFromClient(column: number): number {
    return column - this.#column;
  }
}
