/**
 * The operating-system process of a guest: started with as little as it needs (an empty folder of its own, no
 * environment, Node's permission model where the runtime has it), and never left behind.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { SandboxConfig } from '../config/config.ts';
import { codeFolder, entryFile } from './entryFile.ts';
import type { FromController, ToController } from './messages.ts';

export interface ProcessEvents {
  message(message: FromController): void;
  /** Comes once, also when the process could not be started. */
  exited(how: ProcessExit): void;
}

export interface ProcessExit {
  readonly code: number | null;
  readonly signal: string | null;
  /** The last of what it wrote to its standard error: V8's last words. */
  readonly lastWords: string;
}

/** Characters of standard error that are kept. */
const LAST_WORDS = 4000;

export class GuestProcess {
  /** Whether it was started behind Node's permission model. */
  readonly permissions: boolean;
  readonly #flags: readonly string[];
  readonly #child: ChildProcess;
  readonly #folder: string;
  #events: ProcessEvents | undefined;
  #exit: ProcessExit | undefined;
  #lastWords = '';

  constructor(config: SandboxConfig, permissions = hasPermissionModel()) {
    this.permissions = permissions;
    this.#flags = permissions ? permissionFlags(config) : [];
    this.#folder = emptyFolder();
    this.#child = fork(entryFile('controller'), [], {
      execPath: process.execPath,
      execArgv: [...this.#flags],
      cwd: this.#folder,
      env: environment(),
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#lastWords = (this.#lastWords + text).slice(-LAST_WORDS);
    });
    this.#child.on('message', (message) => this.#events?.message(message as FromController));
    this.#child.once('error', (error) => {
      this.#lastWords += error.message;
      if (this.#child.pid === undefined) this.#exited(null, null);
    });
    // 'close' and not 'exit': its last words have been read by then.
    this.#child.once('close', (code, signal) => this.#exited(code, signal));
  }

  /** Whether its walls are those that a configuration asks for, and it still stands. */
  fits(config: SandboxConfig): boolean {
    const flags = this.permissions ? permissionFlags(config) : [];
    return this.#exit === undefined && flags.join('\0') === this.#flags.join('\0');
  }

  /** From now on `events` hears of it, of an exit before this too. It says nothing else until it is spoken to. */
  listen(events: ProcessEvents): void {
    this.#events = events;
    if (this.#exit) events.exited(this.#exit);
  }

  get id(): number | undefined {
    return this.#child.pid;
  }

  send(message: ToController): void {
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  destroy(): void {
    this.#child.kill('SIGKILL');
  }

  #exited(code: number | null, signal: string | null): void {
    if (this.#exit) return;
    this.#exit = { code, signal, lastWords: this.#lastWords.trim() };
    removeFolder(this.#folder);
    this.#events?.exited(this.#exit);
  }
}

const folders = new Set<string>();

function emptyFolder(): string {
  if (folders.size === 0) process.once('exit', removeFolders);
  const folder = mkdtempSync(path.join(tmpdir(), 'wasm-sandbox-guest-'));
  folders.add(folder);
  return folder;
}

function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 2 });
  folders.delete(folder);
  if (folders.size === 0) process.removeListener('exit', removeFolders);
}

/** Guests end with this process, but it cannot wait for them. */
function removeFolders(): void {
  for (const folder of folders) removeFolder(folder);
}

/** Nothing of the user's. */
function environment(): NodeJS.ProcessEnv {
  const { SystemRoot } = process.env;
  // ELECTRON_RUN_AS_NODE: in VS Code, the executable is Electron. SystemRoot: without it Windows has no random numbers.
  const own = { ELECTRON_RUN_AS_NODE: '1', NODE_NO_WARNINGS: '1' };
  return SystemRoot === undefined ? own : { ...own, SystemRoot };
}

/** Whether this runtime has Node's permission model, under either of its names. */
export function hasPermissionModel(): boolean {
  return permissionFlag() !== undefined;
}

function permissionFlag(): string | undefined {
  return ['--permission', '--experimental-permission'].find((flag) => process.allowedNodeEnvironmentFlags.has(flag));
}

/** Options for Node that shut a process in: its own code and what the configuration grants is all it can open. */
export function permissionFlags(config: SandboxConfig): string[] {
  const { read, write } = config.filesystem;
  const writable = write.flatMap((grant) => pathsOf(grant.host));
  const readable = [...read.flatMap((grant) => pathsOf(grant.host)), ...writable];
  // Host folders are reached through descriptors on Linux, so that no path can be changed under way.
  if (process.platform === 'linux' && readable.length > 0) readable.push('/proc/self/fd/');
  if (process.platform === 'linux' && writable.length > 0) writable.push('/proc/self/fd/');
  const flag = permissionFlag();
  return [
    ...(flag === undefined ? [] : [flag]),
    '--allow-worker',
    `--allow-fs-read=${path.join(codeFolder(), '*')}`,
    ...new Set(readable.map((each) => `--allow-fs-read=${each}`)),
    ...new Set(writable.map((each) => `--allow-fs-write=${each}`)),
  ];
}

/** The model takes a folder and what is in it for two things, and a path with links for another path than where they lead. */
function pathsOf(host: string): string[] {
  return [host, linksFollowed(host)].flatMap((each) => [each, path.join(each, '*')]);
}

/** As far as it exists. */
function linksFollowed(host: string): string {
  try {
    return realpathSync.native(host);
  } catch {
    const parent = path.dirname(host);
    return parent === host ? host : path.join(linksFollowed(parent), path.basename(host));
  }
}
