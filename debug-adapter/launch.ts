/** The arguments of `launch`, checked and completed: which program, with which `sandbox.json`, entered where. */
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { CompileRequest } from '../sandbox/compile/artifact.ts';
import { hostPaths } from '../sandbox/compile/pathProbe.ts';
import type { SandboxConfig } from '../sandbox/config/config.ts';
import { CONFIG_FILE_NAME, findConfig } from '../sandbox/config/findConfig.ts';
import { loadConfig } from '../sandbox/config/loadConfig.ts';
import type { ConfigProblem } from '../sandbox/config/problem.ts';
import { guestRuntime } from '../sandbox/guest/process/guestRuntime.ts';
import type { GuestOptions } from '../sandbox/guest/protocol.ts';
import { errors } from './errors.ts';
import type { RequestArguments } from './requestArguments.ts';

export interface Launch {
  readonly compile: CompileRequest;
  readonly config: SandboxConfig;
  readonly configSource: ConfigSource;
  readonly entry: GuestOptions['entry'];
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly stopOnEntry: boolean;
  readonly noDebug: boolean;
  /** Default true: without a recording there is no way back. */
  readonly record: boolean;
  /** Sentences for the debug console: warnings of the configuration, names that were not passed on. */
  readonly notes: readonly string[];
}

/** Where the configuration comes from, and where a change of it would be written. */
export interface ConfigSource {
  /** Absolute path of the `sandbox.json`, which need not exist yet; undefined: the launch configuration holds it. */
  readonly file: string | undefined;
  /** What its relative paths start from. */
  readonly folder: string;
}

interface ReadConfig {
  readonly config: SandboxConfig;
  readonly notes: readonly string[];
}

/** @throws {ProtocolError} when the arguments or the configuration do not allow a run */
export function readLaunch(args: RequestArguments): Launch {
  const runtime = guestRuntime();
  if (runtime.kind === 'missing') throw errors.launch(runtime.message);
  const cwd = path.resolve(args.textOr('cwd') ?? '.');
  const program = path.resolve(cwd, args.text('program'));
  if (!statSync(program, { throwIfNoEntry: false })?.isFile()) {
    throw errors.launch(`The program ${program} does not exist or is not a file. Check "program" in launch.json.`);
  }
  const { config, notes, source } = readConfig(args, program, cwd);
  const { env, dropped } = environment(args, config);
  const called = args.textOr('function');
  return {
    compile: compileRequest(args, program, config, called),
    config,
    configSource: source,
    entry:
      called === undefined ? { kind: 'command' } : { kind: 'call', function: called, arguments: callArguments(args) },
    args: [path.basename(program), ...args.texts('args')],
    env,
    stopOnEntry: args.flag('stopOnEntry'),
    noDebug: args.flag('noDebug'),
    record: args.raw.record === undefined || args.flag('record'),
    notes:
      dropped.length === 0
        ? notes
        : [...notes, `Not passed on, because "env" in sandbox.json does not list them: ${dropped.join(', ')}.`],
  };
}

function compileRequest(
  args: RequestArguments,
  program: string,
  config: SandboxConfig,
  called: string | undefined,
): CompileRequest {
  const compilerPath = args.textOr('compilerPath');
  return {
    program,
    sources: config.sources,
    ...(called === undefined ? {} : { exports: [called] }),
    buildArgs: args.texts('buildArgs'),
    toolchain: toolchainOf(args) ?? config.toolchain,
    ...(compilerPath ? { compilerPath } : {}),
  };
}

function toolchainOf(args: RequestArguments): CompileRequest['toolchain'] {
  const toolchain = args.textOr('toolchain');
  if (toolchain === undefined || toolchain === 'embedded' || toolchain === 'system') return toolchain;
  throw errors.badArgument('launch', 'toolchain', '"embedded" or "system"');
}

function callArguments(args: RequestArguments): readonly (number | string)[] {
  const { arguments: values } = args.raw;
  if (values === undefined) return [];
  if (!Array.isArray(values))
    throw errors.badArgument('launch', 'arguments', 'an array of numbers (text for large 64-bit ones)');
  return values.map((value: unknown) => {
    if (typeof value === 'number' || typeof value === 'string') return value;
    throw errors.badArgument('launch', 'arguments', 'an array of numbers (text for large 64-bit ones)');
  });
}

function readConfig(args: RequestArguments, program: string, cwd: string): ReadConfig & { source: ConfigSource } {
  const { sandbox } = args.raw;
  if (typeof sandbox === 'object' && sandbox !== null) {
    const loaded = loadConfig(sandbox, { folder: cwd, probe: hostPaths });
    return { ...checked(loaded, '"sandbox" in launch.json'), source: { file: undefined, folder: cwd } };
  }
  if (sandbox !== undefined && typeof sandbox !== 'string')
    throw errors.badArgument('launch', 'sandbox', 'a path or an object');
  const found = sandbox === undefined ? findConfig(program, hostPaths) : path.resolve(cwd, sandbox);
  const file = found ?? path.join(path.dirname(program), CONFIG_FILE_NAME);
  const source = { file, folder: path.dirname(file) };
  if (found === undefined) {
    return { ...checked(loadConfig('{}', { folder: source.folder, probe: hostPaths }), ''), source };
  }
  const text = readText(file);
  return { ...checked(loadConfig(text, { folder: source.folder, probe: hostPaths, file }), file, text), source };
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw errors.launch(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** `text`: of the file that problems are places in; undefined when the configuration is no file's. */
function checked(
  { config, problems }: { config: SandboxConfig; problems: readonly ConfigProblem[] },
  where: string,
  text?: string,
): ReadConfig {
  const lines = problems.map(
    ({ range, severity, message }) =>
      `${where}:${text === undefined ? '' : `${placeIn(text, range.offset)}:`} ${severity}: ${message}`,
  );
  if (problems.some(({ severity }) => severity === 'error'))
    throw errors.launch(`Nothing was run, because the configuration is broken.\n${lines.join('\n')}`);
  return { config, notes: lines };
}

/** `line:column`, 1-based, of an offset in a text. */
function placeIn(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n');
  return `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}

/** The variables that are granted, from the launch arguments or else from our own environment. */
function environment(
  args: RequestArguments,
  config: SandboxConfig,
): { env: Record<string, string>; dropped: readonly string[] } {
  const given = args.recordOr('env')?.raw ?? {};
  const env: Record<string, string> = {};
  for (const name of config.env) {
    const value = given[name] ?? process.env[name];
    if (value !== undefined) env[name] = String(value);
  }
  return { env, dropped: Object.keys(given).filter((name) => !config.env.includes(name)) };
}
