/**
 * With `overlay`, what lies in a write grant of the host is shown copy-on-write. Write grants may lie inside each other and
 * may be seen under several guest paths: all that is below the same outermost grant shares one overlay, so that it is the
 * same file wherever the guest meets it.
 */
import { sep } from 'node:path';
import { createCopyOnWrite } from '../../wasi/copyOnWrite.ts';
import type { Folder } from '../../wasi/fileSystem.ts';

export interface OverlaySetup {
  /** Nanoseconds since 1970. */
  now(): bigint;
  /** Of each overlay, in memory. */
  readonly maxBytes: number;
}

export class Overlays {
  readonly #setup: OverlaySetup;
  /** By the real path of what they lie over. */
  readonly #roots = new Map<string, Folder>();

  constructor(setup: OverlaySetup) {
    this.#setup = setup;
  }

  /** `base`: opens what lies at `root`, an absolute path without links; `way`: from there to the folder that is wanted. */
  open(root: string, way: string, base: () => Folder): Folder {
    let folder = (this.#roots.get(root) ?? this.#create(root, base())).duplicate();
    for (const name of way.split(sep)) {
      if (name === '') continue;
      const parent = folder;
      folder = parent.openFolder(name);
      parent.close();
    }
    return folder;
  }

  #create(root: string, base: Folder): Folder {
    const overlay = createCopyOnWrite(base, this.#setup);
    this.#roots.set(root, overlay);
    return overlay;
  }
}
