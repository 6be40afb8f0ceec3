/**
 * Where the programs of a guest's process are on disk. Run from source they are the `.ts` files beside this one;
 * built, they are `.mjs` files beside the bundle that this file ended up in.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(import.meta.url);

const FILES = {
  controller: { source: 'controller/controller.ts', built: 'guestController.mjs' },
  worker: { source: 'worker/worker.ts', built: 'guestWorker.mjs' },
  network: { source: 'network/network.ts', built: 'guestNetwork.mjs' },
  wasmer: { source: 'wasmer/wasmerLibrary.ts', built: 'guestWasmer.mjs' },
} as const;

/** Absolute path of the file to start. */
export function entryFile(name: keyof typeof FILES): string {
  const fromSource = HERE.endsWith('.ts');
  return path.join(path.dirname(HERE), fromSource ? FILES[name].source : FILES[name].built);
}

/** Beside its own code, what a guest's process loads for the network: built, it is in the bundle. */
export function networkPackages(): readonly string[] {
  return HERE.endsWith('.ts') ? [path.join(codeFolder(), '../node_modules/undici')] : [];
}

/** And for `"wasi": "wasmer"`. */
export function wasmerPackages(): readonly string[] {
  return HERE.endsWith('.ts') ? [path.join(codeFolder(), '../node_modules/@wasmer/wasi')] : [];
}

/** The folder whose files a guest's process must be able to read: all of its own code, and nothing else's. */
export function codeFolder(): string {
  return HERE.endsWith('.ts') ? path.dirname(path.dirname(HERE)) : path.dirname(HERE);
}
