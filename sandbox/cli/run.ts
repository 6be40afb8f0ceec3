/** `wasm-sandbox run`: one run, its output passed through, its violations and its end told in plain words or as JSON. */
import path from 'node:path';
import { SandboxError } from '../library/errors.ts';
import { type Learned, Lesson } from '../library/learn.ts';
import { diagnosticLine, outcomeMessage, stackLines, survivedMessage, violationMessage } from '../library/messages.ts';
import type { SandboxOptions } from '../library/options.ts';
import type { ReportedViolation } from '../library/report.ts';
import { type Report, Sandbox } from '../library/sandbox.ts';
import type { Redaction } from '../recording/format.ts';
import { tellAudit } from './audit.ts';
import type { Mount } from './commandLine.ts';
import { exitCodeOf, NOT_RUN, OUTPUT_FAILED } from './exitCodes.ts';
import { failureJson, reportJson } from './json.ts';
import { tellLearned } from './learn.ts';
import { hasOutputFailed, onOutputFailure, standardInput, terminals, write } from './standardStreams.ts';
import { wallsLine } from './walls.ts';

export interface RunCommand {
  readonly file: string;
  readonly functionName: string | undefined;
  readonly args: readonly string[];
  /** What stood after `--`. */
  readonly guestArguments: readonly string[];
  readonly config?: string;
  readonly memory?: string | number;
  readonly timeout?: string | number;
  readonly fuel?: string | number;
  readonly read: readonly string[];
  readonly write: readonly string[];
  readonly mounts: readonly Mount[];
  readonly overlay: boolean;
  /** `NAME` or `NAME=value`. */
  readonly env: readonly string[];
  readonly json: boolean;
  /** File to record the run into. */
  readonly record?: string;
  /** What is not to stand in the recording. */
  readonly redact: readonly Redaction[];
  /** Grant what lies in the workspace, and print the smallest configuration for this run. */
  readonly learn: boolean;
  /** A stricter configuration to hold the run against. */
  readonly auditAgainst?: string;
}

/** Violations beyond these are only counted: a guest may be refused a million times. */
const MOST_LINES = 20;

/** Gives the exit code. */
export async function runCommand(command: RunCommand): Promise<number> {
  try {
    const lesson = command.learn ? new Lesson(command.file, sandboxOptions(command)) : undefined;
    const report = await runToReport(command, lesson);
    if (hasOutputFailed()) return OUTPUT_FAILED;
    await tell(command, report, lesson?.learned(report));
    // What a pipe has not taken by now, nobody waits for: whoever ended the run wants it to be over.
    if (report.outcome.kind === 'killed') process.exit(exitCodeOf(report.outcome));
    return hasOutputFailed() ? OUTPUT_FAILED : exitCodeOf(report.outcome);
  } catch (error) {
    if (!(error instanceof SandboxError)) throw error;
    await write('stderr', `${error.message}${guestArgumentsHint(command, error)}\n`);
    if (command.json) await write('stdout', `${failureJson(command, error)}\n`);
    return NOT_RUN;
  }
}

/** A word after the file is a function's name; often an argument of the program was meant. */
function guestArgumentsHint({ file, functionName, args }: RunCommand, { message }: SandboxError): string {
  if (functionName === undefined || !message.includes(`exports no function "${functionName}"`)) return '';
  const meant = [path.basename(file), '--', functionName, ...args].join(' ');
  return `\nTo give the program itself arguments, write them after "--": run ${meant}`;
}

