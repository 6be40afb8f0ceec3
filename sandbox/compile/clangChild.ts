/**
 * Child process that runs the embedded clang.
 */
import type { VirtualFile } from './cSources.ts';
import { loadFast } from './fastLoading.ts';
import { serveParent } from './serveParent.ts';

export interface ClangJob {
  readonly args: readonly string[];
  readonly files: readonly VirtualFile[];
  /** Path of the file to give back. */
  readonly output: string;
}

export interface ClangOutcome {
  /** undefined: clang failed, and `log` says why. */
  readonly wasm: Uint8Array | undefined;
  readonly log: string;
}

loadFast();

const { commands } = await import('@yowasp/clang');
await commands.clang(undefined, {}, { fetchProgress: () => undefined });
serveParent((payload) => run(payload as ClangJob));

interface Tree {
  [name: string]: Tree | string | Uint8Array;
}

async function run(job: ClangJob): Promise<ClangOutcome> {
  let log = '';
  const decoder = new TextDecoder();
  const collect = (bytes: Uint8Array | null): void => {
    if (bytes) log += decoder.decode(bytes, { stream: true });
  };
  const options = { stdout: collect, stderr: collect, decodeASCII: false, fetchProgress: () => undefined };
  try {
    const tree = await commands.clang([...job.args], treeOf(job.files), options);
    const wasm = tree?.[job.output.slice(1)];
    return { wasm: wasm instanceof Uint8Array ? wasm : undefined, log };
  } catch (error) {
    if (error instanceof Error && 'code' in error && 'files' in error) return { wasm: undefined, log };
    throw error;
  }
}

function treeOf(files: readonly VirtualFile[]): Tree {
  const root: Tree = {};
  for (const file of files) {
    const folders = file.path.split('/').filter(Boolean);
    const name = folders.pop() ?? '';
    let folder = root;
    for (const part of folders) {
      const next = folder[part] ?? {};
      if (typeof next === 'string' || next instanceof Uint8Array) throw new Error(`${file.path} is inside a file`);
      folder[part] = next;
      folder = next;
    }
    folder[name] = file.bytes;
  }
  return root;
}
