/** Problems of a `sandbox.json` as LSP diagnostics. */
import { type Diagnostic, DiagnosticSeverity } from 'vscode-languageserver/node';
import type { ConfigProblem } from '../sandbox/config/problem.ts';
import { type ConfigFile, problemsOf, rangeIn } from './configFile.ts';

export function diagnose(file: ConfigFile): Diagnostic[] {
  return problemsOf(file).map((problem) => toDiagnostic(file, problem));
}

export function toDiagnostic(file: ConfigFile, problem: ConfigProblem): Diagnostic {
  return {
    range: rangeIn(file, problem.range),
    severity: SEVERITIES[problem.severity],
    message: problem.message,
    code: problem.code,
    source: 'wasm-sandbox',
  };
}

const SEVERITIES = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
} as const;
