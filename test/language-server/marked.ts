/** An open `sandbox.json` from text with a `|` where the cursor is, over a made-up file system. */
import { TextDocument } from 'vscode-languageserver-textdocument';
import { type ConfigFile, openConfigFile } from '../../language-server/configFile.ts';
import { fakePaths } from '../config/fakePaths.ts';

export const probe = fakePaths(
  '/p/data/in.txt',
  '/p/data/deep/x.txt',
  '/p/out/',
  '/p/src/main.c',
  '/p/.hidden/',
  '/p/notes.md',
);

export function marked(text: string) {
  const offset = text.indexOf('|');
  if (offset < 0) throw new Error(`no | in ${text}`);
  const file = opened(text.slice(0, offset) + text.slice(offset + 1));
  return { file, position: file.document.positionAt(offset) };
}

export function opened(text: string, uri = 'file:///p/sandbox.json'): ConfigFile {
  return openConfigFile(TextDocument.create(uri, 'jsonc', 1, text), probe);
}
