/** Refused calls and limits of each program's last run, in the Problems panel and on their lines, with quick fixes. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import type { LimitEventBody, ViolationEventBody, ViolationFrame } from '../debug-adapter/events.ts';
import { launchSandbox } from './configurationText.ts';
import { type Granting, launchFile } from './granting.ts';
import { type Fix, type LinesChanged, type Refusal, Refusals } from './refusals.ts';

/** Milliseconds between two updates of the Problems. */
const UPDATE_EVERY = 100;

const FIX = 'wasm-sandbox.fix';
const FIX_ALL = 'wasm-sandbox.fixAll';
const OPEN_CONFIGURATION = 'wasm-sandbox.openConfiguration';

const EXPLAIN = 'wasm-sandbox.explain';

const MOST_CALLERS = 8;

/** Of one program: its last run. */
interface Run {
  readonly session: vscode.DebugSession;
  readonly refusals: Refusals;
}

/** A problem that is shown, and what is behind it. */
interface Shown {
  readonly diagnostic: vscode.Diagnostic;
  readonly refusal: Refusal;
  readonly run: Run;
}

export class RefusalProblems implements vscode.CodeActionProvider {
  readonly #granting: Granting;
  readonly #docs: vscode.Uri;
  readonly #problems = vscode.languages.createDiagnosticCollection('wasm-sandbox-refusals');
  /** By program. */
  readonly #runs = new Map<string, Run>();
  /** By URI. */
  readonly #shown = new Map<string, Shown[]>();
  #pending: NodeJS.Timeout | undefined;

  constructor(extension: vscode.Uri, granting: Granting) {
    this.#granting = granting;
    this.#docs = vscode.Uri.joinPath(extension, 'docs', 'violations.md');
  }

