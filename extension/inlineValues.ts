/** Values at the ends of lines while our debugger is stopped: VS Code looks the names up in the frame's variables. */
import * as vscode from 'vscode';
import { DEBUG_TYPE } from './launchConfiguration.ts';
import { namesInSight } from './namesInSight.ts';

const LANGUAGES = ['c', 'cpp', 'typescript', 'wat'];

export function registerInlineValues(): vscode.Disposable {
  return vscode.languages.registerInlineValuesProvider(LANGUAGES, { provideInlineValues });
}

function provideInlineValues(
  document: vscode.TextDocument,
  viewPort: vscode.Range,
  context: vscode.InlineValueContext,
): vscode.InlineValue[] {
  if (vscode.debug.activeDebugSession?.type !== DEBUG_TYPE) return [];
  const stoppedAt = context.stoppedLocation.end.line;
  const lines = document.getText(new vscode.Range(0, 0, stoppedAt + 1, 0)).split(/\r?\n/);
  return namesInSight(lines, stoppedAt, document.languageId)
    .filter(({ line }) => line >= viewPort.start.line && line <= viewPort.end.line)
    .map(({ name, line, column }) => {
      const range = new vscode.Range(line, column, line, column + name.length);
      return new vscode.InlineValueVariableLookup(range, name, true);
    });
}
