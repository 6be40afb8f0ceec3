/** A folder with files and a `sandbox.json`, and a program that tries file operations in it. */
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { disposeCompilers, type Report, type RunOptions, Sandbox, type SandboxOptions } from '../../sandbox/index.ts';

/** Its arguments are `operation=path` or `operation=path=other`; it prints `operation path errno`. */
export const ATTEMPTS = path.join(import.meta.dirname, '../fixtures/library/attempts.c');

const folders: string[] = [];
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
  disposeCompilers();
});

export interface Workspace {
  readonly folder: string;
  readonly config: string;
  run(attempts: readonly string[], options?: SandboxOptions & RunOptions): Promise<Report>;
  readConfig(): string;
}

/** Entries: `name` or `folder/`, `name=text`, `name->target`. In a folder of its own, so that `../` is the test's too. */
export function workspace(entries: readonly string[], config = '{}'): Workspace {
  const around = realpathSync(mkdtempSync(path.join(tmpdir(), 'workspace-')));
  folders.push(around);
  const folder = path.join(around, 'work');
  mkdirSync(folder);
  for (const entry of entries) create(folder, entry);
  const file = path.join(folder, 'sandbox.json');
  writeFileSync(file, config);
  return {
    folder,
    config: file,
    readConfig: () => readFileSync(file, 'utf8'),
    run: (attempts, options = {}) =>
      Sandbox.fromSource(ATTEMPTS, { config: file, ...options }).start({ args: attempts, ...options }),
  };
}

function create(folder: string, entry: string): void {
  const [name = '', target] = entry.split('->');
  const [file = '', text = 'text'] = name.split('=');
  const full = path.join(folder, file);
  mkdirSync(entry.endsWith('/') ? full : path.dirname(full), { recursive: true });
  if (target !== undefined) symlinkSync(target, full);
  else if (!entry.endsWith('/')) writeFileSync(full, text);
}

/** What the program printed of each attempt: `ok`, or the error's text. */
export function results({ stdout }: Report): readonly string[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' ').slice(2).join(' '));
}
