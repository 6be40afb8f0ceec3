/**
 * Answers refusals: changes sandbox.json (or the `sandbox` of a launch configuration) in the editor's own way, so that
 * unsaved text is respected and undo works, saves it, and offers to run the program again. Nothing but text is changed.
 */
import path from 'node:path';
import * as vscode from 'vscode';
import { type ConfigChange, type EditPlan, editsFor } from '../sandbox/config/configEdits.ts';
import { launchEdits, together } from './configurationText.ts';
import type { Launches } from './launches.ts';
import type { Fix } from './refusals.ts';

const RUN_AGAIN = 'Run Again';
const OPEN = 'Open';

export class Granting {
  readonly #launches: Launches;
  readonly #created = new vscode.EventEmitter<CreatedFile>();
  /** A configuration was created: unlike one that is changed, no document of it is saved. */
  readonly onDidCreate = this.#created.event;

  constructor(launches: Launches) {
    this.#launches = launches;
  }

  /** `session`: whose program was refused. */
  async grant(fixes: readonly Fix[], session: vscode.DebugSession): Promise<void> {
    const [first] = fixes;
    if (first === undefined) return;
    // A run has one configuration.
    const same = fixes.filter(({ configFile }) => configFile === first.configFile);
    const change = together(same.map((fix) => fix.change));
    const file = uriOf(first, session);
    const done = await apply(file, (text) => planFor(text, change, first, session));
    if (done.kind === 'created') this.#created.fire(done);
    if (done.kind === 'failed') await complain(done.message, file);
    else await this.#offer(done.kind === 'unchanged' ? [] : same.map((fix) => fix.change), file, session);
  }

  async open(fix: Fix, session: vscode.DebugSession): Promise<void> {
    const uri = uriOf(fix, session);
    if (uri !== undefined) await show(uri);
  }

  async #offer(
    changes: readonly ConfigChange[],
    file: vscode.Uri | undefined,
    session: vscode.DebugSession,
  ): Promise<void> {
    const answer = await vscode.window.showInformationMessage(
      `${done(changes, file)} Run the program again?`,
      RUN_AGAIN,
      OPEN,
    );
    if (answer === RUN_AGAIN) await this.#launches.again(session);
    if (answer === OPEN && file !== undefined) await show(file);
  }
}

export interface CreatedFile {
  readonly file: vscode.Uri;
  readonly text: string;
}

type Applied =
  | { readonly kind: 'changed' | 'unchanged' }
  | ({ readonly kind: 'created' } & CreatedFile)
  | { readonly kind: 'failed'; readonly message: string };

function planFor(text: string, change: ConfigChange, { configFile }: Fix, session: vscode.DebugSession): EditPlan {
  return configFile === undefined ? launchEdits(text, session.name, change) : editsFor(text, change);
}

async function apply(file: vscode.Uri | undefined, plan: (text: string) => EditPlan): Promise<Applied> {
  if (file === undefined)
    return {
      kind: 'failed',
      message: 'The program was started without a workspace folder, so there is no launch.json to change.',
    };
  const document = await documentAt(file);
  const planned = plan(document?.getText() ?? '');
  if (!planned.ok) return { kind: 'failed', message: planned.message };
  if (planned.edits.length === 0) return { kind: 'unchanged' };
  if (document === undefined) return create(file, planned.edits.map(({ text }) => text).join(''));
  const edit = new vscode.WorkspaceEdit();
  for (const { offset, length, text } of planned.edits) {
    edit.replace(file, new vscode.Range(document.positionAt(offset), document.positionAt(offset + length)), text);
  }
  const written = (await vscode.workspace.applyEdit(edit)) && (await document.save());
  return written ? { kind: 'changed' } : notWritten(file);
}

async function create(file: vscode.Uri, text: string): Promise<Applied> {
  const edit = new vscode.WorkspaceEdit();
  edit.createFile(file, { contents: new TextEncoder().encode(text) });
  return (await vscode.workspace.applyEdit(edit)) ? { kind: 'created', file, text } : notWritten(file);
}

function notWritten(file: vscode.Uri): Applied {
  return {
    kind: 'failed',
    message: `${file.fsPath} could not be written: it may be read-only, or have changed on disk.`,
  };
}

/** As it is in the editor, unsaved changes included; undefined: there is no such file. */
async function documentAt(file: vscode.Uri): Promise<vscode.TextDocument | undefined> {
  try {
    return await vscode.workspace.openTextDocument(file);
  } catch {
    return undefined;
  }
}

/** Where a launch configuration is written. */
export function launchFile(folder: vscode.WorkspaceFolder | undefined): vscode.Uri | undefined {
  return folder && vscode.Uri.joinPath(folder.uri, '.vscode', 'launch.json');
}

function uriOf({ configFile }: Fix, { workspaceFolder }: vscode.DebugSession): vscode.Uri | undefined {
  return configFile === undefined ? launchFile(workspaceFolder) : vscode.Uri.file(configFile);
}

function done(changes: readonly ConfigChange[], file: vscode.Uri | undefined): string {
  const name = path.basename(file?.fsPath ?? 'sandbox.json');
  const [first, ...more] = changes;
  if (first === undefined) return `${name} has it already.`;
  if (more.length > 0) return `${changes.length} grants were added to ${name}.`;
  return `${first.title
    .replace(/^Grant /, 'Granted ')
    .replace(/^Raise /, 'Raised ')
    .replace('sandbox.json', name)}.`;
}

async function complain(message: string, file: vscode.Uri | undefined): Promise<void> {
  const answer = await vscode.window.showErrorMessage(message, ...(file === undefined ? [] : [OPEN]));
  if (answer === OPEN && file !== undefined) await show(file);
}

async function show(file: vscode.Uri): Promise<void> {
  try {
    await vscode.window.showTextDocument(file);
  } catch {
    void vscode.window.showErrorMessage(`${file.fsPath} cannot be opened: there is no such file yet.`);
  }
}
