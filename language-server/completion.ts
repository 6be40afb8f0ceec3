/** Completion in a `sandbox.json`: keys and values from the schema, and paths from the file system where a path is wanted. */
import { getLocation } from 'jsonc-parser';
import {
  type CompletionItem,
  CompletionItemKind,
  type CompletionList,
  type Position,
} from 'vscode-languageserver/node';
import { schemaAt } from '../sandbox/config/schema.ts';
import { type ConfigFile, rangeIn } from './configFile.ts';
import { jsonService } from './jsonService.ts';

export async function complete(file: ConfigFile, position: Position): Promise<CompletionList | null> {
  if (file.excessive) return null;
  const paths = completePath(file, position);
  if (paths) return { isIncomplete: false, items: paths };
  const { document } = file;
  return jsonService.doComplete(document, position, jsonService.parseJSONDocument(document));
}

/** undefined: the position is not inside a string that is a path. */
function completePath(file: ConfigFile, position: Position): CompletionItem[] | undefined {
  const text = file.document.getText();
  const offset = file.document.offsetAt(position);
  const location = getLocation(text, offset);
  const wanted = schemaAt(location.path)?.path;
  const string = location.previousNode;
  const inside = string?.type === 'string' && offset > string.offset && offset < string.offset + string.length;
  if (!wanted || !inside || location.isAtPropertyKey || file.folder === undefined) return undefined;
  const written = text.slice(string.offset + 1, offset);
  if (written.includes('\\')) return []; // escapes: what is written is not what is meant
  const start = written.lastIndexOf('/') + 1;
  const folder = file.probe.resolve(file.folder, written.slice(0, start));
  const end = text.slice(offset, string.offset + string.length - 1).search(/[/\\]|$/) + offset;
  const range = rangeIn(file, {
    offset: offset - (written.length - start),
    length: end - offset + written.length - start,
  });
  return file.probe
    .entries(folder)
    .filter((name) => isOffered(name, written.slice(start), wanted))
    .map((name) => toItem(name, written === '' || start === 0 ? './' : '', range));
}

function isOffered(name: string, typed: string, wanted: 'file' | 'folder'): boolean {
  if (name.startsWith('.') && !typed.startsWith('.')) return false;
  return wanted === 'folder' || name.endsWith('/') || /\.(c|cc|cpp|h)$/.test(name);
}

function toItem(name: string, before: string, range: ReturnType<typeof rangeIn>): CompletionItem {
  const isFolder = name.endsWith('/');
  const newText = JSON.stringify(before + name.replace(/\/$/, '')).slice(1, -1);
  return {
    label: name,
    kind: isFolder ? CompletionItemKind.Folder : CompletionItemKind.File,
    filterText: newText,
    textEdit: { range, newText },
  };
}
