/** Listens to our debug sessions and keeps a history of each: feeds the panel and the Problems. */
import * as vscode from 'vscode';
import { type AdapterMessage, readAdapterMessage } from './adapterMessages.ts';
import type { BuildProblems } from './buildProblems.ts';
import { DEBUG_TYPE } from './launchConfiguration.ts';
import type { RefusalProblems } from './refusalProblems.ts';
import { RunHistory } from './runHistory.ts';
import type { SandboxPanel } from './sandboxPanel.ts';

/** Runs whose history is kept, so that going from one session to another shows its own. */
const MAX_RUNS = 4;

export class RunTracker implements vscode.DebugAdapterTrackerFactory {
  readonly #panel: SandboxPanel;
  readonly #problems: BuildProblems;
  readonly #refusals: RefusalProblems;
  readonly #runs = new Map<string, RunHistory>();
  #begun = 0;

  constructor(panel: SandboxPanel, problems: { readonly build: BuildProblems; readonly refusals: RefusalProblems }) {
    this.#panel = panel;
    this.#problems = problems.build;
    this.#refusals = problems.refusals;
  }

  register(): vscode.Disposable {
    return vscode.Disposable.from(
      vscode.debug.registerDebugAdapterTrackerFactory(DEBUG_TYPE, this),
      vscode.debug.onDidChangeActiveDebugSession((session) => {
        const run = session === undefined ? undefined : this.#runs.get(session.id);
        if (run !== undefined && session !== undefined) this.#panel.show(run, session);
      }),
    );
  }

  createDebugAdapterTracker(session: vscode.DebugSession): vscode.DebugAdapterTracker {
    let run = this.#begin(session);
    let started = false;
    return {
      onDidSendMessage: (message: unknown) => {
        const read = readAdapterMessage(message);
        if (read === undefined) return;
        if (read.kind === 'started') {
          // A restarted session goes on with another run.
          if (started) run = this.#begin(session);
          started = true;
          this.#refusals.begin(session);
        } else {
          this.#record(run, read, session);
        }
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
    this.#panel.show(run, session);
    return run;
  }

  #record(run: RunHistory, message: Exclude<AdapterMessage, { kind: 'started' }>, session: vscode.DebugSession): void {
    switch (message.kind) {
      case 'usage':
        run.addUsage(message.body);
        break;
      case 'violation':
        run.addViolation(message.body);
        this.#refusals.violation(session, message.body);
        break;
      case 'limit':
        run.addLimit(message.body);
        this.#refusals.limit(session, message.body);
        break;
      case 'diagnostics':
        this.#problems.replace(message.body);
        break;
      case 'stopped':
        run.stopped(message);
        break;
      case 'running':
        run.running();
        break;
      case 'output':
        run.addOutput(message.time, message.isError, message.count);
        break;
      case 'ended':
        run.ended(message.exitCode);
        break;
    }
  }
}
