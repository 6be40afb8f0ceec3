/** Quick fixes: the edits that problems carry, for those problems that the given range touches. */
import { type CodeAction, CodeActionKind, type Range } from 'vscode-languageserver/node';
import { type ConfigFile, problemsOf, rangeIn } from './configFile.ts';
import { toDiagnostic } from './diagnostics.ts';

export function codeActions(file: ConfigFile, range: Range): CodeAction[] {
  const from = file.document.offsetAt(range.start);
  const to = file.document.offsetAt(range.end);
  return problemsOf(file).flatMap((problem) => {
    const { suggestion } = problem;
    const touches = problem.range.offset <= to && from <= problem.range.offset + problem.range.length;
    if (!touches || !suggestion?.edit) return [];
    const edit = { range: rangeIn(file, suggestion.edit), newText: suggestion.edit.text };
    return {
      title: suggestion.title,
      kind: CodeActionKind.QuickFix,
      diagnostics: [toDiagnostic(file, problem)],
      isPreferred: true,
      edit: { changes: { [file.document.uri]: [edit] } },
    };
  });
}
