/**
 * Hostile modules, one after the other in one adapter: each is run or refused in a sentence, with nothing in it that a
 * terminal obeys; and then a good program runs.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { DebugClient } from '@vscode/debugadapter-testsupport';
import { dwarfBombs } from '../fuzz/dwarfBombs.ts';
import { moduleBombs } from '../fuzz/moduleBombs.ts';
import { repositoryFile } from '../support/markers.ts';

const folder = mkdtempSync(join(tmpdir(), 'wasm-sandbox-hostile-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** What it is and what is said of it; undefined: it runs. */
const MODULES: Readonly<Record<string, RegExp | undefined>> = {
  'section 1 of 4294967295 items': /4294967295/,
  'a section of 4 GiB': /damaged or cut short/,
  '4294967295 locals': /local count too large/,
  '50,000 locals': /Function 0 is too large to be watched: .* locals, more than the 50000/,
  'a body of 5 MB of calls': /Function 0 is too large to be watched: .* bytes, more than the 7654321/,
  'a memory of 2^64 pages': /larger than implementation limit/,
  'blocks 100,000 deep': undefined,
  'a br_table of 65,520 targets': undefined,
  'names of locals of a million functions that are not there': undefined,
  'entries of 5,000 attributes of no bytes': /no _start/,
  '20,000 functions of the same 60,000 ranges': /no _start/,
  'a name of 1 MB for each of 20,000 variables': /no _start/,
  'a function type of itself': /no _start/,
};

test('hostile modules are refused in a sentence or run, and the adapter goes on', async () => {
  const adapter = spawn(process.execPath, [repositoryFile('debug-adapter/main.ts'), '--port', '0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  try {
    const [announced] = await once(adapter.stderr, 'data');
    const port = Number(/127\.0\.0\.1:(\d+)/.exec(String(announced))?.[1]);
    const bombs = [...moduleBombs(), ...dwarfBombs()];
    for (const [name, said] of Object.entries(MODULES)) {
      const bomb = bombs.find((each) => each.name === name);
      assert.ok(bomb, name);
      const file = join(folder, 'hostile.wasm');
      writeFileSync(file, bomb.bytes);
      const outcome = await launch(port, file);
      if (said === undefined) assert.equal(outcome.refused, undefined, name);
      else assert.match(outcome.refused ?? outcome.output, said, name);
      assertFitToRead(`${outcome.refused} ${outcome.output}`, name);
    }
    const good = await launch(port, repositoryFile('examples/wat/primes.wat'));
    assert.equal(good.refused, undefined);
    assert.equal(adapter.exitCode, null);
  } finally {
    adapter.kill();
  }
});

/** Runs a program to its end. `refused`: what the launch was answered with. */
async function launch(port: number, program: string): Promise<{ refused: string | undefined; output: string }> {
  const client = new DebugClient('node', '', 'wasm-sandbox');
  client.defaultTimeout = 60_000;
  let output = '';
  client.on('output', (event: { body: { category?: string; output: string } }) => {
    if (event.body.category !== 'telemetry') output += event.body.output;
  });
  await client.start(port);
  await client.initializeRequest({ adapterID: 'wasm-sandbox', pathFormat: 'path' });
  const ended = client.waitForEvent('terminated', 60_000);
  ended.catch(() => {});
  const launched = client.launchRequest({ program } as never).then(
    () => undefined,
    (error: Error) => error.message,
  );
  await client.setExceptionBreakpointsRequest({ filters: [] });
  const configured = client.configurationDoneRequest().catch(() => undefined);
  const refused = await launched;
  if (refused === undefined) await ended;
  await configured;
  await client.stop();
  return { refused, output };
}

function assertFitToRead(text: string, name: string): void {
  assert.ok(text.length < 20_000, `${name}: ${text.length} characters`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what terminals obey
  assert.doesNotMatch(text, /[\x00-\x08\x0b-\x1f\x7f]/, name);
  assert.doesNotMatch(text, /^\s+at .*\.[mc]?[jt]s:\d+/m, name);
}
