/** How each program was started last, so that it can run again the same way. */
import * as vscode from 'vscode';
import { DEBUG_TYPE } from './launchConfiguration.ts';

export class Launches {
  readonly #running = new Set<string>();

  register(): vscode.Disposable {
    return vscode.Disposable.from(
      vscode.debug.onDidStartDebugSession(({ type, id }) => {
        if (type === DEBUG_TYPE) this.#running.add(id);
      }),
      vscode.debug.onDidTerminateDebugSession(({ id }) => this.#running.delete(id)),
    );
  }

  /** Restarts the session, or starts another one like it when it has ended. */
  async again(session: vscode.DebugSession): Promise<void> {
    if (this.#running.has(session.id)) {
      await vscode.commands.executeCommand('workbench.action.debug.restart', undefined, { sessionId: session.id });
      return;
    }
    const { workspaceFolder, configuration } = session;
    const noDebug = configuration.noDebug === true;
    const written = configurationInFile(workspaceFolder, configuration);
    await vscode.debug.startDebugging(workspaceFolder, written === undefined ? configuration : written.name, {
      noDebug,
    });
  }
}

export interface WrittenConfiguration {
  readonly name: string;
  readonly sandbox?: unknown;
}

/** The configuration of launch.json that a session was started with, as it is written there now. */
export function configurationInFile(
  folder: vscode.WorkspaceFolder | undefined,
  { name, type }: vscode.DebugConfiguration,
): WrittenConfiguration | undefined {
  const all = vscode.workspace.getConfiguration('launch', folder ?? null).get<unknown>('configurations');
  if (!Array.isArray(all)) return undefined;
  return all.find((one) => one?.name === name && one?.type === type);
}
