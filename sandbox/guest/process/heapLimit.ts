/**
 * The heap of a guest's thread: structs, arrays, exceptions and what tables hold live in the engine's, not in linear
 * memory. It gets as much as `memory` allows, and never less than the sandbox itself may need for a large module.
 */
const LEAST = 256;

/** In megabytes. `memory`: the limit of the configuration, in bytes. */
export function heapMegabytes(memory: number): number {
  return Math.max(LEAST, Math.ceil(memory / 2 ** 20));
}

export function heapFull(megabytes: number): string {
  return `The program ran out of memory for its objects (structs, arrays, exceptions, entries of tables): they may take ${megabytes} MB. Look for a loop that keeps what it makes, or raise "memory" in sandbox.json.`;
}
