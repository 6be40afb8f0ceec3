/** Why a module cannot be started, in words for the user. */
import { printableName } from '../../wasm/printable.ts';
import type { Imports } from './guestInstance.ts';

/** Imports that are listed, and characters of a name. */
const SHOWN = 12;
const LONGEST = 100;

/** A sentence that lists what the module imports and nobody supplies; undefined when all is there. */
export function missingImports(module: WebAssembly.Module, imports: Imports): string | undefined {
  const missing = WebAssembly.Module.imports(module).filter(
    (entry) => imports[entry.module]?.[entry.name] === undefined,
  );
  if (missing.length === 0) return undefined;
  const shown = missing.slice(0, SHOWN);
  const names = shown.map(
    ({ module: from, name, kind }) => `${printableName(from, LONGEST)}.${printableName(name, LONGEST)} (${kind})`,
  );
  if (missing.length > SHOWN) names.push(`and ${missing.length - SHOWN} more`);
  return (
    `The module imports what the sandbox does not supply: ${names.join(', ')}. ` +
    'Only the functions of wasi_snapshot_preview1 and sandbox_http can be imported.'
  );
}

/** What V8 had against the module. */
export function refusedByEngine(error: unknown, bytes: Uint8Array): string {
  if (isComponent(bytes))
    return 'This is a WebAssembly component. Only core modules can be run: build for wasm32-wasip1 instead.';
  const message = printableName(error instanceof Error ? error.message : String(error));
  return `The module is not valid, or uses what this runtime (Node ${process.version}) does not support: ${message}`;
}

/** A link error, or a memory or table that V8 could not make. */
export function notInstantiated(error: unknown): string {
  const message = printableName(error instanceof Error ? error.message : String(error));
  return `The module cannot be instantiated: ${message}`;
}

/** Components have layer 1 where core modules have 0 (component model, Binary.md): bytes 6 and 7 of the preamble. */
function isComponent(bytes: Uint8Array): boolean {
  return bytes[0] === 0 && bytes[1] === 0x61 && bytes[2] === 0x73 && bytes[3] === 0x6d && bytes[6] === 1;
}
