/**
 * Everything that the library throws, one class for each kind of failure. Messages are for people: what happened, where,
 * and what to do. Beside them each error carries its facts as data.
 */
import type { Diagnostic } from '../compile/artifact.ts';
import type { ConfigProblem } from '../config/problem.ts';
import type { Exhausted, TrapKind } from '../guest/protocol.ts';
import type { ReportedViolation } from './report.ts';
import type { StackFrame } from './stack.ts';

/** What all errors of the sandbox have in common. */
export abstract class SandboxError extends Error {
  override readonly name: string = 'SandboxError';
}

/** The configuration, or an option given beside it, does not allow a run. */
export class ConfigurationError extends SandboxError {
  override readonly name = 'ConfigurationError';
  /** What would put it right, where that is known: `Change to "64MB"`. */
  readonly suggestion: string | undefined;
  /** Every problem that was found. */
  readonly problems: readonly ConfigProblem[];

  constructor(message: string, problems: readonly ConfigProblem[] = []) {
    super(message);
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
    super(message);
    this.diagnostics = diagnostics;
  }
}

/** A limit of the configuration was reached. */
export class ResourceExhaustedError extends SandboxError {
  override readonly name = 'ResourceExhaustedError';
  /** Which limit, by its name in `sandbox.json`. */
  readonly kind: Exhausted['kind'];
  /** In the unit of the limit: bytes, milliseconds, instructions, calls. */
  readonly used: number;
  readonly limit: number;
  /** Where the program was, innermost first. */
  readonly frames: readonly StackFrame[];

  constructor(message: string, exhausted: Exhausted, frames: readonly StackFrame[]) {
    super(message);
    this.kind = exhausted.kind;
    this.used = exhausted.used;
    this.limit = exhausted.limit;
    this.frames = frames;
  }
}

/** The program trapped, could not be started, or took its process down. */
export class WasmRuntimeError extends SandboxError {
  override readonly name = 'WasmRuntimeError';
  /** Why it trapped; undefined when it did not come to that. */
  readonly trap: TrapKind | undefined;
  /** Where the program was, innermost first. */
  readonly frames: readonly StackFrame[];

  constructor(message: string, trap: TrapKind | undefined, frames: readonly StackFrame[]) {
    super(message);
    this.trap = trap;
    this.frames = frames;
  }
}

/** The program asked for something that it was not granted, and the caller had asked for that to be an error. */
export class SecurityViolationError extends SandboxError {
  override readonly name = 'SecurityViolationError';
  readonly violation: ReportedViolation;

  constructor(message: string, violation: ReportedViolation) {
    super(message);
    this.violation = violation;
  }
}

/** The run was ended from outside, by the caller's signal. */
export class AbortedError extends SandboxError {
  override readonly name = 'AbortedError';
}
