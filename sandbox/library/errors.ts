/**
 * Everything that the library throws, one class for each kind of failure. Messages are for people: what happened, where,
 * and what to do. Beside them each error carries its facts as data, and a code of the catalogue for programs.
 */
import type { Diagnostic } from '../compile/artifact.ts';
import type { ConfigProblem } from '../config/problem.ts';
import type { Exhausted, TrapKind } from '../guest/protocol.ts';
import { type Coded, codeOf, type ErrorCode } from './catalogue.ts';
import type { Outcome, ReportedViolation } from './report.ts';
import { ownLocation, type StackFrame } from './stack.ts';

/** What all errors of the sandbox have in common. */
export abstract class SandboxError extends Error {
  override readonly name: string = 'SandboxError';
  /** Stable: docs/errors.md lists them all. */
  readonly code: ErrorCode;
  /** Which of its kind: the limit's name, the trap, the capability. */
  readonly detail: string | undefined;

  constructor(message: string, { code, detail }: Coded) {
    super(message);
    this.code = code;
    this.detail = detail;
  }
}

/** The configuration, or an option given beside it, does not allow a run. */
export class ConfigurationError extends SandboxError {
  override readonly name = 'ConfigurationError';
  /** What would put it right, where that is known: `Change to "64MB"`. */
  readonly suggestion: string | undefined;
  /** Every problem that was found. */
  readonly problems: readonly ConfigProblem[];

  constructor(message: string, problems: readonly ConfigProblem[] = []) {
    super(message, { code: 'SANDBOX_CONFIGURATION', detail: problems[0]?.code });
    this.problems = problems;
    this.suggestion = problems.find(({ suggestion }) => suggestion)?.suggestion?.title;
  }
}

/** The program could not be compiled, or is not a module that can run. */
export class CompileError extends SandboxError {
  override readonly name = 'CompileError';
  /** What the compiler said. Lines and columns are 0-based. */
  readonly diagnostics: readonly Diagnostic[];

  constructor(message: string, diagnostics: readonly Diagnostic[] = []) {
    super(message, { code: 'SANDBOX_COMPILE', detail: diagnostics.length > 0 ? 'source' : 'module' });
    this.diagnostics = diagnostics;
  }
}

/** A limit of the configuration was reached. */
export class ResourceExhaustedError extends SandboxError {
  override readonly name = 'ResourceExhaustedError';
  /** Which limit, by its name in `sandbox.json`. */
  readonly kind: Exhausted['kind'];
  /** In the unit of the limit: bytes, milliseconds, instructions, calls. Of memory and output, what it would have come to. */
  readonly used: number;
  readonly limit: number;
  /** The function that was running; empty when unknown. */
  readonly function: string;
  /** Where the program was, innermost first. */
  readonly frames: readonly StackFrame[];
  /** It had been refused memory at `frames`, went on, and soon trapped. */
  readonly trap: Extract<Outcome, { kind: 'exhausted' }>['trap'];

  constructor(message: string, outcome: Extract<Outcome, { kind: 'exhausted' }>) {
    super(message, codeOf(outcome));
    const { exhausted, frames, trap } = outcome;
    this.kind = exhausted.kind;
    this.used = exhausted.used;
    this.limit = exhausted.limit;
    this.function = functionOf(frames);
    this.frames = frames;
    this.trap = trap;
  }
}

/** The program trapped, could not be started, or took its process down. */
export class WasmRuntimeError extends SandboxError {
  override readonly name = 'WasmRuntimeError';
  /** Why it trapped; undefined when it did not come to that. */
  readonly trap: TrapKind | undefined;
  /** The function that was running; empty when unknown. */
  readonly function: string;
  /** Where the program was, innermost first. */
  readonly frames: readonly StackFrame[];
  /** In the words of the engine, or of whoever refused to start it. */
  override readonly cause: string;

  constructor(message: string, outcome: Extract<Outcome, { kind: 'trapped' | 'refused' | 'crashed' }>) {
    super(message, codeOf(outcome));
    const trapped = outcome.kind === 'trapped' ? outcome : undefined;
    this.trap = trapped?.trap;
    this.frames = trapped?.frames ?? [];
    this.function = functionOf(this.frames);
    this.cause = outcome.message;
  }
}

/** What was attempted, and what that would have taken. */
export interface SecurityContext {
  /** The host call and what it was about: `path_open /etc/passwd`. */
  readonly attemptedOperation: string;
  /** By its name in `sandbox.json`: `filesystem.read`. */
  readonly requiredCapability: string;
  /** What was granted of that kind. */
  readonly availableCapabilities: readonly string[];
}

/** The program asked for something that it was not granted, and the caller had asked for that to be an error. */
export class SecurityViolationError extends SandboxError {
  override readonly name = 'SecurityViolationError';
  readonly violation: ReportedViolation;
  readonly context: SecurityContext;

  constructor(message: string, violation: ReportedViolation) {
    super(message, { code: 'SANDBOX_SECURITY_VIOLATION', detail: violation.required });
    this.violation = violation;
    this.context = {
      attemptedOperation: `${violation.operation} ${violation.target}`,
      requiredCapability: violation.required,
      availableCapabilities: violation.available,
    };
  }
}

/** A recording that cannot be read or run again, or whose program did something else than was recorded. */
export class RecordingError extends SandboxError {
  override readonly name = 'RecordingError';
  /** Output of the replay, up to where it ended. Empty when it did not begin, or was passed on. */
  readonly stdout: string;
  readonly stderr: string;

  constructor(message: string, detail: string | undefined, { stdout, stderr } = { stdout: '', stderr: '' }) {
    super(message, { code: 'SANDBOX_RECORDING', detail });
    this.stdout = stdout;
    this.stderr = stderr;
  }
}

/** The run was ended from outside, by the caller's signal. */
export class AbortedError extends SandboxError {
  override readonly name = 'AbortedError';

  constructor(message: string) {
    super(message, codeOf({ kind: 'killed' }));
  }
}

function functionOf(frames: readonly StackFrame[]): string {
  return (ownLocation(frames) ?? frames[0])?.function ?? '';
}
