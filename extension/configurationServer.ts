/** The language server for sandbox.json, started when the first one is opened. */
import * as vscode from 'vscode';
import { LanguageClient, TransportKind } from 'vscode-languageclient/node';

const SANDBOX_JSON = '**/sandbox.json';

export class ConfigurationServer {
  readonly #module: string;
  #client: LanguageClient | undefined;

  constructor(extension: vscode.Uri) {
    this.#module = vscode.Uri.joinPath(extension, 'dist', 'language-server.cjs').fsPath;
  }

  register(): vscode.Disposable {
    const opened = vscode.workspace.onDidOpenTextDocument((document) => this.#startFor(document));
    for (const document of vscode.workspace.textDocuments) this.#startFor(document);
    return opened;
  }

  async stop(): Promise<void> {
    await this.#client?.stop();
  }

  #startFor(document: vscode.TextDocument): void {
    if (this.#client !== undefined || !document.uri.path.endsWith('/sandbox.json')) return;
    const server = { module: this.#module, transport: TransportKind.stdio };
    this.#client = new LanguageClient('wasm-sandbox', 'Wasm Sandbox', server, {
      documentSelector: ['json', 'jsonc'].map((language) => ({ scheme: 'file', language, pattern: SANDBOX_JSON })),
      synchronize: { fileEvents: vscode.workspace.createFileSystemWatcher(SANDBOX_JSON) },
    });
    this.#client.start().catch((error: unknown) => {
      void vscode.window.showWarningMessage(
        `sandbox.json is not checked: its language server did not start (${String(error)}).`,
      );
    });
  }
}
