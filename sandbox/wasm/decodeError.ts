/** The one error that malformed WebAssembly raises, with the place in the module where reading stopped making sense. */
import type { ModuleOffset } from './offsets.ts';

export class WasmDecodeError extends Error {
  /** From the start of the module, in bytes. */
  readonly offset: ModuleOffset;

  constructor(offset: ModuleOffset, message: string) {
    super(`${message} at offset 0x${offset.toString(16)} of the module`);
    this.name = 'WasmDecodeError';
    this.offset = offset;
  }
}
