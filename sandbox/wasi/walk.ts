/**
 * Resolves a guest path, one name at a time, so that containment does not depend on how a host reads paths: `..` goes
 * back along the folders that were opened, links are expanded here (at most 40), absolute targets are refused. Only the
 * last name is left to the caller's operation.
 */
import { FileType } from './abi.ts';
import { fail, isErrno } from './errno.ts';
import type { Folder, Mount } from './fileSystem.ts';
import { type Child, childOf, type OverlayNode, type Place, shownPath } from './overlay.ts';
import type { Access, Policy } from './policy.ts';

const MAX_LINKS = 40;

export interface WalkRequest {
  readonly base: Place;
  readonly path: string;
  /** The guest wrote it from the root: so it is shown. */
  readonly absolute: boolean;
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
  /** The same, as it is shown. */
  readonly text: string;
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
    if (policy.decisions !== undefined && isErrno(error, 'NOENT', 'NOTDIR')) noteNothing(request, policy);
    throw error;
  }
}

/** To find nothing is allowed too: elsewhere it would be refused. */
function noteNothing({ base, path, absolute, access }: WalkRequest, policy: Policy): void {
  if (policy.decisions === undefined || path === '') return;
  policy.decisions.asked = undefined;
  policy.allow(access, shownPath([...base.path, path], absolute), access === 'read' ? 'see' : 'write');
}

class Walker {
  readonly #request: WalkRequest;
  readonly #policy: Policy;
  /** Components still to go, the next one last. */
  readonly #rest: string[] = [];
  readonly #stack: Place[];
  readonly #opened: Folder[] = [];
  #links = 0;
  /** The path before the first link was followed; undefined: it cannot be told. */
  #asked: string | undefined;

  constructor(request: WalkRequest, policy: Policy) {
    this.#request = request;
    this.#policy = policy;
    this.#stack = [request.base];
  }

  run(): Target {
    const { path } = this.#request;
    if (path === '') fail('NOENT');
    if (path.startsWith('/')) this.#escape('absolute');
    this.#push(path);
    let slash = false;
    for (let name = this.#rest.pop(); name !== undefined; name = this.#rest.pop()) {
      slash = name === '' || name === '.' || name === '..';
      if (name === '' || name === '.') continue;
      if (name === '..' && this.#back()) continue;
      const child = childOf(this.#top, name);
      if (child.kind === 'notGranted') this.#notGranted(name);
      else if (child.kind === 'place') this.#stack.push(child.place);
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
    if (this.#stack.length === 1 || top.path.at(-1) === '..') this.#escape('parent');
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
    if (this.#links === 1) this.#asked = this.#askedFor(name);
    const target = folder.readlink(name);
    if (target.startsWith('/')) this.#escape('link');
    this.#push(target);
  }

  /** What is left behind a link has no `..` that could lead elsewhere, or the path means nothing as text. */
  #askedFor(name: string): string | undefined {
    const rest = this.#rest.filter((part) => part !== '' && part !== '.').reverse();
    return rest.includes('..') ? undefined : this.#text([...this.#top.path, name, ...rest]);
  }

  /**
   * No link lies in a part of the view that is not granted, so the rest can be resolved as text: `hidden/../data` goes on
   * at `data`, whether there is a `hidden` or not.
   */
  #notGranted(name: string): void {
    const slash = this.#rest[0] === '';
    const rest = [name, ...this.#rest.reverse()].filter((part) => part !== '' && part !== '.');
    const back = rest.indexOf('..');
    if (back < 0) this.#policy.refuse('ACCES', this.#request.access, this.#text([...this.#top.path, ...rest]));
    rest.splice(back - 1, 2);
    this.#rest.splice(0, this.#rest.length, ...(slash ? [''] : []), ...rest.reverse());
  }

  #escape(way: 'absolute' | 'parent' | 'link'): never {
    const { base, path, access } = this.#request;
    const whole = base.path.length === 0 || way === 'absolute' ? path : `${this.#text(base.path)}/${path}`;
    const byLink = this.#links > 0;
    this.#policy.refuse('NOTCAPABLE', access, byLink ? (this.#asked ?? whole) : whole, byLink ? 'link' : way);
  }

  #text(path: readonly string[]): string {
    return shownPath(path, this.#request.absolute);
  }

  #target(end: Target['end'], path: readonly string[], mount: Mount | undefined, slash: boolean): Target {
    const { decisions } = this.#policy;
    if (decisions !== undefined) decisions.asked = this.#asked;
    return { end, path, mount, slash, text: this.#text(path), release: () => this.release() };
  }
}
