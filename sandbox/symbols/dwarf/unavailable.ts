/** Why a value cannot be had; never leaves this room. */
export class Unavailable extends Error {
  readonly reason: string;

  /** `reason`: text for the user, without brackets. */
  constructor(reason: string) {
    super(reason);
    this.reason = reason;
  }
}

export const OPTIMIZED_OUT = 'optimized out';
export const NOT_TRACKED = 'not in this frame';
