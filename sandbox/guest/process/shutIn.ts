/**
 * The last of the walls is put up from inside: what a guest's process needed only to start is given up, in each of its
 * threads. Also says which walls stand, as this runtime sees it.
 */
import modules, { syncBuiltinESMExports } from 'node:module';
import threads from 'node:worker_threads';
import type { GuestWalls } from '../protocol.ts';

interface Permission {
  has(scope: string): boolean;
  /** Not in every Node that has the model. */
  drop?(scope: string): void;
}

const permission: Permission | undefined = process.permission;

/**
 * Call it in a thread once it starts no other: a new thread may choose its own permissions, so with `--allow-worker` all
 * of the model is worth nothing. Where the right cannot be dropped, what starts threads is taken out of reach, which only
 * hides it.
 */
export function shutIn(): void {
  for (const name of variables()) delete process.env[name];
  if (permission === undefined) return;
  if (permission.drop !== undefined) permission.drop('worker');
  else {
    Reflect.deleteProperty(threads, 'Worker');
    // Hooks run on a thread of their own.
    Reflect.deleteProperty(modules, 'register');
    syncBuiltinESMExports();
  }
}

/** Of this thread. */
export function wallsThatStand(): GuestWalls {
  const denied = (scope: string) => permission !== undefined && !permission.has(scope);
  return {
    node: process.version,
    permissions: permission !== undefined,
    childProcesses: denied('child'),
    addons: denied('addon'),
    inspector: permission !== undefined,
    wasi: denied('wasi'),
    threads: denied('worker') ? 'shut' : 'Worker' in threads ? 'open' : 'hidden',
    network: knows('--allow-net') && denied('net'),
    environment: variables().length === 0,
  };
}

/** Without SystemRoot, Windows finds neither random numbers nor its network. */
function variables(): string[] {
  return Object.keys(process.env).filter((name) => name !== 'SystemRoot');
}

function knows(flag: string): boolean {
  return process.allowedNodeEnvironmentFlags.has(flag);
}
