/**
 * The folders in which guests' processes work: empty, this user's alone, removed when the guest has ended. Those that a
 * killed process has left behind are removed by the next one.
 */
import { chmodSync, lstatSync, mkdtempSync, readdirSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const PREFIX = 'wasm-sandbox-guest-';
/** Process that made it, then letters that make the name unique. */
const NAME = /^wasm-sandbox-guest-(\d+)-[0-9A-Za-z]{6}$/;
/** Read and enter: nobody is to put anything there. */
const MODE = 0o500;

const folders = new Set<string>();
let cleaned = false;

export function createWorkingFolder(): string {
  if (!cleaned) {
    cleaned = true;
    removeAbandoned(tmpdir());
  }
  if (folders.size === 0) process.once('exit', removeAll);
  const folder = mkdtempSync(path.join(tmpdir(), `${PREFIX}${process.pid}-`));
  // Windows would not let us remove it either.
  if (process.platform !== 'win32') chmodSync(folder, MODE);
  folders.add(folder);
  return folder;
}

export function removeWorkingFolder(folder: string): void {
  removeEmpty(folder);
  folders.delete(folder);
  if (folders.size === 0) process.removeListener('exit', removeAll);
}

/** Guests end with this process, but it cannot wait for them. */
function removeAll(): void {
  for (const folder of folders) removeWorkingFolder(folder);
}

/** In a folder that everybody can write to: only what is a folder, this user's, empty, and of a process that is gone. */
export function removeAbandoned(parent: string): void {
  for (const name of namesIn(parent)) {
    const owner = NAME.exec(name)?.[1];
    if (owner === undefined || lives(Number(owner))) continue;
    const folder = path.join(parent, name);
    const stats = lstatSync(folder, { throwIfNoEntry: false });
    const ours = process.getuid === undefined || stats?.uid === process.getuid();
    if (stats?.isDirectory() && ours) removeEmpty(folder);
  }
}

/** Never what is in it: a folder that is not empty is not one of ours any more. */
function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Windows keeps a folder while a process works in it: the next start finds it abandoned.
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, as somebody else's.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
