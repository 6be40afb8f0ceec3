/** Output that nobody takes as it comes: kept for the report, as much as is reasonable. */

/** Bytes of each stream that a report holds. */
export const MOST_OUTPUT = 16 * 1024 * 1024;

export class CollectedOutput {
  readonly #parts = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
  readonly #sizes = { stdout: 0, stderr: 0 };

  add(stream: 'stdout' | 'stderr', bytes: Uint8Array): void {
    const part = bytes.subarray(0, MOST_OUTPUT - this.#sizes[stream]);
    this.#sizes[stream] += part.length;
    if (part.length > 0) this.#parts[stream].push(part);
  }

  texts(): { readonly stdout: string; readonly stderr: string } {
    return { stdout: text(this.#parts.stdout), stderr: text(this.#parts.stderr) };
  }
}

function text(parts: readonly Uint8Array[]): string {
  return Buffer.concat(parts).toString('utf8');
}
