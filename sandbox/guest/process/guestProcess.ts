/**
 * The operating-system process of a guest: started behind the walls of `processWall.ts`, and never left behind.
 */
import { type ChildProcess, fork } from 'node:child_process';
import type { SandboxConfig } from '../../config/config.ts';
import { entryFile } from '../entryFile.ts';
import type { FromController, ToController } from '../messages.ts';
import { heapMegabytes } from './heapLimit.ts';
import { hasPermissionModel, launchOptions, permissionFlags } from './processWall.ts';
import { createWorkingFolder, removeWorkingFolder } from './workingFolder.ts';

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

export interface ProcessOptions {
  readonly permissions?: boolean;
  readonly file?: string;
}

/** Characters of standard error that are kept. */
const LAST_WORDS = 4000;

export class GuestProcess {
  /** Whether it was started behind Node's permission model. */
  readonly permissions: boolean;
  readonly #flags: readonly string[];
  readonly #heap: number;
  readonly #child: ChildProcess;
  readonly #folder: string;
  #events: ProcessEvents | undefined;
  #exit: ProcessExit | undefined;
  #lastWords = '';

  /** `file`: what it may read beside what the configuration grants. */
  constructor(config: SandboxConfig, { permissions = hasPermissionModel(), file }: ProcessOptions = {}) {
    this.permissions = permissions;
    this.#flags = permissions ? permissionFlags(config, file) : [];
    this.#heap = heapMegabytes(config.memory);
    this.#folder = createWorkingFolder();
    this.#child = fork(
      entryFile('controller'),
      [String(this.#heap)],
      launchOptions({ config, permissions, folder: this.#folder, ...(file !== undefined && { file }) }),
    );
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

  /** Whether its walls and its heap are those that a configuration asks for, and it still stands. */
  fits(config: SandboxConfig): boolean {
    const flags = this.permissions ? permissionFlags(config) : [];
    if (this.#heap !== heapMegabytes(config.memory)) return false;
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
    removeWorkingFolder(this.#folder);
    this.#events?.exited(this.#exit);
  }
}
