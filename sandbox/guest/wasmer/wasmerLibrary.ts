/** Loaded only for `"wasi": "wasmer"`: the package, ready for use. In a file of its own, so that nobody else reads its 460 KB. */
import { init, MemFS, WASI } from '@wasmer/wasi';

export interface WasmerLibrary {
  readonly MemFS: typeof MemFS;
  readonly WASI: typeof WASI;
}

export async function loadWasmer(): Promise<WasmerLibrary> {
  await init();
  return { MemFS, WASI };
}
