/** One open `sandbox.json`: its text, where it lies, and what is wrong with it. Every feature starts from here. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { hostPaths } from '../sandbox/compile/pathProbe.ts';
import { ConfigDocument } from '../sandbox/config/configDocument.ts';
import { loadConfig } from '../sandbox/config/loadConfig.ts';
import type { PathProbe } from '../sandbox/config/pathProbe.ts';
import type { ConfigProblem, ProblemCode, TextRange } from '../sandbox/config/problem.ts';
import { smallestMemory } from './moduleMemory.ts';

export interface ConfigFile {
  readonly document: TextDocument;
  readonly tree: ConfigDocument;
  /** Too large or too deep to be looked at: only its one problem is told. */
  readonly excessive: boolean;
  /** Absolute path of its folder; undefined for a text that is in no file yet. */
  readonly folder: string | undefined;
  readonly probe: PathProbe;
}

export function openConfigFile(document: TextDocument, probe: PathProbe = hostPaths): ConfigFile {
  const tree = new ConfigDocument(document.getText());
  const excessive = tree.faults.some(({ code }) => code === 'too-large');
  const file = pathOf(document.uri);
  return { document, tree, excessive, folder: file === undefined ? undefined : path.dirname(file), probe };
}

export function problemsOf(file: ConfigFile): readonly ConfigProblem[] {
  const { document, folder, probe } = file;
  if (folder === undefined) {
    const { problems } = loadConfig(document.getText(), { folder: '/', probe });
    return problems.filter(({ code }) => !ABOUT_PATHS.has(code));
  }
  const minimumMemory = smallestMemory(folder);
  const { problems } = loadConfig(document.getText(), {
    folder,
    probe,
    file: path.join(folder, path.basename(pathOf(document.uri) ?? '')),
    ...(minimumMemory !== undefined && { module: { minimumMemory } }),
  });
  return problems;
}

/** The LSP range of a range in the text. */
export function rangeIn({ document }: ConfigFile, { offset, length }: TextRange) {
  return { start: document.positionAt(offset), end: document.positionAt(offset + length) };
}

const ABOUT_PATHS: ReadonlySet<ProblemCode> = new Set([
  'missing-path',
  'not-a-file',
  'outside-folder',
  'grants-too-much',
]);

function pathOf(uri: string): string | undefined {
  try {
    return fileURLToPath(uri);
  } catch {
    return undefined; // untitled:, or a file system that is not this machine's
  }
}
