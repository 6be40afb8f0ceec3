/** Raised when a module, though well-formed, cannot be instrumented as asked: the sentence is for the user. */
export class InstrumentError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'InstrumentError';
  }
}
