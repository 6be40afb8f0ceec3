/** The file systems that must behave alike: each starts with the same small tree, mounted at the guest's root. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openHostFolder } from '../../sandbox/guest/files/hostFolder.ts';
import { openCheckedFolder } from '../../sandbox/guest/files/hostFolderChecked.ts';
import { openLinuxFolder } from '../../sandbox/guest/files/hostFolderLinux.ts';
import { createCopyOnWrite } from '../../sandbox/wasi/copyOnWrite.ts';
import type { Folder } from '../../sandbox/wasi/fileSystem.ts';
import { createMemoryFileSystem } from '../../sandbox/wasi/memoryFileSystem.ts';

export interface Backend {
  readonly name: string;
  /** `file` = "text", `folder/inner` = "inside". */
  open(): Folder & Disposable;
}

export const BACKENDS: readonly Backend[] = [
  { name: 'memory', open: openMemory },
  { name: 'copy on write over memory', open: () => withDispose(copyOnWrite(openMemory())) },
  { name: 'copy on write over the host', open: () => openHost((path) => copyOnWrite(openHostFolder(path))) },
  { name: 'host, checked', open: () => openHost((path) => openCheckedFolder(path, 'made')) },
  ...(process.platform === 'linux' ? [{ name: 'host, Linux', open: () => openHost(openLinuxFolder) }] : []),
];

function openMemory(): Folder & Disposable {
  const root = createMemoryFileSystem({ file: 'text', folder: { folder: { inner: 'inside' } } });
  return withDispose(root);
}

function withDispose(root: Folder): Folder & Disposable {
  return Object.assign(root, { [Symbol.dispose]: () => {} });
}

export function copyOnWrite(base: Folder): Folder {
  const now = () => BigInt(Date.now()) * 1_000_000n;
  return createCopyOnWrite(base, { now, maxBytes: Number.POSITIVE_INFINITY });
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
