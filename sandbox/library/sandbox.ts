/** The library: `run` for one call, `Sandbox` for a program that is compiled once and called often. */
import path from 'node:path';
import type { Diagnostic } from '../compile/artifact.ts';
import { dispose } from '../compile/compile.ts';
import type { GuestOptions } from '../guest/protocol.ts';
import type { Redaction } from '../recording/format.ts';
import { Audit, type AuditFinding } from './audit.ts';
import { CollectedOutput } from './collectedOutput.ts';
import { AbortedError, ResourceExhaustedError, SecurityViolationError, WasmRuntimeError } from './errors.ts';
import { execute } from './execution.ts';
import { outcomeMessage, shortPath, violationMessage } from './messages.ts';
import { type ResolvedOptions, readStricter, resolveOptions, type SandboxOptions } from './options.ts';
import { buildProgram, type Program } from './program.ts';
import { RecordingFile } from './recordingFile.ts';
import type { Outcome, ReportedDecision, ReportedLimit, ReportedViolation, RunReport, Value } from './report.ts';

/** An argument of a function: integers as number or bigint, floating point as number, or either as text. */
export type Argument = number | bigint | string;

/** What may be said about one run. */
export interface RunOptions {
  /** The program's own arguments (`argv` without the program's name). */
  readonly args?: readonly string[];
  /** Its standard input. Default: empty. */
  readonly stdin?: string | Uint8Array | AsyncIterable<Uint8Array>;
  /**
   * Which of its standard streams the program is to take for a terminal. C programs write to one line by line; to others in
   * larger pieces, which is faster, and of which a trap loses the last. Default: all.
   */
  readonly terminals?: { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean };
  /** Called with each piece of output as it comes; without it, output is collected in the report. */
  readonly onOutput?: (stream: 'stdout' | 'stderr', bytes: Uint8Array) => void;
  /** Called for each host call that was refused, while the program waits. */
  readonly onViolation?: (violation: ReportedViolation) => void;
  /** Called for each growth of the program's memory that was refused and that it survived: a hundred times at most. */
  readonly onLimit?: (limit: ReportedLimit) => void;
  /** Called for each different thing that the program was allowed to do, the first time. */
  readonly onDecision?: (decision: ReportedDecision) => void;
  /** Path of a stricter `sandbox.json`, or what would stand in it: the report's `audit` says what that would have refused. */
  readonly auditAgainst?: string | object;
  /** End the run at the first refused host call and throw SecurityViolationError. Default: the program is told, and goes on. */
  readonly failOnViolation?: boolean;
  /**
   * Path of a file to record the run into: every host call's result and what it wrote into the program's memory, so that
   * the run can be repeated elsewhere without any of that (`replay`). It holds what the program has read.
   */
  readonly record?: string;
  /** What is not to stand in the recording. */
  readonly redact?: readonly Redaction[];
  /** Ends the run. */
  readonly signal?: AbortSignal;
}

/** A report, with the output where it was collected: at most `MOST_OUTPUT` bytes of each stream. */
export interface Report extends RunReport {
  readonly stdout: string;
  readonly stderr: string;
  /** With `auditAgainst`. */
  readonly audit?: readonly AuditFinding[];
}

/**
 * Compile a file, call one of its functions with arguments in a fresh sandbox, and give the result. Without a function the
 * program itself runs, and its exit code is the result.
 *
 *     await run('calculator.wat', 'add', [5, 3])   // 8
 *
 * @throws {SandboxError} one of its classes: ConfigurationError, CompileError, WasmRuntimeError, ResourceExhaustedError,
 * SecurityViolationError (with `failOnViolation`), AbortedError (with `signal`)
 */
export async function run(
  file: string,
  functionName?: string,
  args: readonly Argument[] = [],
  options: SandboxOptions & RunOptions = {},
): Promise<Value> {
  const sandbox = Sandbox.fromSource(file, options);
  if (functionName !== undefined) return sandbox.call(functionName, args, options);
  const { outcome } = await sandbox.start(options);
  return outcome.kind === 'exited' ? outcome.code : undefined;
}

/** A program and what it is allowed. It is compiled at its first use and again only for functions that were not exported before. */
export class Sandbox {
  readonly #file: string;
  readonly #options: ResolvedOptions;
  readonly #programs = new Map<string, Promise<Program>>();

  private constructor(file: string, options: ResolvedOptions) {
    this.#file = file;
    this.#options = options;
  }

  /**
   * A sandbox for a source file (C, AssemblyScript, WebAssembly text) or a compiled module.
   * @throws {ConfigurationError} the options or the configuration are wrong
   */
  static fromSource(file: string, options: SandboxOptions = {}): Sandbox {
    const absolute = path.resolve(file);
    return new Sandbox(absolute, resolveOptions(absolute, options));
  }

