/** The one JSON object of `--json`. Lines and columns are 1-based; integers that a JSON number cannot hold are text. */
import { type Coded, codeOf } from '../library/catalogue.ts';
import { CompileError, ConfigurationError, type SandboxError } from '../library/errors.ts';
import type { Learned } from '../library/learn.ts';
import { outcomeMessage } from '../library/messages.ts';
import type { ReplayReport } from '../library/replay.ts';
import type { SingleValue, Value } from '../library/report.ts';
import type { Report } from '../library/sandbox.ts';
import { exitCodeOf, NOT_RUN } from './exitCodes.ts';
import type { RunCommand } from './run.ts';

type Named = Pick<RunCommand, 'file' | 'functionName'>;

/** A run that came to an end, whatever end. */
export function reportJson({ file, functionName }: Named, report: Report | ReplayReport, learned?: Learned): string {
  const { outcome, usage, violations, violationCount, limits, walls } = report;
  const audit = 'audit' in report ? report.audit : undefined;
  return JSON.stringify({
    program: file,
    function: functionName ?? null,
    outcome: outcome.kind,
    result: outcome.kind === 'exited' ? jsonValue(outcome.value) : null,
    exitCode: exitCodeOf(outcome),
    error: outcome.kind === 'exited' ? null : failureOf(outcome),
    usage,
    violations,
    violationCount,
    limits,
    walls,
    ...(audit && { audit }),
    ...('recording' in report && { recording: report.recording }),
    ...(learned && { learned: { folder: learned.folder, config: learned.config, text: learned.text } }),
  });
}

/** A program that was not run. */
export function failureJson({ file, functionName }: Named, error: SandboxError): string {
  return JSON.stringify({
    program: file,
    function: functionName ?? null,
    outcome: 'not run',
    result: null,
    exitCode: NOT_RUN,
    error: { ...coded(error), kind: error.name, message: error.message, ...failureFacts(error) },
    usage: null,
    violations: [],
    violationCount: 0,
    limits: [],
  });
}

function failureOf(outcome: Exclude<Report['outcome'], { kind: 'exited' }>): object {
  return { ...coded(codeOf(outcome)), message: outcomeMessage(outcome), ...errorFacts(outcome) };
}

function coded({ code, detail }: Coded): object {
  return { code, detail: detail ?? null };
}

function errorFacts(outcome: Exclude<Report['outcome'], { kind: 'exited' }>): object {
  switch (outcome.kind) {
    case 'trapped':
      return { kind: 'trap', trap: outcome.trap, stack: outcome.frames };
    case 'exhausted':
      return { kind: 'limit', limit: outcome.exhausted, stack: outcome.frames, trap: outcome.trap ?? null };
    default:
      return { kind: outcome.kind };
  }
}

function failureFacts(error: SandboxError): object {
  if (error instanceof CompileError) {
    const diagnostics = error.diagnostics.map((diagnostic) => ({
      ...diagnostic,
      line: diagnostic.line + 1,
      column: diagnostic.column + 1,
      ...(diagnostic.endLine !== undefined && { endLine: diagnostic.endLine + 1 }),
      ...(diagnostic.endColumn !== undefined && { endColumn: diagnostic.endColumn + 1 }),
    }));
    return { diagnostics };
  }
  return error instanceof ConfigurationError ? { suggestion: error.suggestion ?? null } : {};
}

function jsonValue(value: Value): unknown {
  if (value === undefined) return null;
  return typeof value === 'object' ? value.map(single) : single(value);
}

/** NaN and the infinities have no JSON number. */
function single(value: SingleValue): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}
