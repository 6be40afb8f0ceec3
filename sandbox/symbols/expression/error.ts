/** What is wrong with an expression, in plain words, and where. */
export class EvaluationError extends Error {
  /** Characters from the start of the expression, 0-based. */
  readonly position: number;

  constructor(message: string, position: number) {
    super(message);
    this.position = position;
  }
}
