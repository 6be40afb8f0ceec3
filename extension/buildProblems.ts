/** What the last build said, in the Problems panel: replaced by the next build's, gone from a file once it is edited. */
import * as vscode from 'vscode';
import type { BuildDiagnostic, DiagnosticsEventBody } from '../debug-adapter/events.ts';

const SEVERITY = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  information: vscode.DiagnosticSeverity.Information,
} as const;

export class BuildProblems {
  readonly #problems = vscode.languages.createDiagnosticCollection('wasm-sandbox');
  readonly #edits: vscode.Disposable;

  constructor() {
    this.#edits = vscode.workspace.onDidChangeTextDocument((change) => {
      if (change.contentChanges.length > 0) this.#problems.delete(change.document.uri);
    });
  }

  replace(body: DiagnosticsEventBody): void {
    this.#problems.clear();
    for (const file of new Set(body.diagnostics.map((found) => found.file))) {
      const problems = body.diagnostics.filter((found) => found.file === file).map(toProblem);
      this.#problems.set(vscode.Uri.file(file), problems);
    }
    const errors = body.diagnostics.filter((found) => found.severity === 'error').length;
    if (errors > 0) void tellOf(errors);
  }

  dispose(): void {
    this.#edits.dispose();
    this.#problems.dispose();
  }
}

async function tellOf(errors: number): Promise<void> {
  const show = 'Show Problems';
  const text = `The program could not be built: ${errors === 1 ? '1 error' : `${errors} errors`}.`;
  const answer = await vscode.window.showErrorMessage(text, show);
  if (answer === show) await vscode.commands.executeCommand('workbench.actions.view.problems');
}

function toProblem(found: BuildDiagnostic): vscode.Diagnostic {
  const start = new vscode.Position(Math.max(0, found.line), Math.max(0, found.column));
  const problem = new vscode.Diagnostic(
    new vscode.Range(start, endOf(found, start)),
    found.message,
    SEVERITY[found.severity],
  );
  problem.source = 'wasm-sandbox';
  if (found.code !== undefined) problem.code = found.code;
  return problem;
}

/** A point becomes the word at it: VS Code widens an empty range by itself. */
function endOf(found: BuildDiagnostic, start: vscode.Position): vscode.Position {
  if (found.endColumn === undefined) return start;
  const end = new vscode.Position(Math.max(0, found.endLine ?? found.line), Math.max(0, found.endColumn));
  return end.isAfter(start) ? end : start;
}
