/** Whether V8 would take a module. Validation is its business; we only make its answer usable. */
import type { ModuleOffset } from './offsets.ts';

export type Validation =
  | { readonly ok: true }
  | { readonly ok: false; readonly offset?: ModuleOffset; readonly reason: string };

/** `offset` is the place that V8 blames, where it names one. */
export function validateModule(bytes: Uint8Array): Validation {
  try {
    new WebAssembly.Module(bytes);
    return { ok: true };
  } catch (error) {
    return explain(error instanceof Error ? error.message : String(error));
  }
}

/** For example `WebAssembly.Module(): Compiling function #0 failed: type error … @+37`. */
function explain(message: string): Validation {
  const reason = message.replace(/^WebAssembly\.Module\(\):\s*/, '');
  const place = /\s*@\+(\d+)\s*$/.exec(reason);
  if (!place) return { ok: false, reason };
  return { ok: false, offset: Number(place[1]), reason: reason.slice(0, place.index) };
}
