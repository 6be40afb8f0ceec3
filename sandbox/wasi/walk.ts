/**
 * Resolves a guest path, one name at a time, so that containment does not depend on how a host reads paths: `..` goes
 * back along the folders that were opened, links are expanded here (at most 40), absolute targets are refused. Only the
 * last name is left to the caller's operation.
 */
import { FileType } from './abi.ts';
import { fail, isErrno } from './errno.ts';
import type { Folder, Mount } from './fileSystem.ts';
import { type Child, childOf, type OverlayNode, type Place, pathText } from './overlay.ts';
import type { Access, Policy } from './policy.ts';

const MAX_LINKS = 40;

export interface WalkRequest {
  readonly base: Place;
  readonly path: string;
  /** What a refusal says is missing. */
  readonly access: Access;
  /** `keep` still follows a link in front of a trailing slash, `keepAlways` does not. */
  readonly lastLink: 'follow' | 'keep' | 'keepAlways';
}

/** The end of a path. `release` closes the folders opened on the way: `entry.folder` is not usable afterwards. */
export interface Target {
  readonly end:
    | { readonly kind: 'place'; readonly place: Place }
    | {
        readonly kind: 'entry';
        readonly folder: Folder;
        readonly name: string;
        readonly node: OverlayNode | undefined;
      };
  /** From the root. */
  readonly path: readonly string[];
  readonly mount: Mount | undefined;
  /** The path said that this is a folder: `name/`. */
  readonly slash: boolean;
  release(): void;
}

export function walk(request: WalkRequest, policy: Policy): Target {
  const walker = new Walker(request, policy);
  try {
    return walker.run();
  } catch (error) {
    walker.release();
    throw error;
  }
}

class Walker {
  readonly #request: WalkRequest;
  readonly #policy: Policy;
  /** Components still to go, the next one last. */
  readonly #rest: string[] = [];
  readonly #stack: Place[];
  readonly #opened: Folder[] = [];
  #links = 0;

  constructor(request: WalkRequest, policy: Policy) {
    this.#request = request;
    this.#policy = policy;
    this.#stack = [request.base];
  }

  run(): Target {
    const { path } = this.#request;
    if (path === '') fail('NOENT');
    if (path.startsWith('/')) this.#escape();
    this.#push(path);
    let slash = false;
    for (let name = this.#rest.pop(); name !== undefined; name = this.#rest.pop()) {
      slash = name === '' || name === '.' || name === '..';
      if (name === '' || name === '.') continue;
      if (name === '..' && this.#back()) continue;
      const child = childOf(this.#top, name);
      if (child.kind === 'notGranted') this.#notGranted(name);
      if (child.kind === 'place') this.#stack.push(child.place);
      else if (this.#rest.every((next) => next === '' || next === '.')) {
        const target = this.#last(child, name);
        if (target !== undefined) return target;
      } else this.#enter(child, name);
    }
    return this.#target({ kind: 'place', place: this.#top }, this.#top.path, this.#top.mount, slash);
  }

  release(): void {
    for (const folder of this.#opened.splice(0)) folder.close();
  }

  get #top(): Place {
    return this.#stack.at(-1) ?? this.#request.base;
  }

  #push(path: string): void {
    for (const part of path.split('/').reverse()) this.#rest.push(part);
  }

  /** False: `..` is a child to enter, because a grant lies that way. */
  #back(): boolean {
    const top = this.#top;
    if (top.node?.children.has('..') === true) return false;
    if (this.#stack.length === 1 || top.path.at(-1) === '..') this.#escape();
    this.#stack.pop();
    return true;
  }

  /** Undefined: it was a link, and the walk goes on. */
  #last(child: Child & { kind: 'entry' }, name: string): Target | undefined {
    const slash = this.#rest.length > 0;
    const { lastLink } = this.#request;
    const follow = lastLink === 'follow' || (slash && lastLink === 'keep');
    if (follow && this.#isLink(child)) {
      this.#expand(child);
      return undefined;
    }
    return this.#target({ ...child, kind: 'entry' }, [...this.#top.path, name], child.mount, slash);
  }

  #enter(child: Child & { kind: 'entry' }, name: string): void {
    let folder: Folder;
    try {
      folder = child.folder.openFolder(child.name);
    } catch (error) {
      if (!isErrno(error, 'LOOP', 'NOTDIR', 'MLINK') || !this.#isLink(child)) throw error;
      this.#expand(child);
      return;
    }
    this.#opened.push(folder);
    this.#stack.push({ path: [...this.#top.path, name], folder, node: child.node, mount: child.mount });
  }

  #isLink({ folder, name }: Child & { kind: 'entry' }): boolean {
    try {
      return folder.stat(name).type === FileType.SYMBOLIC_LINK;
    } catch (error) {
      if (isErrno(error, 'NOENT')) return false;
      throw error;
    }
  }

  #expand({ folder, name }: Child & { kind: 'entry' }): void {
    if (++this.#links > MAX_LINKS) fail('LOOP');
    const target = folder.readlink(name);
    if (target.startsWith('/')) this.#escape();
    this.#push(target);
  }

  /** No link lies in a part of the view that is not granted, so the rest can be resolved as text. */
  #notGranted(name: string): never {
    const path = [...this.#top.path];
    const base = this.#request.base.path.length;
    for (const part of [name, ...this.#rest.reverse()]) {
      if (part === '' || part === '.') continue;
      if (part !== '..') path.push(part);
      else if (path.length === base) this.#escape();
      else path.pop();
    }
    this.#policy.refuse('ACCES', this.#request.access, pathText(path));
  }

  #escape(): never {
    const { base, path, access } = this.#request;
    const target = base.path.length === 0 || path.startsWith('/') ? path : `${pathText(base.path)}/${path}`;
    this.#policy.refuse('NOTCAPABLE', access, target);
  }

  #target(end: Target['end'], path: readonly string[], mount: Mount | undefined, slash: boolean): Target {
    return { end, path, mount, slash, release: () => this.release() };
  }
}
