/** The command line as a process, run from source. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Stripping the types of all modules anew would be most of each start. */
const NODE_COMPILE_CACHE = path.join(tmpdir(), 'wasm-sandbox-compile-cache');
const MAIN = path.join(import.meta.dirname, '../../sandbox/cli/main.ts');
export const FIXTURES = path.join(import.meta.dirname, '../fixtures/cli');

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Surroundings {
  readonly input?: string | 'keep open';
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export async function wasmSandbox(args: readonly string[], surroundings: Surroundings = {}): Promise<Finished> {
  const { input = '', env = {}, cwd = FIXTURES } = surroundings;
  const child = start(args, { env, cwd });
  const texts = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      texts[stream] += text;
    });
  }
  if (input !== 'keep open') child.stdin.end(input);
  const [code] = await once(child, 'close');
  return { code, ...texts };
}

/** A process that the test speaks to itself. `main`: another one than that from source. */
export function start(args: readonly string[], { env = {}, cwd = FIXTURES }: Surroundings = {}, main = MAIN) {
  return spawn(process.execPath, [main, ...args], { cwd, env: { ...process.env, NODE_COMPILE_CACHE, ...env } });
}