async function runToReport(command: RunCommand, lesson: Lesson | undefined): Promise<Report> {
  const sandbox = lesson?.sandbox ?? Sandbox.fromSource(command.file, sandboxOptions(command));
  for (const warning of sandbox.warnings) await write('stderr', `${warning}\n`);
  const { functionName, args } = command;
  const functions = functionName === undefined ? [] : [functionName];
  for (const diagnostic of await sandbox.compile(functions)) await write('stderr', `${diagnosticLine(diagnostic)}\n`);
  const abort = new AbortController();
  const interrupt = () => abort.abort();
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  onOutputFailure(interrupt);
  const input = standardInput();
  try {
    return await sandbox.execute(functionName === undefined ? undefined : { functionName, args }, {
      args: command.guestArguments,
      ...(command.record !== undefined && { record: command.record }),
      redact: command.redact,
      stdin: input.chunks,
      terminals: { ...terminals, ...(ownStdout(command) && { stdout: terminals.stderr }) },
      signal: abort.signal,
      onOutput: (stream, bytes) => void write(ownStdout(command) ? 'stderr' : stream, bytes),
      onViolation: (violation) => tellViolation(violation),
      ...(lesson && { onDecision: (decision) => lesson.note(decision) }),
      ...(command.auditAgainst !== undefined && { auditAgainst: command.auditAgainst }),
    });
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
    input.close();
  }
}

function sandboxOptions(command: RunCommand): SandboxOptions {
  const { config, memory, timeout, fuel, mounts } = command;
  const grants = mounts.map(({ grant }) => grant);
  const writable = mounts.filter((mount) => mount.writable).map(({ grant }) => grant);
  return {
    ...(config !== undefined && { config }),
    ...(memory !== undefined && { memory }),
    ...(timeout !== undefined && { timeout }),
    ...(fuel !== undefined && { fuel }),
    read: [...command.read, ...grants],
    write: [...command.write, ...writable],
    ...(command.overlay && { overlay: true }),
    env: variables(command.env),
  };
}

/** Names without a value keep the one of our own environment; where there is none, the variable does not exist. */
function variables(given: readonly string[]): Readonly<Record<string, string>> {
  const pairs = given.flatMap((text) => {
    const at = text.indexOf('=', 1);
    const value = at < 0 ? process.env[text] : text.slice(at + 1);
    return value === undefined ? [] : [[at < 0 ? text : text.slice(0, at), value] as const];
  });
  return Object.fromEntries(pairs);
}

export function tellViolation(violation: ReportedViolation): void {
  if (violation.seq <= MOST_LINES) void write('stderr', `wasm-sandbox: ${violationMessage(violation)}\n`);
}

/** Standard output is for what we print. */
function ownStdout({ json, learn }: Pick<RunCommand, 'json' | 'learn'>): boolean {
  return json || learn;
}

/** What is told of a run depends on. */
export type Told = Pick<RunCommand, 'file' | 'functionName' | 'json' | 'learn' | 'auditAgainst'>;

export async function tell(command: Told, report: Report, learned: Learned | undefined): Promise<void> {
  const { outcome, violationCount, limits } = report;
  const untold = violationCount - MOST_LINES;
  if (untold > 0) await write('stderr', `wasm-sandbox: … and ${untold} more refused calls\n`);
  // A program that does without asks again and again: the first time says what there is to know.
  const [survived] = limits;
  if (survived && outcome.kind !== 'exhausted') await write('stderr', `wasm-sandbox: ${survivedMessage(survived)}\n`);
  if (outcome.kind !== 'exited') {
    const frames = 'frames' in outcome ? stackLines(outcome.frames) : [];
    const lines = [`wasm-sandbox: ${outcomeMessage(outcome)}`, ...frames.map((line) => `    ${line}`)];
    await write('stderr', `${lines.join('\n')}\n`);
  } else if (!command.json && command.functionName !== undefined && outcome.value !== undefined) {
    const values = Array.isArray(outcome.value) ? outcome.value : [outcome.value];
    await write(ownStdout(command) ? 'stderr' : 'stdout', `${values.join(' ')}\n`);
  }
  if (report.audit && command.auditAgainst !== undefined) {
    await tellAudit(report.audit, command.auditAgainst);
    await write('stderr', `wasm-sandbox: audit: ${wallsLine(report.walls)}\n`);
  }
  if (command.json) await write('stdout', `${reportJson(command, report, learned)}\n`);
  else if (learned) await tellLearned(learned);
}