  /** With options that are resolved already. Not for callers of the library. */
  static withOptions(file: string, options: ResolvedOptions): Sandbox {
    return new Sandbox(path.resolve(file), options);
  }

  /** Sentences about the configuration that do not keep it from running. */
  get warnings(): readonly string[] {
    return this.#options.warnings;
  }

  /**
   * Call an exported function in a fresh instance, and give its result. Calls share nothing: each one begins anew.
   * @throws {SandboxError} as `run` does
   */
  async call(functionName: string, args: readonly Argument[] = [], options: RunOptions = {}): Promise<Value> {
    const report = await this.execute({ functionName, args }, options);
    return exitOf(report, functionName).value;
  }

  /**
   * Run the program itself, to its end, and report. A non-zero exit code is no error.
   * @throws {SandboxError} as `run` does
   */
  async start(options: RunOptions = {}): Promise<Report> {
    const report = await this.execute(undefined, options);
    exitOf(report, path.basename(this.#file));
    return report;
  }

  /**
   * As `call` and `start`, but traps and limits are part of the report instead of being thrown.
   * @throws {CompileError}
   * @throws {AbortedError} the signal was set before it began
   * @throws {SecurityViolationError} with `failOnViolation`
   */
  async execute(
    call: { readonly functionName: string; readonly args?: readonly Argument[] } | undefined,
    options: RunOptions = {},
  ): Promise<Report> {
    const program = await this.#build(call ? [call.functionName] : []);
    if (options.signal?.aborted) throw new AbortedError(`${this.#file} was not run: the signal was set before.`);
    const output = new CollectedOutput();
    const { auditAgainst, onDecision, redact = [] } = options;
    const audit = auditAgainst === undefined ? undefined : new Audit(readStricter(auditAgainst), nameOf(auditAgainst));
    let fatal: ReportedViolation | undefined;
    const report = await execute(program, this.#options, {
      ...(call && { call: { function: call.functionName, arguments: (call.args ?? []).map(plain) } }),
      args: options.args ?? [],
      ...(options.record !== undefined && { record: this.#recordInto(options.record, redact, program) }),
      redact,
      stdin: chunksOf(options.stdin ?? ''),
      ...(options.terminals && { terminals: options.terminals }),
      ...(options.signal && { signal: options.signal }),
      output: options.onOutput ?? ((stream, bytes) => output.add(stream, bytes)),
      limit: (limit) => options.onLimit?.(limit),
      violation: (violation) => {
        options.onViolation?.(violation);
        if (options.failOnViolation) fatal ??= violation;
        return fatal !== undefined;
      },
      ...((audit || onDecision) && {
        decision: (decision: ReportedDecision) => {
          audit?.add(decision);
          onDecision?.(decision);
        },
      }),
      ...(audit && { watchedQuotas: audit.quotas }),
    });
    if (fatal) throw new SecurityViolationError(violationMessage(fatal), fatal);
    return { ...report, ...output.texts(), ...(audit && { audit: audit.findings(report.usage) }) };
  }

  /**
   * Compile now, instead of at the first call, so that `functions` can be called. Gives the compiler's warnings.
   * @throws {CompileError}
   */
  async compile(functions: readonly string[] = []): Promise<readonly Diagnostic[]> {
    return (await this.#build(functions)).diagnostics;
  }

  #recordInto(file: string, redact: readonly Redaction[], program: Program) {
    const { buildArgs, folder } = this.#options;
    return (guest: GuestOptions) => RecordingFile.create({ file, redact, program, buildArgs, folder }, guest);
  }

  /** Shared by calls at the same time, so no single caller's signal may end it. */
  #build(functions: readonly string[]): Promise<Program> {
    const key = functions.join('\0');
    const before = this.#programs.get(key);
    if (before) return before;
    const program = buildProgram({ file: this.#file, functions }, this.#options);
    this.#programs.set(key, program);
    program.catch(() => this.#programs.delete(key)); // the source may be better the next time
    return program;
  }
}

function nameOf(config: string | object): string {
  return typeof config === 'string' ? shortPath(config) : 'the stricter configuration';
}

/** End the compilers that are kept warm. Not needed for the process to end. */
export const disposeCompilers = dispose;

function exitOf({ outcome }: RunReport, what: string): Extract<Outcome, { kind: 'exited' }> {
  if (outcome.kind === 'exited') return outcome;
  const message = `${what}: ${outcomeMessage(outcome)}`;
  switch (outcome.kind) {
    case 'exhausted':
      throw new ResourceExhaustedError(message, outcome);
    case 'killed':
      throw new AbortedError(message);
    default:
      throw new WasmRuntimeError(message, outcome);
  }
}

function plain(argument: Argument): number | string {
  return typeof argument === 'bigint' ? String(argument) : argument;
}

async function* chunksOf(input: string | Uint8Array | AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  if (typeof input === 'string') yield new TextEncoder().encode(input);
  else if (input instanceof Uint8Array) yield input;
  else yield* input;
}
