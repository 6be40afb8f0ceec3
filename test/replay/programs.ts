/** Programs whose pasts are compared with what was seen of them. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { SandboxConfig } from '../../sandbox/config/config.ts';
import { completeEntry, prepare } from '../../sandbox/debugger/program.ts';
import type { GuestOptions } from '../../sandbox/guest/protocol.ts';
import { maxTableEntries } from '../../sandbox/guest/worker/growths.ts';
import { instrument } from '../../sandbox/instrument/instrument.ts';
import { CONFIG } from '../guest/guestUnderTest.ts';
import { assemble } from '../instrument/harness.ts';

/** Every instruction of the module is a site. */
export function textOptions(
  text: string,
  entry: GuestOptions['entry'] = { kind: 'command' },
  changes: Partial<SandboxConfig> = {},
): GuestOptions {
  const config = { ...CONFIG, ...changes };
  const instrumented = instrument(assemble(text), {
    sites: 'all',
    clock: 'exact',
    checks: true,
    depth: true,
    maxCallDepth: config.maxCallDepth,
    maxMemory: config.memory,
    maxTableEntries: maxTableEntries(config.memory),
    growths: true,
  });
  return optionsOf({ kind: 'instrumented', instrumented }, entry, config);
}

/** Sites are those of the debugger. */
export async function sourceOptions(program: string): Promise<GuestOptions> {
  const prepared = await prepare({ program: pathOf(program) }, CONFIG);
  if (prepared.kind === 'failed') throw new Error(prepared.message);
  const { artifact, instrumented } = prepared.program;
  return optionsOf({ kind: 'instrumented', instrumented }, completeEntry({ kind: 'command' }, artifact), CONFIG);
}

export function fixture(room: string, name: string): string {
  return readFileSync(pathOf(`test/fixtures/${room}/${name}`), 'utf8');
}

export function call(name: string, ...args: readonly number[]): GuestOptions['entry'] {
  return { kind: 'call', function: name, arguments: args };
}

function pathOf(file: string): string {
  return fileURLToPath(new URL(`../../${file}`, import.meta.url));
}

function optionsOf(module: GuestOptions['module'], entry: GuestOptions['entry'], config: SandboxConfig): GuestOptions {
  return { module, entry, args: ['program'], env: {}, config, debug: true, sampleEvery: 0 };
}
