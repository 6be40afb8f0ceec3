/** The Sandbox view of the panel area: its page, and the run that it shows, sent at most thirty times a second. */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { Granting } from './granting.ts';
import { panelHtml } from './panelHtml.ts';
import type { Fix } from './refusals.ts';
import type { RunHistory } from './runHistory.ts';
import type { HostMessage, SourceLocation } from './webviews/panel/messages.ts';
import { readViewMessage } from './webviews/panel/readMessage.ts';

const VIEW = 'wasm-sandbox.panel';

/** Milliseconds between two updates. */
const UPDATE_EVERY = 33;

export class SandboxPanel implements vscode.WebviewViewProvider {
  readonly #files: vscode.Uri;
  readonly #granting: Granting;
  #view: vscode.WebviewView | undefined;
  #run: RunHistory | undefined;
  /** The run's. */
  #session: vscode.DebugSession | undefined;
  #seq = 0;
  /** The page has said `ready`, so that it can take updates. */
  #ready = false;
  #pending: NodeJS.Timeout | undefined;

  constructor(extension: vscode.Uri, granting: Granting) {
    this.#granting = granting;
    this.#files = vscode.Uri.joinPath(extension, 'dist', 'webviews');
  }

  register(): vscode.Disposable {
    return vscode.Disposable.from(
      vscode.window.registerWebviewViewProvider(VIEW, this),
      vscode.commands.registerCommand('wasm-sandbox.openPanel', () => vscode.commands.executeCommand(`${VIEW}.focus`)),
      { dispose: () => clearTimeout(this.#pending) },
    );
  }

  resolveWebviewView(view: vscode.WebviewView): void {
    this.#view = view;
    this.#ready = false;
    view.webview.options = { enableScripts: true, localResourceRoots: [this.#files] };
    view.webview.onDidReceiveMessage((message: unknown) => this.#receive(message));
    view.onDidChangeVisibility(() => {
      // A hidden page is thrown away: it says `ready` again when it is shown.
      if (!view.visible) this.#ready = false;
    });
    view.onDidDispose(() => {
      this.#view = undefined;
      this.#ready = false;
    });
    this.#showBadge();
    const file = (name: string): string => view.webview.asWebviewUri(vscode.Uri.joinPath(this.#files, name)).toString();
    view.webview.html = panelHtml({
      script: file('panel.js'),
      style: file('panel.css'),
      source: view.webview.cspSource,
      nonce: randomBytes(16).toString('base64url'),
    });
  }

  /** Shows another run. */
  show(run: RunHistory, session: vscode.DebugSession): void {
    if (this.#run === run) return;
    this.#run = run;
    this.#session = session;
    this.#showBadge();
    this.#sendSnapshot();
  }

  /** Something new in a run: sent soon, if it is the run shown. */
  changed(run: RunHistory): void {
    if (run !== this.#run || this.#pending !== undefined) return;
    this.#pending = setTimeout(() => {
      this.#pending = undefined;
      this.#sendUpdate();
    }, UPDATE_EVERY);
  }

  #receive(raw: unknown): void {
    const message = readViewMessage(raw);
    if (message === undefined) return;
    switch (message.type) {
      case 'ready':
        this.#ready = true;
        if (message.lastSeq === 0 || message.lastSeq !== this.#seq) this.#sendSnapshot();
        break;
      case 'open':
        void openSource(message.location);
        break;
      case 'grant':
        this.#grant(this.#run?.fixOf(message.violation));
        break;
      case 'grantAll':
        this.#grant(...(this.#run?.fixes ?? []));
        break;
      case 'debug':
        void vscode.commands.executeCommand('wasm-sandbox.debugFile');
        break;
    }
  }

  #grant(...fixes: readonly (Fix | undefined)[]): void {
    if (this.#session === undefined) return;
    void this.#granting.grant(
      fixes.filter((fix) => fix !== undefined),
      this.#session,
    );
  }

  #sendSnapshot(): void {
    if (!this.#ready) return;
    const run = this.#run;
    if (run === undefined) this.#post({ type: 'empty', seq: ++this.#seq });
    else this.#post({ type: 'snapshot', seq: ++this.#seq, run: run.id, name: run.name, patch: run.snapshot() });
  }

  #sendUpdate(): void {
    this.#showBadge();
    if (!this.#ready) return;
    const patch = this.#run?.takeUpdate();
    if (patch === 'snapshot') this.#sendSnapshot();
    else if (patch !== undefined) this.#post({ type: 'update', seq: ++this.#seq, patch });
  }

  #post(message: HostMessage): void {
    void this.#view?.webview.postMessage(message);
  }

  #showBadge(): void {
    if (this.#view === undefined) return;
    const count = this.#run?.violationCount ?? 0;
    const tooltip = count === 1 ? '1 violation' : `${count} violations`;
    this.#view.badge = count === 0 ? undefined : { value: count, tooltip };
  }
}

async function openSource(location: SourceLocation): Promise<void> {
  const at = new vscode.Position(location.line - 1, Math.max(0, location.column - 1));
  const options = { selection: new vscode.Range(at, at), preserveFocus: false, preview: true };
  try {
    await vscode.window.showTextDocument(vscode.Uri.file(location.source), options);
  } catch {
    void vscode.window.showErrorMessage(
      `${location.source} cannot be opened: it may have been moved since the program was built.`,
    );
  }
}
