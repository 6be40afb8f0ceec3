/**
 * Learns a policy from a run: everything within one folder is granted, what is used is noted, and the smallest
 * `sandbox.json` that lets the same run pass is written, with the reason for each grant.
 */
import path from 'node:path';
import { hostPaths } from '../compile/pathProbe.ts';
import type { FilesystemGrants, PathGrant, SandboxConfig } from '../config/config.ts';
import { guestPath, isWithin } from '../config/guestPaths.ts';
import { isInside } from '../config/pathProbe.ts';
import { ANY_PUBLIC_HOST } from '../wasi/networkPolicy.ts';
import { type LearnedConfig, writeLearned } from './learnedConfig.ts';
import { type ResolvedOptions, resolveOptions, type SandboxOptions } from './options.ts';
import type { ReportedDecision } from './report.ts';
import { type Argument, type Report, type RunOptions, Sandbox } from './sandbox.ts';

export interface Learned extends LearnedConfig {
  /** Where a `sandbox.json` with this text belongs: paths in it are relative to this folder. */
  readonly folder: string;
  /** The run that it was learned from. Its violations lie outside of what could be granted. */
  readonly report: Report;
}

/** What to run, and what of it. */
export interface LearnRequest {
  readonly file: string;
  /** Without it the program itself runs. */
  readonly functionName?: string;
  readonly args?: readonly Argument[];
}

/**
 * Run a program with everything granted that lies in the folder of its `sandbox.json` (without one: the current folder when
 * the program is in it, else the program's own), a temporary folder, all public hosts of the network and the variables
 * that are named, and write the smallest `sandbox.json` that lets the same run pass. What the program writes is
 * written, unless `overlay` is set.
 * @throws {SandboxError} ConfigurationError, CompileError
 */
export async function learn(request: LearnRequest, options: SandboxOptions & RunOptions = {}): Promise<Learned> {
  const { file, functionName, args = [] } = request;
  const lesson = new Lesson(file, options);
  const call = functionName === undefined ? undefined : { functionName, args };
  const report = await lesson.sandbox.execute(call, {
    ...options,
    onDecision: (decision) => {
      lesson.note(decision);
      options.onDecision?.(decision);
    },
  });
  return lesson.learned(report);
}

/** A run that is watched, for who runs it himself. */
export class Lesson {
  readonly sandbox: Sandbox;
  readonly #file: string;
  readonly #before: ResolvedOptions;
  readonly #config: SandboxConfig;
  readonly #decisions: ReportedDecision[] = [];

  constructor(file: string, options: SandboxOptions) {
    this.#file = path.resolve(file);
    this.#before = resolveOptions(this.#file, options);
    this.#config = opened(this.#before.config, this.#before.folder, options);
    this.sandbox = Sandbox.withOptions(this.#file, { ...this.#before, config: this.#config });
  }

  note(decision: ReportedDecision): void {
    this.#decisions.push(decision);
  }

  learned(report: Report): Learned {
    const { folder, config: before } = this.#before;
    const run = { decisions: this.#decisions, report, config: this.#config, before, folder, file: this.#file };
    return { ...writeLearned(run), folder, report };
  }
}

/** Bytes: what a program may take that is only watched. */
const MEMORY = 2 ** 30;
/** Milliseconds. */
const TIMEOUT = 10 * 60_000;

function opened(config: SandboxConfig, folder: string, given: SandboxOptions): SandboxConfig {
  return {
    ...config,
    memory: given.memory === undefined ? Math.max(config.memory, MEMORY) : config.memory,
    timeout: given.timeout === undefined ? Math.max(config.timeout, TIMEOUT) : config.timeout,
    fuel: given.fuel === undefined ? Number.POSITIVE_INFINITY : config.fuel,
    maxOutput: Number.POSITIVE_INFINITY,
    filesystem: openedFiles(config.filesystem, folder),
    network: {
      ...config.network,
      allow: [...config.network.allow, ANY_PUBLIC_HOST],
      maxConnections: Math.max(config.network.maxConnections, 64),
      maxResponseSize: Math.max(config.network.maxResponseSize, MEMORY),
    },
  };
}

/** The folder as the guest's working folder, and grants that lie elsewhere or under another name. */
function openedFiles(filesystem: FilesystemGrants, folder: string): FilesystemGrants {
  const whole: PathGrant = { host: folder, guest: '.' };
  const elsewhere = ({ host, guest }: PathGrant) =>
    !(isInside(hostPaths, host, folder) && path.resolve(folder, guestPath(guest).join('/')) === host);
  const read = [whole, ...filesystem.read.filter(elsewhere)];
  const write = [whole, ...filesystem.write.filter(elsewhere)];
  const isTaken = [...read, ...write].some(({ guest }) => isWithin(guestPath(guest), ['tmp']));
  const isThere = hostPaths.kind(path.join(folder, 'tmp')) !== undefined;
  return {
    ...filesystem,
    read,
    write,
    temp: filesystem.temp || (!isTaken && !isThere),
    maxFileSize: Number.MAX_SAFE_INTEGER,
    maxTotalWritten: Number.MAX_SAFE_INTEGER,
    maxOpenFiles: 65_536,
  };
}
