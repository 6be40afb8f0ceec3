/** `wasm-sandbox replay`: a recorded run once more, told as the run itself was; nothing of this machine is given to it. */
import { RecordingError, SandboxError } from '../library/errors.ts';
import { type ReplayOptions, type ReplayReport, replay } from '../library/replay.ts';
import { exitCodeOf, NOT_RUN, OUTPUT_FAILED } from './exitCodes.ts';
import { failureJson } from './json.ts';
import { tell, tellViolation } from './run.ts';
import { hasOutputFailed, onOutputFailure, write } from './standardStreams.ts';

export interface ReplayCommand {
  readonly file: string;
  readonly json: boolean;
  /** Program of a recording that does not hold it. */
  readonly module?: string;
  /** Milliseconds. */
  readonly timeout?: number;
  /** Bytes. */
  readonly memory?: number;
}

/** Gives the exit code: the recorded run's. */
export async function replayCommand(command: ReplayCommand): Promise<number> {
  try {
    const report = await replayed(command);
    if (hasOutputFailed()) return OUTPUT_FAILED;
    const { recording } = report;
    const told = { file: recording.program, functionName: recording.function ?? undefined, json: command.json };
    await tell({ ...told, learn: false }, report, undefined);
    return hasOutputFailed() ? OUTPUT_FAILED : exitCodeOf(report.outcome);
  } catch (error) {
    if (!(error instanceof SandboxError)) throw error;
    if (hasOutputFailed()) return OUTPUT_FAILED;
    const prefix = error instanceof RecordingError ? 'wasm-sandbox: ' : '';
    await write('stderr', `${prefix}${error.message}\n`);
    if (command.json) await write('stdout', `${failureJson({ file: command.file, functionName: undefined }, error)}\n`);
    return NOT_RUN;
  }
}

async function replayed({ file, json, ...options }: ReplayCommand): Promise<ReplayReport> {
  const abort = new AbortController();
  const interrupt = () => abort.abort();
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  onOutputFailure(interrupt);
  const events: ReplayOptions = {
    signal: abort.signal,
    onWarning: (sentence) => void write('stderr', `wasm-sandbox: ${sentence}\n`),
    onOutput: (stream, bytes) => void write(json ? 'stderr' : stream, bytes),
    onViolation: (violation) => tellViolation(violation),
  };
  try {
    return await replay(file, { ...options, ...events });
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}
