/**
 * A folder of the host as the guest's file system. On Linux nothing can be swapped under a running operation; elsewhere
 * Node offers no operation relative to an open folder, and a race remains: see `hostFolderChecked.ts`.
 */
import { platform } from 'node:process';
import type { Folder } from '../../wasi/fileSystem.ts';
import type { Errands } from '../worker/errandCaller.ts';
import { openCheckedFolder, openCheckedParent } from './hostFolderChecked.ts';
import { openLinuxFolder, openLinuxParent } from './hostFolderLinux.ts';

/** `path`: absolute, an existing folder; a link in it is followed, because the user wrote it. */
export function openHostFolder(path: string, errands?: Errands): Folder {
  return platform === 'linux' ? openLinuxFolder(path, errands) : openCheckedFolder(path);
}

/** A folder that shows one name of the host's folder only, whether it exists or not. */
export function openHostParent(path: string, name: string, errands?: Errands): Folder {
  return platform === 'linux' ? openLinuxParent(path, name, errands) : openCheckedParent(path, name);
}
