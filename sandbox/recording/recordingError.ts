/** A recording that cannot be read, or not any further. */
export class RecordingError extends Error {
  /** Byte of the file at which it shows. */
  readonly offset: number;

  constructor(what: string, offset: number, advice: string) {
    super(`${what} (at byte ${offset}). ${advice}`);
    this.name = 'RecordingError';
    this.offset = offset;
  }
}

export const RECORD_AGAIN = 'What stands before can be used; to have the rest, record the run again.';
