/** Listens to our debug sessions and keeps a history of each: feeds the panel and the Problems. */
import * as vscode from 'vscode';
import { type AdapterMessage, readAdapterMessage } from './adapterMessages.ts';
import type { BuildProblems } from './buildProblems.ts';
import { DEBUG_TYPE } from './launchConfiguration.ts';
import { RunHistory } from './runHistory.ts';
import type { SandboxPanel } from './sandboxPanel.ts';

/** Runs whose history is kept, so that going from one session to another shows its own. */
const MAX_RUNS = 4;

export class RunTracker implements vscode.DebugAdapterTrackerFactory {
  readonly #panel: SandboxPanel;
  readonly #problems: BuildProblems;
  readonly #runs = new Map<string, RunHistory>();
  #begun = 0;

  constructor(panel: SandboxPanel, problems: BuildProblems) {
    this.#panel = panel;
    this.#problems = problems;
  }

  register(): vscode.Disposable {
    return vscode.Disposable.from(
      vscode.debug.registerDebugAdapterTrackerFactory(DEBUG_TYPE, this),
      vscode.debug.onDidChangeActiveDebugSession((session) => {
        const run = session === undefined ? undefined : this.#runs.get(session.id);
        if (run !== undefined) this.#panel.show(run);
      }),
    );
  }

  createDebugAdapterTracker(session: vscode.DebugSession): vscode.DebugAdapterTracker {
    const run = this.#begin(session);
    return {
      onDidSendMessage: (message: unknown) => {
        const read = readAdapterMessage(message);
        if (read === undefined) return;
        this.#record(run, read);
        this.#panel.changed(run);
      },
      onExit: () => {
        run.ended();
        this.#panel.changed(run);
      },
    };
  }

  #begin(session: vscode.DebugSession): RunHistory {
    const run = new RunHistory(++this.#begun, session.name);
    // A restarted session keeps its id.
    this.#runs.delete(session.id);
    this.#runs.set(session.id, run);
    const oldest = this.#runs.keys().next().value;
    if (this.#runs.size > MAX_RUNS && oldest !== undefined) this.#runs.delete(oldest);
    this.#panel.show(run);
    return run;
  }

  #record(run: RunHistory, message: AdapterMessage): void {
    switch (message.kind) {
      case 'usage':
        run.addUsage(message.body);
        break;
      case 'violation':
        run.addViolation(message.body);
        break;
      case 'diagnostics':
        this.#problems.replace(message.body);
        break;
      case 'stopped':
        run.stopped(message.reason, message.time);
        break;
      case 'running':
        run.running();
        break;
      case 'output':
        run.addOutput(message.time, message.isError);
        break;
      case 'ended':
        run.ended(message.exitCode);
        break;
    }
  }
}
