/**
 * Positions inside a WebAssembly binary, typed by what they are relative to, so that one cannot be taken
 * for the other. Both are in bytes, 0-based.
 */

/**
 * Offset from the start of the code section's contents, as DWARF for WebAssembly counts (the section's function count
 * is at 0).
 */
export type CodeOffset = number & { readonly base?: 'code section contents' };

/** Offset from the start of the module, as V8 prints it in `wasm-function[3]:0x1f2`. */
export type ModuleOffset = number & { readonly base?: 'module' };
