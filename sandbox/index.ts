/**
 * The library. Compile a source file to WebAssembly, run it in a sandbox that grants nothing by default, and get the
 * result, what it used and what it was refused:
 *
 *     import { run, Sandbox } from 'wasm-sandbox-debug';
 *     await run('calculator.wat', 'add', [5, 3]);
 *     const sandbox = Sandbox.fromSource('filter.c', { memory: '16MB', timeout: '2s', read: ['./data'] });
 *     const { stdout, usage, violations } = await sandbox.start({ args: ['--fast'] });
 */
export type { Artifact, CompileRequest, CompileResult, Diagnostic } from './compile/artifact.ts';
export { compile } from './compile/compile.ts';
export type { FilesystemGrants, PathGrant, SandboxConfig } from './config/config.ts';
export {
  applyChange,
  type ChangedText,
  type ConfigChange,
  type EditPlan,
  editsFor,
  type SettingChange,
} from './config/configEdits.ts';
export type { LoadedConfig } from './config/loadConfig.ts';
export type { ConfigProblem, Suggestion } from './config/problem.ts';
export type { Exhausted, TrapKind, Usage } from './guest/protocol.ts';
export type { AuditFinding, ExceededLimit, RefusedAccess } from './library/audit.ts';
export { CATALOGUE, type CatalogueEntry, type ErrorCode } from './library/catalogue.ts';
export {
  AbortedError,
  CompileError,
  ConfigurationError,
  RecordingError,
  ResourceExhaustedError,
  SandboxError,
  type SecurityContext,
  SecurityViolationError,
  WasmRuntimeError,
} from './library/errors.ts';
export { type Learned, type LearnRequest, learn } from './library/learn.ts';
export { type Grant, loadConfig, loadConfigFile, type SandboxOptions } from './library/options.ts';
export { type RecordedRun, type ReplayOptions, type ReplayReport, replay } from './library/replay.ts';
export type {
  Outcome,
  ReportedDecision,
  ReportedLimit,
  ReportedViolation,
  RunReport,
  SingleValue,
  Value,
} from './library/report.ts';
export { type Argument, disposeCompilers, type Report, type RunOptions, run, Sandbox } from './library/sandbox.ts';
export type { StackFrame, StackLocation } from './library/stack.ts';
export type { Redaction } from './recording/format.ts';
