/**
 * Errands: the two file operations that Node's permission model forbids to a guest's process altogether, making a symbolic
 * link and syncing a file. The process that started the guest does them for it, on Linux, where it can reach a folder or file
 * that the guest's process has open and nothing else. It trusts that process with nothing: the folder must lie in a write
 * grant, and the link may only lead downwards, so that no later move makes it lead out.
 */
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  fsyncSync,
  openSync,
  readlinkSync,
  realpathSync,
  symlinkSync,
} from 'node:fs';
import path from 'node:path';
import type { SandboxConfig } from '../../config/config.ts';
import { Errno, errnoOf, fail } from '../../wasi/errno.ts';

/** The numbers are descriptors of the guest's process. */
export type Errand =
  | { readonly kind: 'symlink'; readonly folder: number; readonly name: string; readonly target: string }
  | { readonly kind: 'sync'; readonly file: number };

/** Gives an errno: SUCCESS when it is done. */
export function doErrand(errand: Errand, processId: number, config: SandboxConfig): number {
  try {
    if (process.platform !== 'linux') fail('PERM');
    if (errand.kind === 'symlink') makeLink(errand, processId, config);
    else sync(errand.file, processId);
    return Errno.SUCCESS;
  } catch (error) {
    return errnoOf(error) ?? Errno.IO;
  }
}

/** Whether a link leads to names below its own folder only. Others could be moved to where they lead out. */
export function leadsDown(target: string): boolean {
  return target !== '' && !target.startsWith('/') && !target.split('/').includes('..');
}

function makeLink(
  errand: Extract<Errand, { kind: 'symlink' }>,
  processId: number,
  { filesystem }: SandboxConfig,
): void {
  const { name, target } = errand;
  if (name === '' || name === '.' || name === '..' || name.includes('/')) fail('INVAL');
  if (filesystem.overlay || !leadsDown(target)) fail('PERM');
  withOpen(errand.folder, processId, constants.O_DIRECTORY, (folder) => {
    const where = readlinkSync(`/proc/self/fd/${folder}`);
    if (!filesystem.write.some((grant) => isWithin(grant.host, where))) fail('PERM');
    symlinkSync(target, `/proc/self/fd/${folder}/${name}`);
  });
}

function sync(file: number, processId: number): void {
  withOpen(file, processId, constants.O_NONBLOCK, (own) => {
    if (!fstatSync(own).isFile()) fail('INVAL');
    fsyncSync(own);
  });
}

/** With a descriptor of our own for what the guest's process has open: it cannot be exchanged any more. */
function withOpen(descriptor: number, processId: number, flags: number, use: (own: number) => void): void {
  if (!Number.isInteger(descriptor) || descriptor < 0) fail('BADF');
  const own = openSync(`/proc/${processId}/fd/${descriptor}`, constants.O_RDONLY | constants.O_NOCTTY | flags);
  try {
    use(own);
  } finally {
    closeSync(own);
  }
}

function isWithin(grant: string, folder: string): boolean {
  // What was granted before it exists may still not: it contains nothing.
  if (!existsSync(grant)) return false;
  const way = path.relative(realpathSync(grant), folder);
  return way === '' || (way !== '..' && !way.startsWith(`..${path.sep}`) && !path.isAbsolute(way));
}
