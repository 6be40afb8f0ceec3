/** The program that tries twenty forbidden things: each refusal at its line, each with a change of sandbox.json that works. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { ViolationEventBody } from '../../debug-adapter/events.ts';
import { applyChange } from '../../sandbox/config/configEdits.ts';
import { TestSession } from '../support/debugSession.ts';
import { markedLine, repositoryFile } from '../support/markers.ts';

/** In the order in which the program tries them. */
const ATTEMPTS = [
  ['absolute', 'filesystem.read'],
  ['relative', 'filesystem.read'],
  ['parent', 'filesystem.read'],
  ['through-link', 'filesystem.read'],
  ['read-back', 'filesystem.read'],
  ['stat', 'filesystem.read'],
  ['list', 'filesystem.read'],
  ['write', 'filesystem.write'],
  ['write-read-only', 'filesystem.write'],
  ['create', 'filesystem.write'],
  ['time', 'filesystem.write'],
  ['delete', 'filesystem.write'],
  ['rename', 'filesystem.write'],
  ['link', 'filesystem.write'],
  ['symlink', 'filesystem.write'],
  ['make-folder', 'filesystem.write'],
  ['remove-folder', 'filesystem.write'],
  ['network', 'network.allow'],
  ['open-files', 'filesystem.maxOpenFiles'],
  ['file-size', 'filesystem.maxFileSize'],
] as const;

const folders: string[] = [];
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A copy of the examples, since a program that is let in changes files: the folder of the program. */
function copy(): string {
  const folder = mkdtempSync(join(tmpdir(), 'wasm-sandbox-forbidden-'));
  folders.push(folder);
  cpSync(repositoryFile('examples'), folder, { recursive: true, verbatimSymlinks: true });
  return join(folder, 'forbidden');
}

/** One adapter for all runs: its start would cost more than they do. */
let session: TestSession | undefined;
after(() => session?.close());

/** Runs the program in a folder to its end. */
async function violationsIn(folder: string): Promise<readonly ViolationEventBody[]> {
  const launch = { program: join(folder, 'forbidden.c') };
  const before = session?.events.length ?? 0;
  if (session === undefined) session = await TestSession.launch(launch);
  else await session.restart(launch);
  assert.equal(await session.ended(), 0);
  const events = session.events.slice(before);
  const found = events.flatMap(({ event, body }) => (event === 'wasm-sandbox/violation' ? [body] : []));
  assert.match(session.output(), /\d+ of 20 were refused\.\n$/);
  return found;
}

/** Makes the changes that answer these violations in the sandbox.json of a folder. */
function applyTo(folder: string, violations: readonly ViolationEventBody[]): void {
  const file = join(folder, 'sandbox.json');
  for (const { remedy, operation } of violations) {
    assert.ok(remedy !== undefined, operation);
    const changed = applyChange(readFileSync(file, 'utf8'), remedy);
    assert.ok(changed.ok);
    writeFileSync(file, changed.text);
  }
}

const first = copy();
const refused = violationsIn(first);

test('twenty violations, each at its line', async () => {
  const file = join(first, 'forbidden.c');
  assert.deepEqual(
    (await refused).map(({ location, required }) => [location?.source, location?.line, required]),
    ATTEMPTS.map(([marker, required]) => [file, markedLine(file, marker), required]),
  );
  for (const { configFile } of await refused) assert.equal(configFile, join(first, 'sandbox.json'));
});

for (const [index, [marker]] of ATTEMPTS.entries()) {
  test(`its remedy lets "${marker}" pass`, async () => {
    const folder = copy();
    applyTo(folder, (await refused).slice(index, index + 1));
    const line = markedLine(join(folder, 'forbidden.c'), marker);
    const left = (await violationsIn(folder)).map(({ location }) => location?.line);
    assert.ok(!left.includes(line), `line ${line} is still refused`);
    assert.ok(left.length < ATTEMPTS.length);
  });
}

test('all remedies together leave nothing refused, and every comment where it was', async () => {
  const folder = copy();
  applyTo(folder, await refused);
  assert.deepEqual(await violationsIn(folder), []);
  const text = readFileSync(join(folder, 'sandbox.json'), 'utf8');
  for (const comment of [
    '// What this program may do.',
    '"./public", // to look at',
    '/* to be filled, not to be read back */',
  ]) {
    assert.ok(text.includes(comment), `${comment} in ${text}`);
  }
});
