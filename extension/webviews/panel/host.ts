/** The extension, as the panel sees it: where its messages come from and where ours go. */
import type { HostMessage, ViewMessage } from './messages.ts';
import { readHostMessage } from './readMessage.ts';

interface VsCodeApi {
  postMessage(message: ViewMessage): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

const api = acquireVsCodeApi();

export function send(message: ViewMessage): void {
  api.postMessage(message);
}

export function onHostMessage(listener: (message: HostMessage) => void): () => void {
  const receive = (event: MessageEvent<unknown>): void => {
    const message = readHostMessage(event.data);
    if (message !== undefined) listener(message);
  };
  window.addEventListener('message', receive);
  return () => window.removeEventListener('message', receive);
}
