/**
 * How a guest's process is started so that code which got out of the guest, into the JavaScript around it, still finds
 * little to reach: Node's permission model, no addons, no environment, no descriptors of ours, a working folder with
 * nothing in it. What the process does itself once it runs is in `shutIn.ts`.
 */
import type { ForkOptions } from 'node:child_process';
import { realpathSync } from 'node:fs';
import path from 'node:path';
import type { SandboxConfig } from '../../config/config.ts';
import { codeFolder, networkPackages, wasmerPackages } from '../entryFile.ts';
import { guestRuntime, neededRuntime, type RuntimeFlag } from './guestRuntime.ts';
import { inheritedDescriptors, nothing } from './inheritedDescriptors.ts';
import { secondNames } from './secondNames.ts';

export interface Launch {
  readonly config: SandboxConfig;
  /** Whether to start it behind Node's permission model. */
  readonly permissions: boolean;
  /** Where it works: an empty folder. A worker thread may read below it, whatever the permission model says. */
  readonly folder: string;
  /** What it may read beside what the configuration grants. */
  readonly file?: string;
}

/** For `fork`. */
export function launchOptions({ config, permissions, folder, file }: Launch): ForkOptions {
  return {
    execPath: neededRuntime().executable,
    execArgv: permissions ? permissionFlags(config, file) : [],
    cwd: folder,
    env: environment(),
    serialization: 'advanced',
    stdio: standardStreams(),
  };
}

/** Whether the runtime of guests has Node's permission model, under either of its names. */
export function hasPermissionModel(): boolean {
  return permissionFlag() !== undefined;
}

/** Options for Node that shut a process in: its own code and what the configuration grants is all it can open. */
export function permissionFlags(config: SandboxConfig, file?: string): string[] {
  const { read, write, overlay } = config.filesystem;
  const readable = [...read, ...write].flatMap((grant) => pathsOf(grant.host));
  // What is written into an overlay stays in memory.
  const writable = overlay ? [] : write.flatMap((grant) => pathsOf(grant.host));
  if (readable.length > 0) readable.push(...descriptorPaths(config));
  if (writable.length > 0) writable.push(...descriptorPaths(config));
  const flag = permissionFlag();
  return [
    ...(flag === undefined ? [] : [flag]),
    // The guest's thread. A thread can start others without any of these limits: `shutIn` takes this back.
    '--allow-worker',
    ...OTHER_WALLS.filter(knows),
    ...(usesNetwork(config) && knows('--allow-net') ? ['--allow-net'] : []),
    `--allow-fs-read=${path.join(codeFolder(), '*')}`,
    ...packagesOf(config).map((each) => `--allow-fs-read=${path.join(each, '*')}`),
    ...(file === undefined ? [] : inOrder([file, linksFollowed(file)])).map((each) => `--allow-fs-read=${each}`),
    ...[...inOrder(readable), ...secondNames(readable)].map((each) => `--allow-fs-read=${each}`),
    ...inOrder(writable).map((each) => `--allow-fs-write=${each}`),
  ];
}

const OTHER_WALLS: readonly RuntimeFlag[] = [
  '--no-addons',
  // The permission model does not watch what SQLite opens (24.21).
  '--no-experimental-sqlite',
  // Another process of the user's cannot make it listen for a debugger.
  '--disable-sigusr1',
];

function knows(flag: RuntimeFlag): boolean {
  const runtime = guestRuntime();
  return runtime.kind === 'found' && runtime.flags.includes(flag);
}

function permissionFlag(): string | undefined {
  return (['--permission', '--experimental-permission'] as const).find(knows);
}

/** Only what this run loads. */
function packagesOf(config: SandboxConfig): readonly string[] {
  return [...(usesNetwork(config) ? networkPackages() : []), ...(config.wasi === 'wasmer' ? wasmerPackages() : [])];
}

/** The process makes connections itself: where the model covers the network, it has to be let. */
function usesNetwork({ network }: SandboxConfig): boolean {
  return network.allow.length > 0 || network.listen.length > 0;
}

/** The model takes a folder and what is in it for two things, and a path with links for another path than where they lead. */
function pathsOf(host: string): string[] {
  return [host, linksFollowed(host)].flatMap((each) => [each, path.join(each, '*')]);
}

/** The model forgets a folder that comes behind what lies in it. */
function inOrder(paths: readonly string[]): string[] {
  return [...new Set(paths)].sort();
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

/** Descriptors beside the guest's own: the runtime's, and those of the folders along the path that is being walked. */
const OTHER_DESCRIPTORS = 256;
const MOST_NUMBERS = 1024;
const FIRST_DIGITS = [1, 2, 3, 4, 5, 6, 7, 8, 9];

/**
 * On Linux host folders are reached through their descriptors, so that no path can be changed under way. Each number is
 * granted by itself: the model looks at `/proc/self/fd/20/../name` as text, as if it were `/proc/self/fd/name`, while the
 * kernel goes to the folder above the one that is open.
 */
function descriptorPaths({ filesystem }: SandboxConfig): string[] {
  if (process.platform !== 'linux') return [];
  const count = filesystem.maxOpenFiles + OTHER_DESCRIPTORS;
  if (count > MOST_NUMBERS) return FIRST_DIGITS.map((digit) => `/proc/self/fd/${digit}*`);
  const numbers = Array.from({ length: count }, (_, number) => number).slice(FIRST_FREE);
  // By itself too: to list a folder, to open it once more, to set times.
  return numbers.flatMap((number) => [`/proc/self/fd/${number}`, `/proc/self/fd/${number}/*`]);
}

/** After standard input, output and error. */
const FIRST_FREE = 3;

/** Nothing of the user's. */
function environment(): NodeJS.ProcessEnv {
  const { SystemRoot } = process.env;
  // ELECTRON_RUN_AS_NODE: in VS Code, the executable is Electron. SystemRoot: without it Windows has no random numbers.
  const own = { ELECTRON_RUN_AS_NODE: '1', NODE_NO_WARNINGS: '1' };
  return SystemRoot === undefined ? own : { ...own, SystemRoot };
}

/** Its standard error, for the last words of a crash, and the channel; an inherited descriptor gives way to nothing. */
function standardStreams(): NonNullable<ForkOptions['stdio']> {
  const streams: ('ignore' | 'pipe' | 'ipc' | number)[] = ['ignore', 'ignore', 'pipe', 'ipc'];
  for (const descriptor of inheritedDescriptors()) {
    while (streams.length <= descriptor) streams.push('ignore');
    if (descriptor >= FIRST_INHERITED) streams[descriptor] = nothing();
  }
  return streams;
}

/** After the channel. */
const FIRST_INHERITED = 4;
