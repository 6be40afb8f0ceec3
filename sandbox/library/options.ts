/** What a caller may say about a run, and how that is laid over the nearest `sandbox.json`. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { hostPaths } from '../compile/pathProbe.ts';
import type { SandboxConfig } from '../config/config.ts';
import { findConfig } from '../config/findConfig.ts';
import { type LoadedConfig, loadConfig as readConfig } from '../config/loadConfig.ts';
import { isInside } from '../config/pathProbe.ts';
import type { ConfigProblem } from '../config/problem.ts';
import { ConfigurationError } from './errors.ts';
import { configProblems } from './messages.ts';

/** A folder or file to grant: the same path for the program, or another one. */
export type Grant = string | { readonly host: string; readonly guest: string };

/**
 * Everything has a safe default: with no options and no `sandbox.json`, a program gets 64 MB of memory, 30 seconds,
 * and no file, no variable and no network. Limits given here replace those of `sandbox.json`; grants are added to its.
 */
export interface SandboxOptions {
  /** Path of a `sandbox.json`, or what would stand in it. Default: the nearest `sandbox.json` at or above the program. */
  readonly config?: string | object;
  /** Bytes, or "64MB". */
  readonly memory?: number | string;
  /** Milliseconds, or "30s". */
  readonly timeout?: number | string;
  /** WebAssembly instructions, or "10G". */
  readonly fuel?: number | string;
  readonly maxCallDepth?: number;
  /** Bytes of standard output and error together, or "64MB". */
  readonly maxOutput?: number | string;
  /** Folders and files that the program may read; relative paths start from the current folder. */
  readonly read?: readonly Grant[];
  /** Folders and files that the program may create, change and delete. */
  readonly write?: readonly Grant[];
  /** What the program writes stays in memory and is gone after the run; the files of this machine are not touched. */
  readonly overlay?: boolean;
  /** Names to pass on from this process, or variables with their values. */
  readonly env?: readonly string[] | Readonly<Record<string, string>>;
  /** For the compiler, after our own arguments; an `-O` here replaces `-O0`. */
  readonly buildArgs?: readonly string[];
  /** Which C compiler: the one that comes with the sandbox, or the clang of this machine. */
  readonly toolchain?: 'embedded' | 'system';
}

export interface ResolvedOptions {
  readonly config: SandboxConfig;
  /** Values of the variables that are passed on. */
  readonly env: Readonly<Record<string, string>>;
  readonly buildArgs: readonly string[];
  /** Sentences about the configuration that do not keep it from running. */
  readonly warnings: readonly string[];
  /** Absolute path of the folder where the `sandbox.json` is, or would be. */
  readonly folder: string;
}

/**
 * Read the configuration for a program, with what the options add.
 * @throws {ConfigurationError}
 */
export function resolveOptions(program: string, options: SandboxOptions): ResolvedOptions {
  const base = readBase(program, options.config);
  const added = readAdded(options);
  return {
    config: { ...merge(base.config, added.config, options), toolchain: options.toolchain ?? base.config.toolchain },
    env: variables([...base.config.env, ...added.config.env], options.env),
    buildArgs: options.buildArgs ?? [],
    warnings: [...base.warnings, ...added.warnings],
    folder: configFolder(program, options),
  };
}

/**
 * Where the `sandbox.json` of a program is; without one, where it belongs: the current folder when the program is in it,
 * else the program's own.
 */
export function configFolder(program: string, { config }: Pick<SandboxOptions, 'config'>): string {
  if (typeof config === 'object') return process.cwd();
  const file = path.resolve(program);
  const found = config === undefined ? findConfig(file, hostPaths) : path.resolve(config);
  if (found !== undefined) return path.dirname(found);
  return isInside(hostPaths, file, process.cwd()) ? process.cwd() : path.dirname(file);
}

/**
 * Read a configuration: the text of a `sandbox.json`, or an object. Never throws: with an `error` among the problems,
 * do not run. `folder`: where relative paths start from.
 */
