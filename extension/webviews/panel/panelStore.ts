/** The messages of the extension made into one model, and those who want to know when it changed. */
import type { HostMessage } from './messages.ts';
import { RunModel } from './runModel.ts';

export type PanelState =
  /** The extension has not answered yet. */
  | { readonly kind: 'waiting' }
  | { readonly kind: 'empty' }
  | { readonly kind: 'run'; readonly model: RunModel; readonly revision: number };

export class PanelStore {
  #state: PanelState = { kind: 'waiting' };
  #lastSeq = 0;
  #revision = 0;

  get state(): PanelState {
    return this.#state;
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** False when a message was missed: what an update adds to is not there, and a snapshot must be asked for. */
  receive(message: HostMessage): boolean {
    const missed = message.seq !== this.#lastSeq + 1;
    if (message.type === 'update' && (missed || this.#state.kind !== 'run')) return false;
    this.#lastSeq = message.seq;
    this.#revision++;
    switch (message.type) {
      case 'empty':
        this.#state = { kind: 'empty' };
        break;
      case 'snapshot':
        this.#state = this.#changed(new RunModel(message.run, message.name), message.patch);
        break;
      case 'update':
        if (this.#state.kind === 'run') this.#state = this.#changed(this.#state.model, message.patch);
        break;
    }
    return true;
  }

  #changed(model: RunModel, patch: Parameters<RunModel['apply']>[0]): PanelState {
    model.apply(patch);
    return { kind: 'run', model, revision: this.#revision };
  }
}
