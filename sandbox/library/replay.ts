/**
 * Runs a recorded program again, with nothing of the machine that it ran on: its module comes from the recording, and every
 * host call is answered from it. It gets no file, no clock, no network and no variable; what it prints, how it ends and what
 * it has used are what they were, or this is an error that says where.
 */
import path from 'node:path';
import type { Artifact } from '../compile/artifact.ts';
import { compile } from '../compile/compile.ts';
import { formatDuration, formatSize } from '../config/units.ts';
import type { GuestOptions } from '../guest/protocol.ts';
import type { RecordingHeader, Redaction } from '../recording/format.ts';
import type { Recording } from '../recording/reader.ts';
import { RecordingError as UnreadableRecording } from '../recording/recordingError.ts';
import {
  engineDifference,
  isRecordedModule,
  RecordedFile,
  recordedArtifact,
  recordedConfig,
  recordedEntry,
} from '../replay/recordedProgram.ts';
import { CollectedOutput } from './collectedOutput.ts';
import { AbortedError, CompileError, ConfigurationError, RecordingError } from './errors.ts';
import { execute } from './execution.ts';
import { instrumentedProgram, type Program } from './program.ts';
import type { ReportedLimit, ReportedViolation, RunReport } from './report.ts';

export interface ReplayOptions {
  /** The program's file, for a recording that does not hold the module: `.wasm`, or its source. */
  readonly module?: string;
  /** Called before anything runs: another engine, parts that were left out. */
  readonly onWarning?: (sentence: string) => void;
  /** Called with each piece of output as it comes; without it, output is collected in the report. */
  readonly onOutput?: (stream: 'stdout' | 'stderr', bytes: Uint8Array) => void;
  readonly onViolation?: (violation: ReportedViolation) => void;
  readonly onLimit?: (limit: ReportedLimit) => void;
  readonly signal?: AbortSignal;
  /** Milliseconds that it may take. Default: ten times what the run was allowed, one minute at least. */
  readonly timeout?: number;
  /** Bytes of memory that a recording may let its program have. Default: 4 GB. */
  readonly memory?: number;
}

/** Outcome, usage, violations and limits are the recorded run's; `usage.time` is what the replay took. */
export interface ReplayReport extends RunReport {
  readonly stdout: string;
  readonly stderr: string;
  readonly recording: RecordedRun;
}

/** What a recording says of the run. */
export interface RecordedRun {
  /** Path of the program's file where it was run. */
  readonly program: string;
  /** The function that was called; null: the program itself. */
  readonly function: string | null;
  readonly args: readonly string[];
  /** Names of its variables. */
  readonly env: readonly string[];
  /** Milliseconds since 1970. */
  readonly recordedAt: number;
  readonly engine: RecordingHeader['engine'];
  readonly redacted: readonly Redaction[];
}

const MOST_MEMORY = 4 * 2 ** 30;
const LEAST_TIME = 60_000;
const TIMES_LONGER = 10;

/**
 * Run a recording again.
 * @throws {RecordingError} it cannot be read, lacks its module, breaks off, or the program does something else than was recorded
 * @throws {AbortedError} the signal ended it
 */
export async function replay(file: string, options: ReplayOptions = {}): Promise<ReplayReport> {
  const recorded = open(file);
  try {
    const recording = guarded(file, () => recorded.open());
    for (const sentence of warnings(recording.header)) options.onWarning?.(sentence);
    return await run(file, recording, options);
  } finally {
    recorded.close();
  }
}

function open(file: string): RecordedFile {
  try {
    return new RecordedFile(path.resolve(file));
  } catch (error) {
    throw new RecordingError(`The recording ${file} cannot be opened: ${messageOf(error)}. Check the path.`, 'file');
  }
}

function guarded<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof UnreadableRecording)) throw error;
    throw new RecordingError(`${file}: ${error.message}`, 'file');
  }
}

function warnings(header: RecordingHeader): readonly string[] {
  const { redacted = [] } = header;
  const engine = engineDifference(header);
  const replaced = redacted.filter((what) => what === 'env' || what === 'files');
  const filler = `In this recording ${replaced.map((what) => REPLACED[what]).join(' and ')} stand as "x": a program that looks at them does something else here.`;
  return [...(engine === undefined ? [] : [engine]), ...(replaced.length === 0 ? [] : [filler])];
}

const REPLACED = { env: 'the values of variables', files: 'the contents of what was read' } as const;

