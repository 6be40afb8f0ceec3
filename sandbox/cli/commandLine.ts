/** The commands of `wasm-sandbox` and their options: what was typed, checked and handed to the command that does it. */
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { parseQuantity, type Unit } from '../config/units.ts';
import { SandboxError } from '../library/errors.ts';
import type { Grant } from '../library/options.ts';
import { productVersion } from '../library/productVersion.ts';
import { REDACTIONS, type Redaction } from '../recording/format.ts';
import { checkCommand } from './check.ts';
import { NOT_RUN, OUR_MISTAKE } from './exitCodes.ts';
import { type ReplayCommand, replayCommand } from './replay.ts';
import { type RunCommand, runCommand } from './run.ts';

/** Run a command line (without the program's own name) and give the exit code. */
export async function commandLine(argv: readonly string[]): Promise<number> {
  const { own, guest } = split(argv);
  let action: () => Promise<number> = async () => NOT_RUN;
  try {
    commands((chosen) => (action = chosen), guest).parse([...own], { from: 'user' });
    return await action();
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : NOT_RUN;
    if (error instanceof SandboxError) {
      process.stderr.write(`${error.message}\n`);
      return NOT_RUN;
    }
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`wasm-sandbox failed by a mistake of its own: please report this.\n${what}\n`);
    return OUR_MISTAKE;
  }
}

type Choose = (action: () => Promise<number>) => void;

function commands(choose: Choose, guestArguments: readonly string[]): Command {
  const program = new Command('wasm-sandbox')
    .description('Compile a source file to WebAssembly and run it in a sandbox that grants nothing by default.')
    .version(productVersion(), '--version', 'print the version')
    .exitOverride()
    .showHelpAfterError('(--help shows what can be written)');
  run(program, (file, functionName, args, options) => {
    choose(() => runCommand({ file, functionName, args, guestArguments, ...options }));
  });
  replay(program, choose);
  program
    .command('check')
    .description('Say what is wrong with a sandbox.json.')
    .argument('[file]', 'the configuration; default: the nearest sandbox.json at or above the current folder')
    .action((file: string | undefined) => choose(async () => checkCommand(file)));
  return program;
}

type Flags = Pick<
  RunCommand,
  | 'config'
  | 'overlay'
  | 'memory'
  | 'timeout'
  | 'fuel'
  | 'json'
  | 'record'
  | 'redact'
  | 'read'
  | 'write'
  | 'env'
  | 'mounts'
  | 'learn'
  | 'auditAgainst'
>;

interface RawFlags extends Omit<Flags, 'mounts'> {
  readonly mount: readonly Mount[];
}

type RunAction = (file: string, functionName: string | undefined, args: readonly string[], flags: Flags) => void;

function run(program: Command, action: RunAction): void {
  program
    .command('run')
    .description('Run a program, or call one of its functions and print the result.')
    .usage('[options] <file> [function [arguments...]] [-- guest-arguments...]')
    .argument('<file>', 'C (.c), AssemblyScript (.ts), WebAssembly text (.wat) or a module (.wasm)')
    .argument('[function]', 'an exported function; without it the program itself runs')
    .argument('[arguments...]', "the function's arguments; what follows -- are the program's own")
    .option('--config <path>', 'the sandbox.json; default: the nearest at or above the program')
    .option('--read <path>', 'let the program read a folder or file (may be given several times)', collect, [])
    .option('--write <path>', 'let the program write a folder or file (may be given several times)', collect, [])
    .option('--mount <host::guest[:ro]>', 'show a folder under another path, to read (:ro) or to write', mount, [])
    .option('--overlay', 'keep what the program writes in memory: files of this machine stay as they are', false)
    .option('--env <name[=value]>', 'pass on a variable, or set it (may be given several times)', variable, [])
    .option('--memory <size>', 'most memory, such as 64MB', quantity)
    .option('--timeout <duration>', 'longest running time, such as 30s', quantity)
    .option('--fuel <count>', 'most instructions, such as 10G', quantity)
    .option(
      '--learn',
      'grant all that lies in the folder of the sandbox.json (else the current one), to read and really to write (unless --overlay), with public network hosts; then print the smallest sandbox.json for this run',
      false,
    )
    .option('--audit-against <path>', 'also say what a stricter sandbox.json would refuse of this run')
    .option('--record <file>', 'record the run, to repeat it elsewhere; the file holds what the program has read')
    .option(
      '--redact <what>',
      'leave out of the recording: env (values of variables), files (contents of what is read), sources, module',
      redactions,
      [],
    )
    .option('--json', "print one JSON object when done; the program's own output goes to standard error", false)
    .addHelpText('after', EXIT_CODES)
    .action((file: string, functionName: string | undefined, args: readonly string[], flags: RawFlags) => {
      const { mount: mounts, ...others } = flags;
      action(file, functionName, args, { ...others, mounts });
    });
}

