/** The file systems that must behave alike: each starts with the same small tree, mounted at the guest's root. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCheckedFolder } from '../../sandbox/guest/hostFolderChecked.ts';
import { openLinuxFolder } from '../../sandbox/guest/hostFolderLinux.ts';
import type { Folder } from '../../sandbox/wasi/fileSystem.ts';
import { createMemoryFileSystem } from '../../sandbox/wasi/memoryFileSystem.ts';

export interface Backend {
  readonly name: string;
  /** `file` = "text", `folder/inner` = "inside". */
  open(): Folder & Disposable;
}

export const BACKENDS: readonly Backend[] = [
  { name: 'memory', open: openMemory },
  { name: 'host, checked', open: () => openHost(openCheckedFolder) },
  ...(process.platform === 'linux' ? [{ name: 'host, Linux', open: () => openHost(openLinuxFolder) }] : []),
];

function openMemory(): Folder & Disposable {
  const root = createMemoryFileSystem({ file: 'text', folder: { folder: { inner: 'inside' } } });
  return Object.assign(root, { [Symbol.dispose]: () => {} });
}

function openHost(open: (path: string) => Folder): Folder & Disposable {
  const path = temporaryFolder();
  mkdirSync(join(path, 'folder'));
  writeFileSync(join(path, 'file'), 'text');
  writeFileSync(join(path, 'folder/inner'), 'inside');
  const root = open(path);
  return Object.assign(root, {
    [Symbol.dispose]: () => {
      root.close();
      rmSync(path, { recursive: true });
    },
  });
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'wasi-'));
}
