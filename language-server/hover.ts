/** Hover in a `sandbox.json`: what the schema says of a field, and what the value there comes to. */
import { findNodeAtOffset, getNodePath } from 'jsonc-parser';
import type { Hover, Position } from 'vscode-languageserver/node';
import { schemaAt } from '../sandbox/config/schema.ts';
import { parseQuantity, type Unit } from '../sandbox/config/units.ts';
import type { ConfigFile } from './configFile.ts';
import { jsonService } from './jsonService.ts';

export async function hover(file: ConfigFile, position: Position): Promise<Hover | null> {
  if (file.excessive) return null;
  const { document } = file;
  const found = await jsonService.doHover(document, position, jsonService.parseJSONDocument(document));
  const meaning = meaningAt(file, position);
  if (!found || meaning === undefined) return found;
  return { ...found, contents: { kind: 'markdown', value: `${textOf(found)}\n\n${meaning}` } };
}

/** What a quantity or a path comes to: exact bytes, the absolute path. */
function meaningAt({ tree, document, folder, probe }: ConfigFile, position: Position): string | undefined {
  const node = tree.root && findNodeAtOffset(tree.root, document.offsetAt(position));
  if (!node) return undefined;
  const path = getNodePath(node);
  const schema = schemaAt(path);
  const value = tree.value(path);
  if (schema?.unit && (typeof value === 'string' || typeof value === 'number')) {
    const quantity = parseQuantity(schema.unit, value);
    return quantity.ok ? `= ${quantity.value.toLocaleString('en-US')} ${UNIT_NAMES[schema.unit]}` : undefined;
  }
  if (schema?.path && typeof value === 'string' && folder !== undefined) {
    return `\`${probe.resolve(folder, value).replaceAll('`', "'")}\``;
  }
  return undefined;
}

const UNIT_NAMES: Readonly<Record<Unit, string>> = { size: 'bytes', duration: 'milliseconds', count: 'instructions' };

function textOf({ contents }: Hover): string {
  const parts = Array.isArray(contents) ? contents : [contents];
  return parts.map((part) => (typeof part === 'string' ? part : part.value)).join('\n\n');
}