async function run(file: string, recording: Recording, options: ReplayOptions): Promise<ReplayReport> {
  const { header } = recording;
  const config = recordedConfig(header);
  const entry = recordedEntry(header);
  if (entry === undefined) throw new RecordingError(`${file} does not say how its program was called.`, 'file');
  checkMemory(file, config.memory, options.memory);
  const artifact = await artifactOf(file, recording, options.module);
  const program = programOf(file, header, artifact, config);
  const output = new CollectedOutput();
  const limit = new AbortController();
  const { timeout = Math.max(LEAST_TIME, TIMES_LONGER * config.timeout), signal } = options;
  const timer = Number.isFinite(timeout) ? setTimeout(() => limit.abort(), Math.min(timeout, 2 ** 31 - 1)) : undefined;
  try {
    if (signal?.aborted) throw new AbortedError(`${file} was not replayed: the signal was set before.`);
    const report = await execute(
      program,
      { config, env: {}, buildArgs: [], warnings: [], folder: path.dirname(program.file) },
      {
        ...(entry.kind === 'call' && { call: entry }),
        args: header.args.slice(1),
        replay: path.resolve(file),
        signal: signal ? AbortSignal.any([signal, limit.signal]) : limit.signal,
        output: options.onOutput ?? ((stream, bytes) => output.add(stream, bytes)),
        violation: (violation) => {
          options.onViolation?.(violation);
          return false;
        },
        limit: (survived) => options.onLimit?.(survived),
      },
    );
    if (signal?.aborted) throw new AbortedError(`The replay of ${file} was ended from outside.`);
    if (limit.signal.aborted) throw tooLong(file, timeout);
    return { ...report, ...output.texts(), recording: recordedRun(header, entry) };
  } catch (error) {
    if (!(error instanceof RecordingError)) throw error;
    throw new RecordingError(`${file}: ${error.message}${redactedHint(header, error)}`, error.detail, output.texts());
  } finally {
    clearTimeout(timer);
  }
}

function checkMemory(file: string, wanted: number, most = MOST_MEMORY): void {
  if (wanted <= most || wanted === Number.POSITIVE_INFINITY) return;
  const message = `${file} lets its program have ${formatSize(wanted)} of memory, and a replay allows ${formatSize(most)}. Pass --memory ${formatSize(wanted)} if you trust it.`;
  throw new RecordingError(message, 'file');
}

function tooLong(file: string, timeout: number): RecordingError {
  const message = `The replay of ${file} did not end within ${formatDuration(timeout)}: the recording does not say where its run ended, or the program does something else here. Pass --timeout to wait longer.`;
  return new RecordingError(message, 'mismatch');
}

function redactedHint({ redacted = [] }: RecordingHeader, { detail }: RecordingError): string {
  if (detail !== 'mismatch' || !redacted.some((what) => what in REPLACED)) return '';
  return ' Or it has looked at what was replaced by "x" in this recording.';
}

async function artifactOf(file: string, recording: Recording, given: string | undefined): Promise<Artifact> {
  const { header } = recording;
  const stored = guarded(file, () => recordedArtifact(recording));
  const artifact = given === undefined ? stored : await compiled(given, header);
  if (artifact === undefined) {
    const message = `${file} does not hold the module of ${header.module.name}, only its SHA-256. Pass the program with --module.`;
    throw new RecordingError(message, 'module');
  }
  if (isRecordedModule(header, artifact.wasm)) return artifact;
  const what = given === undefined ? `The module in ${file}` : given;
  const why = given === undefined ? 'The file was changed.' : 'Its source, the compiler or the arguments were others.';
  throw new RecordingError(`${what} is not the module that was recorded: its SHA-256 is another. ${why}`, 'module');
}

async function compiled(program: string, { build }: RecordingHeader): Promise<Artifact> {
  const result = await compile({
    program: path.resolve(program),
    buildArgs: build?.arguments ?? [],
    exports: path.extname(program) === '.wasm' ? [] : (build?.exports ?? []),
    toolchain: build?.toolchain === 'system' ? 'system' : 'embedded',
  });
  if (result.ok) return result.artifact;
  throw new CompileError(result.message, result.diagnostics);
}

function programOf(file: string, header: RecordingHeader, artifact: Artifact, config: GuestOptions['config']): Program {
  try {
    return instrumentedProgram(header.file ?? header.module.name, artifact, config);
  } catch (error) {
    if (!(error instanceof CompileError || error instanceof ConfigurationError)) throw error;
    throw new RecordingError(`${file} holds a program that cannot run: ${error.message}`, 'module');
  }
}

function recordedRun(header: RecordingHeader, entry: GuestOptions['entry']): RecordedRun {
  const { args, env, engine, recordedAt, redacted = [] } = header;
  return {
    program: header.file ?? header.module.name,
    function: entry.kind === 'call' ? entry.function : null,
    args: args.slice(1),
    env,
    recordedAt,
    engine,
    redacted,
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
