import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { Sandbox } from '../../sandbox/library/sandbox.ts';
import { wasmSandbox } from './commandLine.ts';

/** Changes the granted file, reads it back, makes a folder and deletes the file. */
const CHANGES = `
  #include <stdio.h>
  #include <sys/stat.h>
  int main() {
    char text[32] = {0};
    FILE *file = fopen("notes", "a");
    fputs(" and more", file);
    fclose(file);
    file = fopen("notes", "r");
    fgets(text, sizeof text, file);
    printf("%s, mkdir %d, remove %d, open %d", text, mkdir("made", 0777), remove("notes"), fopen("notes", "r") != NULL);
  }`;
const DONE = 'text and more, mkdir 0, remove 0, open 0';

function workspace(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'overlay-'));
  writeFileSync(path.join(folder, 'changes.c'), CHANGES);
  writeFileSync(path.join(folder, 'notes'), 'text');
  return folder;
}

function untouched(folder: string): void {
  assert.deepEqual(readdirSync(folder).sort(), ['changes.c', 'notes']);
  assert.equal(readFileSync(path.join(folder, 'notes'), 'utf8'), 'text');
  rmSync(folder, { recursive: true });
}

test('--overlay keeps what the program writes in memory', async () => {
  const cwd = workspace();
  const mount = ['--mount', `${cwd}::/`];
  const { code, stdout, stderr } = await wasmSandbox(['run', ...mount, '--overlay', 'changes.c'], { cwd });
  assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: DONE, stderr: '' });
  untouched(cwd);
});

test('so do the option of the library and the field of sandbox.json', async () => {
  for (const how of [{ overlay: true }, { config: { filesystem: { overlay: true } } }]) {
    const folder = workspace();
    const grant = [{ host: folder, guest: '/' }];
    const sandbox = Sandbox.fromSource(path.join(folder, 'changes.c'), { ...how, read: grant, write: grant });
    const output: string[] = [];
    await sandbox.execute(undefined, { onOutput: (_, bytes) => output.push(Buffer.from(bytes).toString()) });
    assert.equal(output.join(''), DONE);
    untouched(folder);
  }
});
