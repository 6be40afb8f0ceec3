/** Serves a guest's network from the controller, once the guest asks for it. */
import { pathToFileURL } from 'node:url';
import { entryFile } from '../entryFile.ts';
import type { Network, NetworkSetup } from './network.ts';
import type { ToNetwork } from './networkMessages.ts';

/** What the worker says is dealt with in order, however long loading takes. */
export function serveNetwork(setup: NetworkSetup): void {
  let network: Promise<Network> | undefined;
  setup.port.on('message', (message: ToNetwork) => {
    network ??= load(setup);
    void network.then((loaded) => loaded.receive(message));
  });
}

async function load(setup: NetworkSetup): Promise<Network> {
  const code: typeof import('./network.ts') = await import(pathToFileURL(entryFile('network')).href);
  return new code.Network(setup);
}
