/** The extension: reads as a table of what it gives VS Code. */
import * as vscode from 'vscode';
import { BuildProblems } from './buildProblems.ts';
import { ConfigurationServer } from './configurationServer.ts';
import { registerDebugging } from './debugging.ts';
import { registerInlineValues } from './inlineValues.ts';
import { DEBUG_TYPE } from './launchConfiguration.ts';
import { RunTracker } from './runTracker.ts';
import { SandboxPanel } from './sandboxPanel.ts';

let configurationServer: ConfigurationServer | undefined;

export function activate(context: vscode.ExtensionContext): void {
  const panel = new SandboxPanel(context.extensionUri);
  const problems = new BuildProblems();
  configurationServer = new ConfigurationServer(context.extensionUri);
  registerDebugging(context);
  context.subscriptions.push(
    problems,
    panel.register(),
    new RunTracker(panel, problems).register(),
    configurationServer.register(),
    registerInlineValues(),
    openPanelOnFirstStart(),
  );
}

export async function deactivate(): Promise<void> {
  await configurationServer?.stop();
}

/** Shows the panel with a window's first run, and leaves the layout to the user from then on. */
function openPanelOnFirstStart(): vscode.Disposable {
  let opened = false;
  return vscode.debug.onDidStartDebugSession((session) => {
    if (opened || session.type !== DEBUG_TYPE) return;
    opened = true;
    const wanted = vscode.workspace.getConfiguration('wasm-sandbox').get<boolean>('openPanelOnStart', true);
    if (wanted) void vscode.commands.executeCommand('wasm-sandbox.panel.open', { preserveFocus: true });
  });
}