function replay(program: Command, choose: Choose): void {
  program
    .command('replay')
    .description('Run a recording again: the same output, result and usage, with no access to anything.')
    .argument('<file>', 'a recording, made with run --record')
    .option('--module <path>', 'the program (.wasm, or its source), for a recording that does not hold it')
    .option(
      '--timeout <duration>',
      'longest time, such as 10m; default: ten times what the run was allowed',
      milliseconds,
    )
    .option('--memory <size>', 'most memory that the recording may let its program have; default: 4GB', bytes)
    .option('--json', "print one JSON object when done; the program's own output goes to standard error", false)
    .addHelpText('after', EXIT_CODES)
    .action((file: string, flags: Omit<ReplayCommand, 'file'>) => choose(() => replayCommand({ file, ...flags })));
}

const EXIT_CODES = `
Exit codes:
  the program's own; 134 after a trap, 137 after a limit,
  2 for a bad command line, a broken configuration or a program that does not compile`;

/** What follows the first `--` belongs to the guest. */
function split(argv: readonly string[]): { readonly own: readonly string[]; readonly guest: readonly string[] } {
  const at = argv.indexOf('--');
  return at < 0 ? { own: argv, guest: [] } : { own: argv.slice(0, at), guest: argv.slice(at + 1) };
}

function collect(value: string, before: readonly string[]): readonly string[] {
  if (value === '') throw new InvalidArgumentError('It must not be empty.');
  return [...before, value];
}

function redactions(value: string, before: readonly Redaction[]): readonly Redaction[] {
  const given = value.split(',').map((each) => each.trim());
  const unknown = given.find((each) => !(REDACTIONS as readonly string[]).includes(each));
  if (unknown !== undefined) throw new InvalidArgumentError(`What can be left out: ${REDACTIONS.join(', ')}.`);
  return [...new Set([...before, ...(given as Redaction[])])];
}

const milliseconds = (value: string) => amount('duration', value);
const bytes = (value: string) => amount('size', value);

function amount(unit: Unit, value: string): number {
  const parsed = parseQuantity(unit, quantity(value));
  if (!parsed.ok) throw new InvalidArgumentError(parsed.message);
  return parsed.value;
}

function variable(value: string, before: readonly string[]): readonly string[] {
  if (!/^[^=]/.test(value)) throw new InvalidArgumentError('Write it as NAME or NAME=value.');
  return [...before, value];
}

/** A bare number is bytes, milliseconds or instructions. */
function quantity(value: string): string | number {
  return /^\d{1,15}$/.test(value) ? Number(value) : value;
}

export interface Mount {
  readonly grant: Grant;
  readonly writable: boolean;
}

function mount(value: string, before: readonly Mount[]): readonly Mount[] {
  const match = /^(.+?)::(.+?)(:ro)?$/.exec(value);
  const [, host, guest, readOnly] = match ?? [];
  if (host === undefined || guest === undefined) {
    throw new InvalidArgumentError('Write it as HOST::GUEST or HOST::GUEST:ro, such as ./data::/data:ro.');
  }
  return [...before, { grant: { host, guest }, writable: readOnly === undefined }];
}
