/** The extension: reads as a table of what it gives VS Code. */
import * as vscode from 'vscode';
import { BuildProblems } from './buildProblems.ts';
import { ConfigurationServer } from './configurationServer.ts';
import { registerDebugging } from './debugging.ts';
import { Granting } from './granting.ts';
import { registerInlineValues } from './inlineValues.ts';
import { DEBUG_TYPE } from './launchConfiguration.ts';
import { Launches } from './launches.ts';
import { RefusalProblems } from './refusalProblems.ts';
import { RunTracker } from './runTracker.ts';
import { SandboxPanel } from './sandboxPanel.ts';

let configurationServer: ConfigurationServer | undefined;

export function activate(context: vscode.ExtensionContext): void {
  const launches = new Launches();
  const granting = new Granting(launches);
  const panel = new SandboxPanel(context.extensionUri, granting);
  const build = new BuildProblems();
  const refusals = new RefusalProblems(context.extensionUri, granting);
  configurationServer = new ConfigurationServer(context.extensionUri);
  registerDebugging(context);
  context.subscriptions.push(
    build,
    launches.register(),
    refusals.register(),
    panel.register(),
    new RunTracker(panel, { build, refusals }).register(),
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
