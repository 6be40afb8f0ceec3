/**
 * Where the text of a configuration lies, and what a change of it does to that text: all of a sandbox.json, or the
 * `sandbox` object of a configuration in launch.json.
 */
import { findNodeAtLocation, type Node, parseTree } from 'jsonc-parser';
import { type ConfigChange, type EditPlan, editsFor } from '../sandbox/config/configEdits.ts';

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
  const plan = editsFor(text.slice(offset, offset + length), change);
  if (!plan.ok) return { ok: false, message: plan.message.replaceAll('sandbox.json', '"sandbox" in launch.json') };
  return { ok: true, edits: plan.edits.map((edit) => ({ ...edit, offset: edit.offset + offset })) };
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
