/**
 * Which files can be debugged in the sandbox. TypeScript is ours only where it looks like AssemblyScript, since
 * other debuggers have a claim to it too.
 */
import path from 'node:path';

export type ProgramKind = 'c' | 'wat' | 'wasm' | 'assemblyscript';

/** Whether a path exists; handed in so that this stays a question of names. */
export type Exists = (path: string) => boolean;

const KIND_OF_EXTENSION: Readonly<Record<string, ProgramKind>> = {
  '.c': 'c',
  '.wat': 'wat',
  '.wast': 'wat',
  '.wasm': 'wasm',
};

/** What a file is to us; `undefined` when it is none of ours. */
export function programKind(file: string, exists: Exists): ProgramKind | undefined {
  const extension = path.extname(file).toLowerCase();
  if (extension === '.ts') return looksLikeAssemblyScript(file, exists) ? 'assemblyscript' : undefined;
  return KIND_OF_EXTENSION[extension];
}

/** Whether somebody who asks for it outright may debug a file: TypeScript is taken at its word then. */
export function canBeProgram(file: string): boolean {
  return programKind(file, () => true) !== undefined;
}

/** Under `assembly/`, where AssemblyScript projects keep their sources, or with an asconfig.json or a sandbox.json at or above it. */
export function looksLikeAssemblyScript(file: string, exists: Exists): boolean {
  if (/\.d\.ts$/i.test(file)) return false;
  const folders = foldersUpwards(file);
  if (folders.some((folder) => path.basename(folder) === 'assembly')) return true;
  return folders.some(
    (folder) => exists(path.join(folder, 'asconfig.json')) || exists(path.join(folder, 'sandbox.json')),
  );
}

/** Why a file cannot be debugged, for the user. */
export function notAProgram(file: string | undefined): string {
  const what = 'Open, or save, a C (.c), AssemblyScript (.ts), WebAssembly text (.wat) or WebAssembly (.wasm) file';
  if (file === undefined) return `There is no file to debug. ${what} and press F5 again.`;
  const name = path.basename(file);
  if (path.extname(file).toLowerCase() === '.ts') {
    return `${name} does not look like AssemblyScript: there is no asconfig.json or sandbox.json at or above it, and it is not in a folder named "assembly". Run the command "Debug with Wasm Sandbox" to debug it all the same.`;
  }
  return `${name} cannot run in the sandbox. ${what}, or set "program" in launch.json.`;
}

function foldersUpwards(file: string): string[] {
  const folders: string[] = [];
  let folder = path.dirname(path.resolve(file));
  while (!folders.includes(folder)) {
    folders.push(folder);
    folder = path.dirname(folder);
  }
  return folders;
}
