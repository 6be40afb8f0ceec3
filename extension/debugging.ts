/** Ties our debugger to VS Code: what F5 means, which process the adapter is, and the commands that start a run. */
import { existsSync } from 'node:fs';
import * as vscode from 'vscode';
import {
  type Configuration,
  completed,
  configurationFor,
  DEBUG_TYPE,
  type Surroundings,
  withProgram,
} from './launchConfiguration.ts';
import { canBeProgram, notAProgram, programKind } from './program.ts';

export function registerDebugging(context: vscode.ExtensionContext): void {
  const provider = new ConfigurationProvider();
  context.subscriptions.push(
    vscode.debug.registerDebugConfigurationProvider(DEBUG_TYPE, provider),
    vscode.debug.registerDebugConfigurationProvider(
      DEBUG_TYPE,
      { provideDebugConfigurations: () => activeConfigurations() },
      vscode.DebugConfigurationProviderTriggerKind.Dynamic,
    ),
    vscode.debug.registerDebugAdapterDescriptorFactory(DEBUG_TYPE, new AdapterFactory(context.extensionUri)),
    vscode.commands.registerCommand('wasm-sandbox.debugFile', (file?: vscode.Uri) => start(file, false)),
    vscode.commands.registerCommand('wasm-sandbox.runFile', (file?: vscode.Uri) => start(file, true)),
    vscode.window.onDidChangeActiveTextEditor(updateContext),
  );
  updateContext(vscode.window.activeTextEditor);
}

class ConfigurationProvider implements vscode.DebugConfigurationProvider {
  resolveDebugConfiguration(
    _folder: vscode.WorkspaceFolder | undefined,
    given: Partial<vscode.DebugConfiguration>,
  ): vscode.DebugConfiguration | undefined {
    const resolved = withProgram(given, activeFile(), existsSync);
    if (resolved.kind === 'launch') return resolved.configuration;
    void vscode.window.showErrorMessage(resolved.message);
    return undefined;
  }

  resolveDebugConfigurationWithSubstitutedVariables(
    folder: vscode.WorkspaceFolder | undefined,
    configuration: Configuration,
  ): vscode.DebugConfiguration {
    return completed(configuration, surroundings(folder, configuration));
  }
}

/** The adapter is a process of its own; VS Code's own executable runs it as Node. */
class AdapterFactory implements vscode.DebugAdapterDescriptorFactory {
  readonly #adapter: string;

  constructor(extension: vscode.Uri) {
    this.#adapter = vscode.Uri.joinPath(extension, 'dist', 'debug-adapter.cjs').fsPath;
  }

  createDebugAdapterDescriptor(): vscode.DebugAdapterDescriptor {
    return new vscode.DebugAdapterExecutable(process.execPath, [this.#adapter], { env: { ELECTRON_RUN_AS_NODE: '1' } });
  }
}

async function start(file: vscode.Uri | undefined, noDebug: boolean): Promise<void> {
  const program = file?.scheme === 'file' ? file.fsPath : activeFile();
  if (program === undefined || !canBeProgram(program)) {
    void vscode.window.showErrorMessage(notAProgram(program));
    return;
  }
  const folder = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(program));
  await vscode.debug.startDebugging(folder, configurationFor(program), { noDebug });
}

function activeConfigurations(): vscode.DebugConfiguration[] {
  const file = activeFile();
  return file !== undefined && programKind(file, existsSync) !== undefined ? [configurationFor(file)] : [];
}

/** The file in front: in a text editor, or in another one, as a `.wasm` is. */
function activeFile(): string | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  const uri =
    vscode.window.activeTextEditor?.document.uri ??
    (input instanceof vscode.TabInputText || input instanceof vscode.TabInputCustom ? input.uri : undefined);
  return uri?.scheme === 'file' ? uri.fsPath : undefined;
}

function surroundings(folder: vscode.WorkspaceFolder | undefined, configuration: Configuration): Surroundings {
  const program = configuration.program;
  const owner =
    folder ?? (typeof program === 'string' ? vscode.workspace.getWorkspaceFolder(vscode.Uri.file(program)) : undefined);
  const settings = vscode.workspace.getConfiguration('wasm-sandbox', owner ?? null);
  return {
    folder: owner?.uri.fsPath,
    toolchain: chosen(settings, 'toolchain'),
    clangPath: chosen(settings, 'clangPath'),
  };
}

/** A setting that somebody set, not its default. */
function chosen(settings: vscode.WorkspaceConfiguration, name: string): string | undefined {
  const found = settings.inspect<string>(name);
  const value = found?.workspaceFolderValue ?? found?.workspaceValue ?? found?.globalValue;
  return value === '' ? undefined : value;
}

/** For the buttons of the editor's title, which cannot look for an asconfig.json themselves. */
function updateContext(editor: vscode.TextEditor | undefined): void {
  const document = editor?.document;
  const ours = document?.uri.scheme === 'file' && programKind(document.uri.fsPath, existsSync) === 'assemblyscript';
  void vscode.commands.executeCommand('setContext', 'wasm-sandbox.activeFileIsAssemblyScript', ours);
}