export function loadConfig(input: string | object, folder: string = process.cwd()): LoadedConfig {
  return readConfig(input, { folder: path.resolve(folder), probe: hostPaths });
}

/**
 * Read a `sandbox.json` file.
 * @throws {ConfigurationError} it cannot be read
 */
export function loadConfigFile(file: string): LoadedConfig & { readonly text: string } {
  const absolute = path.resolve(file);
  const text = readText(absolute);
  return { text, ...readConfig(text, { folder: path.dirname(absolute), probe: hostPaths, file: absolute }) };
}

/**
 * The configuration that a run is held against.
 * @throws {ConfigurationError} it cannot be read, or has errors
 */
export function readStricter(given: string | object): SandboxConfig {
  return readBase('', given).config;
}

interface Checked {
  readonly config: SandboxConfig;
  readonly warnings: readonly string[];
}

function readBase(program: string, given: string | object | undefined): Checked {
  if (typeof given === 'object') return checked(loadConfig(given), 'config', JSON.stringify(given, null, 2));
  const file = given ?? findConfig(path.resolve(program), hostPaths);
  if (file === undefined) return checked(loadConfig('{}'), '', '');
  const loaded = loadConfigFile(file);
  return checked(loaded, file, loaded.text);
}

/** The options as a configuration of their own, so that they are checked as one. */
function readAdded({ read = [], write = [], env = [], ...given }: SandboxOptions): Checked {
  const { memory, timeout, fuel, maxCallDepth, maxOutput } = given;
  const limits = Object.entries({ memory, timeout, fuel, maxCallDepth, maxOutput }).filter(
    ([, value]) => value !== undefined,
  );
  const names = Array.isArray(env) ? env : Object.keys(env);
  const input = { ...Object.fromEntries(limits), filesystem: { read, write }, env: names };
  const { config, problems } = loadConfig(input);
  return checked({ config, problems: problems.map(mustExist) }, '', JSON.stringify(input, null, 2));
}

/** Who names a path to read on the spot means one that is there. */
function mustExist(problem: ConfigProblem): ConfigProblem {
  const missing = problem.code === 'missing-path' && problem.path.startsWith('/filesystem/read');
  return missing ? { ...problem, severity: 'error' } : problem;
}

function checked({ config, problems }: LoadedConfig, where: string, text: string): Checked {
  const errors = problems.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new ConfigurationError(configProblems(errors, where, text).join('\n'), errors);
  const warnings = problems.filter(({ severity }) => severity === 'warning');
  return { config, warnings: configProblems(warnings, where, text) };
}

function merge(base: SandboxConfig, added: SandboxConfig, given: SandboxOptions): SandboxConfig {
  const { filesystem } = base;
  return {
    ...base,
    memory: given.memory === undefined ? base.memory : added.memory,
    timeout: given.timeout === undefined ? base.timeout : added.timeout,
    fuel: given.fuel === undefined ? base.fuel : added.fuel,
    maxCallDepth: given.maxCallDepth === undefined ? base.maxCallDepth : added.maxCallDepth,
    maxOutput: given.maxOutput === undefined ? base.maxOutput : added.maxOutput,
    filesystem: {
      ...filesystem,
      overlay: given.overlay ?? filesystem.overlay,
      read: [...filesystem.read, ...added.filesystem.read],
      write: [...filesystem.write, ...added.filesystem.write],
    },
    env: [...new Set([...base.env, ...added.env])],
  };
}

function variables(names: readonly string[], given: SandboxOptions['env']): Readonly<Record<string, string>> {
  const values = given === undefined || Array.isArray(given) ? {} : (given as Readonly<Record<string, string>>);
  const env: Record<string, string> = Object.create(null);
  for (const name of names) {
    const value = Object.hasOwn(values, name) ? values[name] : process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return { ...env };
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const reason = missing ? 'does not exist' : `cannot be read: ${error instanceof Error ? error.message : error}`;
    throw new ConfigurationError(`The configuration ${file} ${reason}. Check the path.`);
  }
}
