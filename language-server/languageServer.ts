/**
 * The language server as LSP sees it: one line for each request, which a feature's own file answers. It keeps no state but the
 * open documents.
 */
import {
  type CodeAction,
  type CompletionList,
  type Connection,
  DidChangeWatchedFilesNotification,
  type Hover,
  type InitializeParams,
  type InitializeResult,
  type PublishDiagnosticsParams,
  TextDocumentSyncKind,
  TextDocuments,
  WatchKind,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { codeActions } from './codeActions.ts';
import { complete } from './completion.ts';
import { type ConfigFile, openConfigFile } from './configFile.ts';
import { diagnose } from './diagnostics.ts';
import { hover } from './hover.ts';

/** Changes in the file system come in bursts (a build, a checkout): one check follows the burst. Milliseconds. */
const BURST = 150;

export class LanguageServer {
  readonly #connection: Connection;
  readonly #documents = new TextDocuments(TextDocument);
  #watches = false;
  #recheck: NodeJS.Timeout | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
    connection.onInitialize((params) => this.#initialize(params));
    connection.onInitialized(() => this.#watch());
    connection.onCompletion(({ textDocument, position }): Promise<CompletionList | null> | null => {
      const file = this.#file(textDocument.uri);
      return file ? complete(file, position) : null;
    });
    connection.onHover(({ textDocument, position }): Promise<Hover | null> | null => {
      const file = this.#file(textDocument.uri);
      return file ? hover(file, position) : null;
    });
    connection.onCodeAction(({ textDocument, range }): CodeAction[] => {
      const file = this.#file(textDocument.uri);
      return file ? codeActions(file, range) : [];
    });
    connection.onDidChangeWatchedFiles(() => this.#recheckSoon());
    this.#documents.onDidChangeContent(({ document }) => this.#check(document));
    this.#documents.onDidSave(() => this.#recheckSoon());
    this.#documents.onDidClose(({ document }) => this.#publish({ uri: document.uri, diagnostics: [] }));
    this.#documents.listen(connection);
  }

  listen(): void {
    this.#connection.listen();
  }

  #initialize({ capabilities }: InitializeParams): InitializeResult {
    this.#watches = capabilities.workspace?.didChangeWatchedFiles?.dynamicRegistration === true;
    return {
      serverInfo: { name: 'wasm-sandbox' },
      capabilities: {
        textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: true },
        completionProvider: { triggerCharacters: ['"', ':', '/'] },
        hoverProvider: true,
        codeActionProvider: { codeActionKinds: ['quickfix'] },
      },
    };
  }

  /** Paths that a configuration names come and go without it being edited. */
  #watch(): void {
    if (!this.#watches) return;
    const watchers = [{ globPattern: '**/*', kind: WatchKind.Create | WatchKind.Delete }];
    this.#connection.client
      .register(DidChangeWatchedFilesNotification.type, { watchers })
      .catch((error: unknown) => this.#connection.console.warn(`Files are not watched: ${String(error)}`));
  }

  #recheckSoon(): void {
    clearTimeout(this.#recheck);
    this.#recheck = setTimeout(() => {
      for (const document of this.#documents.all()) this.#check(document);
    }, BURST);
  }

  #check(document: TextDocument): void {
    this.#publish({
      uri: document.uri,
      version: document.version,
      diagnostics: diagnose(openConfigFile(document)),
    });
  }

  #publish(params: PublishDiagnosticsParams): void {
    this.#connection.sendDiagnostics(params).catch(() => undefined); // the client is gone: nobody reads them
  }

  #file(uri: string): ConfigFile | undefined {
    const document = this.#documents.get(uri);
    return document && openConfigFile(document);
  }
}
