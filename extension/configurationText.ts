/**
 * Where the text of a configuration lies, and what a change of it does to that text: all of a sandbox.json, or the
 * `sandbox` object of a configuration in launch.json.
 */
import { findNodeAtLocation, type Node, parseTree } from 'jsonc-parser';
import { applyChange, type ConfigChange, type EditPlan } from '../sandbox/config/configEdits.ts';

/** One change that does what all of them do. */
export function together(changes: readonly ConfigChange[]): ConfigChange {
  return { title: changes.map(({ title }) => title).join(', '), changes: changes.flatMap((each) => each.changes) };
}

/** The edits of a launch.json that change the `sandbox` object of one of its configurations. */
export function launchEdits(text: string, configuration: string, change: ConfigChange): EditPlan {
  const sandbox = sandboxOf(text, configuration);
  if (sandbox === undefined) {
    return {
      ok: false,
      message: `launch.json has no configuration "${configuration}" with a "sandbox" object: change it where the program was started.`,
    };
  }
  const { offset, length } = sandbox;
  const before = text.slice(offset, offset + length);
  const indent = commonIndent(before, indentAt(text, offset));
  // Moved to the left it looks like a file of its own, and is laid out like one.
  const changed = applyChange(before.replaceAll(`\n${indent}`, '\n'), change);
  if (!changed.ok)
    return { ok: false, message: changed.message.replaceAll('sandbox.json', '"sandbox" in launch.json') };
  const after = changed.text.replaceAll('\n', `\n${indent}`);
  return { ok: true, edits: after === before ? [] : [{ offset, length, text: after }] };
}

/** `indent`, if all lines but the first have it, so that it can be taken away and put back; otherwise none. */
function commonIndent(lines: string, indent: string): string {
  return lines.replaceAll(`\n${indent}`, '\n').replaceAll('\n', `\n${indent}`) === lines ? indent : '';
}

/** White space at the start of the line that an offset lies in. */
function indentAt(text: string, offset: number): string {
  const line = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset);
  return /^[ \t]*/.exec(line)?.[0] ?? '';
}

/** The text of that object; undefined: there is none. */
export function launchSandbox(text: string, configuration: string): string | undefined {
  const sandbox = sandboxOf(text, configuration);
  return sandbox && text.slice(sandbox.offset, sandbox.offset + sandbox.length);
}

function sandboxOf(text: string, name: string): Node | undefined {
  const root = parseTree(text);
  const all = root && findNodeAtLocation(root, ['configurations']);
  const configuration = all?.children?.find((each) => findNodeAtLocation(each, ['name'])?.value === name);
  const sandbox = configuration && findNodeAtLocation(configuration, ['sandbox']);
  return sandbox?.type === 'object' ? sandbox : undefined;
}