  register(): vscode.Disposable {
    return vscode.Disposable.from(
      this.#problems,
      vscode.languages.registerCodeActionsProvider({ scheme: 'file' }, this, {
        providedCodeActionKinds: [vscode.CodeActionKind.QuickFix],
      }),
      vscode.commands.registerCommand(FIX, (fix: Fix, session: vscode.DebugSession) =>
        this.#granting.grant([fix], session),
      ),
      vscode.commands.registerCommand(FIX_ALL, (run: Run) => this.#granting.grant(run.refusals.fixes, run.session)),
      vscode.commands.registerCommand(OPEN_CONFIGURATION, (fix: Fix, session: vscode.DebugSession) =>
        this.#granting.open(fix, session),
      ),
      vscode.commands.registerCommand(EXPLAIN, (code: unknown) =>
        vscode.commands.executeCommand('markdown.showPreview', this.#docs.with({ fragment: headingOf(String(code)) })),
      ),
      vscode.workspace.onDidChangeTextDocument((event) => this.#edited(event)),
      vscode.workspace.onDidSaveTextDocument((document) => this.#configured(document.uri.fsPath, document.getText())),
      this.#granting.onDidCreate(({ file, text }) => this.#configured(file.fsPath, text)),
      { dispose: () => clearTimeout(this.#pending) },
    );
  }

  /** A run begins: what the last one of the same program was refused is no news any more. */
  begin(session: vscode.DebugSession): void {
    this.#runs.set(programOf(session), { session, refusals: new Refusals(existsSync) });
    this.#update();
  }

  violation(session: vscode.DebugSession, violation: ViolationEventBody): void {
    if (this.#runs.get(programOf(session))?.refusals.addViolation(violation)) this.#update();
  }

  limit(session: vscode.DebugSession, limit: LimitEventBody): void {
    if (this.#runs.get(programOf(session))?.refusals.addLimit(limit)) this.#update();
  }

  provideCodeActions(
    document: vscode.TextDocument,
    _range: vscode.Range,
    { diagnostics }: vscode.CodeActionContext,
  ): vscode.CodeAction[] {
    const shown = this.#shown.get(document.uri.toString()) ?? [];
    const asked = shown.filter(({ diagnostic }) => diagnostics.some((each) => isSame(each, diagnostic)));
    const fixable = asked.flatMap(({ refusal: { fix }, ...rest }) => (fix === undefined ? [] : [{ fix, ...rest }]));
    const [first] = fixable;
    if (first === undefined) return [];
    const fixes = fixable.map(({ fix, diagnostic, run }, index) => {
      const command = { title: fix.change.title, command: FIX, arguments: [fix, run.session] };
      return quickFix(command, [diagnostic], index === 0);
    });
    const count = first.run.refusals.fixes.length;
    const all = { title: `Grant all ${count} that this run was refused`, command: FIX_ALL, arguments: [first.run] };
    const name = path.basename(first.fix.configFile ?? 'launch.json');
    const open = { title: `Open ${name}`, command: OPEN_CONFIGURATION, arguments: [first.fix, first.run.session] };
    const diagnostic = fixable.map((each) => each.diagnostic);
    return [...fixes, ...(count > 1 ? [quickFix(all, diagnostic)] : []), quickFix(open, diagnostic)];
  }

  #edited({ document, contentChanges }: vscode.TextDocumentChangeEvent): void {
    if (document.uri.scheme !== 'file' || contentChanges.length === 0) return;
    const changes = contentChanges.map(linesOf);
    const touched = [...this.#runs.values()].filter(({ refusals }) => refusals.edited(document.uri.fsPath, changes));
    if (touched.length > 0) this.#update();
  }

  /** A file that may be a configuration was written. */
  #configured(file: string, text: string): void {
    const touched = [...this.#runs.values()].filter(({ refusals, session: { name, workspaceFolder } }) => {
      const isLaunchFile = file === launchFile(workspaceFolder)?.fsPath;
      return isLaunchFile
        ? refusals.configured(undefined, launchSandbox(text, name) ?? '')
        : refusals.configured(file, text);
    });
    if (touched.length > 0) this.#update();
  }

  #update(): void {
    this.#pending ??= setTimeout(() => {
      this.#pending = undefined;
      this.#publish();
    }, UPDATE_EVERY);
  }

  #publish(): void {
    const before = new Set(this.#shown.keys());
    this.#shown.clear();
    for (const run of this.#runs.values()) {
      for (const refusal of run.refusals.current) {
        const uri = vscode.Uri.file(refusal.location.source).toString();
        const diagnostic = this.#diagnosticOf(refusal);
        const shown = this.#shown.get(uri) ?? [];
        shown.push({ diagnostic, refusal, run });
        this.#shown.set(uri, shown);
      }
    }
    for (const uri of new Set([...before, ...this.#shown.keys()])) {
      const shown = this.#shown.get(uri)?.map(({ diagnostic }) => diagnostic);
      this.#problems.set(vscode.Uri.parse(uri), shown);
    }
  }

  #diagnosticOf({ location, message, code, stack }: Refusal): vscode.Diagnostic {
    const at = new vscode.Position(location.line - 1, location.column - 1);
    const diagnostic = new vscode.Diagnostic(new vscode.Range(at, at), message, vscode.DiagnosticSeverity.Warning);
    diagnostic.source = 'wasm-sandbox';
    diagnostic.code = { value: code, target: linkTo(code) };
    diagnostic.relatedInformation = callers(stack);
    return diagnostic;
  }
}

/** As Markdown makes it of the heading `filesystem.read`. */
function headingOf(code: string): string {
  return code.toLowerCase().replaceAll('.', '');
}

/** VS Code runs a command that a problem's code links to; a link to the file itself would not show it as a page. */
function linkTo(code: string): vscode.Uri {
  return vscode.Uri.parse(`command:${EXPLAIN}?${encodeURIComponent(JSON.stringify([code]))}`);
}

function quickFix(command: vscode.Command, diagnostics: vscode.Diagnostic[], isPreferred = false): vscode.CodeAction {
  const action = new vscode.CodeAction(command.title, vscode.CodeActionKind.QuickFix);
  action.command = command;
  action.diagnostics = diagnostics;
  action.isPreferred = isPreferred;
  return action;
}

/** The user's own functions on the way to the call, innermost first; the line itself is the problem's. */
function callers(stack: readonly ViolationFrame[]): vscode.DiagnosticRelatedInformation[] {
  const own = stack.flatMap(({ function: name, source, line, library }) =>
    library || source === null || line === null ? [] : [{ name, source, line }],
  );
  return own.slice(1, 1 + MOST_CALLERS).map(({ name, source, line }) => {
    const place = new vscode.Location(vscode.Uri.file(source), new vscode.Position(line - 1, 0));
    return new vscode.DiagnosticRelatedInformation(place, `called in ${name}`);
  });
}

/** VS Code hands back copies. */
function isSame(one: vscode.Diagnostic, other: vscode.Diagnostic): boolean {
  return (
    one.source === other.source && one.message === other.message && one.range.start.line === other.range.start.line
  );
}

/** Which lines a change replaced by how many: where it takes whole lines, the one behind them is not touched. */
function linesOf({ range: { start, end }, text }: vscode.TextDocumentContentChangeEvent): LinesChanged {
  const added = text.split('\n').length;
  const whole = start.character === 0 && end.character === 0 && (text === '' || text.endsWith('\n'));
  return whole
    ? { first: start.line + 1, last: end.line, lines: added - 1 }
    : { first: start.line + 1, last: end.line + 1, lines: added };
}

function programOf({ configuration }: vscode.DebugSession): string {
  return String(configuration.program ?? '');
}
