/** Where a recording is read from: a file may be larger than memory. */
export interface ByteSource {
  /** May grow. */
  readonly size: number;
  /** Exactly these bytes: the caller has looked at `size`. */
  read(offset: number, length: number): Uint8Array;
}

export function sourceOf(bytes: Uint8Array): ByteSource {
  return { size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) };
}
