/** Entry of the language server: speaks LSP on stdio (`--stdio`), until its client goes away. */
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { LanguageServer } from './languageServer.ts';

new LanguageServer(createConnection(ProposedFeatures.all, process.stdin, process.stdout)).listen();
