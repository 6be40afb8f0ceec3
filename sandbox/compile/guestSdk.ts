/** What programs may include of ours (`sandbox/guest-sdk`), as the compilers need it. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { contentHash } from './cache.ts';

const HERE = fileURLToPath(import.meta.url);

/** Absolute path of the folder: run from source beside this room, built beside the bundle. */
export function sdkFolder(): string {
  return path.join(path.dirname(HERE), HERE.endsWith('.ts') ? '../guest-sdk' : 'guest-sdk');
}

/** To be found by `#include`. */
export const sdkIncludeFolder = () => path.join(sdkFolder(), 'include');

/** To be found by `import`. */
export const sdkAssemblyScriptFolder = () => path.join(sdkFolder(), 'assemblyscript');

const FILES = { c: 'include/sandbox_http.h', assemblyscript: 'assemblyscript/sandbox-http/index.ts' } as const;

export function sdkFile(language: keyof typeof FILES): Uint8Array {
  return readFileSync(path.join(sdkFolder(), FILES[language]));
}

/** For the identity of a compiler: another version of the file is another program. */
export function sdkVersion(language: keyof typeof FILES): string {
  return `sdk ${contentHash(sdkFile(language)).slice(0, 16)}`;
}

/** Where the embedded compiler sees the headers. */
export const VIRTUAL_INCLUDE_FOLDER = '/sdk/include';

/** In debug information the headers count among the C library's, which are nobody's own source. */
export function sdkIncludeFlags(folder: string): string[] {
  return ['-isystem', folder, `-ffile-prefix-map=${folder}=/wasi-sysroot/include`];
}
