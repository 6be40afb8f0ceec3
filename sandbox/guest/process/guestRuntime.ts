/**
 * The Node that guests' processes run on: the one that runs us, or, where that is too old, the newer one that the package
 * `node` brings, if it is installed beside us.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** What a guest's process may be started with, where its runtime knows it. */
const FLAGS = [
  '--permission',
  // The same before Node 23.5.
  '--experimental-permission',
  '--allow-net',
  '--no-addons',
  '--no-experimental-sqlite',
  '--disable-sigusr1',
] as const;

export type RuntimeFlag = (typeof FLAGS)[number];

export interface GuestRuntime {
  readonly kind: 'found';
  readonly executable: string;
  /** `v24.21.0`. */
  readonly version: string;
  readonly flags: readonly RuntimeFlag[];
}

/** A sentence for the user. */
export interface NoGuestRuntime {
  readonly kind: 'missing';
  readonly message: string;
}

/** Older ones lack what instrumented modules use, several memories, and their permission model aborts on some folders. */
const OLDEST = 22;
/** Milliseconds. */
const PATIENCE = 20_000;

/** Stays the same as long as we run. */
export function guestRuntime(): GuestRuntime | NoGuestRuntime {
  found ??= runtimeFor(process.version);
  return found;
}

let found: GuestRuntime | NoGuestRuntime | undefined;

/** @throws {Error} with a sentence for the user: ask `guestRuntime` before */
export function neededRuntime(): GuestRuntime {
  const runtime = guestRuntime();
  if (runtime.kind === 'missing') throw new Error(runtime.message);
  return runtime;
}

/** `version`: of the Node that runs us. `place`: a file from which the package is looked for. */
export function runtimeFor(version: string, place: string | URL = import.meta.url): GuestRuntime | NoGuestRuntime {
  return isNewEnough(version) ? ourselves() : (brought(place) ?? missing(version));
}

function ourselves(): GuestRuntime {
  const { execPath: executable, version, allowedNodeEnvironmentFlags: known } = process;
  return { kind: 'found', executable, version, flags: FLAGS.filter((flag) => known.has(flag)) };
}

/** The package holds an executable, which is there once its install script was allowed to run. */
function brought(place: string | URL): GuestRuntime | undefined {
  const folder = packageFolder(place);
  if (folder === undefined) return undefined;
  const executable = ['node', 'node.exe']
    .map((name) => path.join(folder, 'bin', name))
    .find((file) => existsSync(file));
  return executable === undefined ? undefined : asked(executable);
}

function packageFolder(place: string | URL): string | undefined {
  try {
    return path.dirname(createRequire(place).resolve('node/package.json'));
  } catch {
    return undefined;
  }
}

const QUESTION = `JSON.stringify([process.version, ${JSON.stringify(FLAGS)}.filter((flag) => process.allowedNodeEnvironmentFlags.has(flag))])`;

function asked(executable: string): GuestRuntime | undefined {
  try {
    const answer = execFileSync(executable, ['-p', QUESTION], {
      env: {},
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: PATIENCE,
    });
    const [version, flags] = JSON.parse(answer) as [string, RuntimeFlag[]];
    return isNewEnough(version) ? { kind: 'found', executable, version, flags } : undefined;
  } catch {
    return undefined;
  }
}

function missing(version: string): NoGuestRuntime {
  const ours = `Programs run on Node.js ${OLDEST} or newer, and this is ${version} (${process.execPath}).`;
  const message = process.versions.electron
    ? `${ours} Update VS Code: 1.101 or newer has it.`
    : `${ours} Start this with a newer one, or install one beside this package: npm install node@24.`;
  return { kind: 'missing', message };
}

/** `version`: `v24.21.0`. */
function isNewEnough(version: string): boolean {
  return Number.parseInt(version.slice(1), 10) >= OLDEST;
}
