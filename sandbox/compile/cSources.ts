/**
 * The files a C program is made of, gathered into the in-memory tree the embedded compiler sees. Every real
 * path lives under `/host` there, so that none meets the compiler's own `/usr` and `/tmp`; on Windows
 * `C:\a\b.c` is `/host/C:/a/b.c`. That tree knows no `..`, so includes that use it are rewritten to the path they lead to.
 */
import { readdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { contentHash, type Dependency } from './cache.ts';
import { readRegularFile } from './regularFile.ts';

export interface VirtualFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

export interface CSources {
  readonly files: readonly VirtualFile[];
  readonly dependencies: readonly Dependency[];
  /** Absolute paths of the files on disk that were found. */
  readonly found: readonly string[];
  readonly texts: ReadonlyMap<string, string>;
}

/** Root of the user's files in the compiler's tree. */
export const virtualRoot = '/host';
const maximumFiles = 2000;
const maximumOfferedHeaders = 200;

export function virtualPath(real: string): string {
  const forward = real.replaceAll('\\', '/');
  return forward.startsWith('/') ? virtualRoot + forward : `${virtualRoot}/${forward}`;
}

/** The real path of a file in the compiler's tree; undefined for the compiler's own. */
export function realPath(virtual: string): string | undefined {
  if (!virtual.startsWith(`${virtualRoot}/`)) return undefined;
  const rest = virtual.slice(virtualRoot.length);
  return path.normalize(/^\/[A-Za-z]:\//.test(rest) ? rest.slice(1) : rest);
}

/** Reads `roots` and, recursively, what they include from their own folders and from `includeFolders`. */
export async function collectSources(roots: readonly string[], includeFolders: readonly string[]): Promise<CSources> {
  const folders = [...roots.map((root) => path.dirname(root)), ...includeFolders];
  const collection = new Collection(includeFolders, await Promise.all([...new Set(folders)].map(linksFollowed)));
  for (const root of roots) await collection.add(root);
  await collection.follow();
  for (const folder of new Set(roots.map((root) => path.dirname(root)))) await collection.offerHeaders(folder);
  await collection.follow();
  return collection;
}

/** True when one of the C texts seems to define or declare `main`. */
export function hasMain(texts: Iterable<string>): boolean {
  for (const text of texts) if (/\bmain\s*\(/.test(withoutCommentsAndStrings(text))) return true;
  return false;
}

/** Blanks comments and literals; offsets stay as they are. */
export function withoutCommentsAndStrings(text: string): string {
  const skipped = /\/\*[\s\S]*?(?:\*\/|$)|\/\/(?:\\\r?\n|[^\n])*|"(?:\\[\s\S]|[^"\\\n])*"?|'(?:\\[\s\S]|[^'\\\n])*'?/g;
  return text.replace(skipped, (match) => match.replaceAll(/[^\n]/g, ' '));
}

const includePattern =
  /(^[ \t]*#[ \t]*(?:include|include_next|import|embed)[ \t]*|\b__has_(?:include|include_next|embed)[ \t]*\([ \t]*)(?:"([^"\n]+)"|<([^>\n]+)>)/gm;

const SOURCE_NAME = /\.(?:c|h|cc|hh|cpp|hpp|cxx|hxx|inc|inl|ipp|tcc|def)$/i;

async function linksFollowed(file: string): Promise<string> {
  return realpath(file).catch(() => file);
}

function isWithin(folder: string, file: string): boolean {
  const way = path.relative(folder, file);
  return way !== '..' && !way.startsWith(`..${path.sep}`) && !path.isAbsolute(way);
}

class Collection implements CSources {
  readonly files: VirtualFile[] = [];
  readonly dependencies: Dependency[] = [];
  readonly found: string[] = [];
  readonly texts = new Map<string, string>();
  readonly #includeFolders: readonly string[];
  /** Folders of the sources and those that the user has named, links followed. */
  readonly #homes: readonly string[];
  readonly #pending: { readonly file: string; readonly bytes: Buffer }[] = [];
  readonly #seen = new Map<string, boolean>();

  constructor(includeFolders: readonly string[], homes: readonly string[]) {
    this.#includeFolders = includeFolders;
    this.#homes = homes;
  }

  /** True when the file exists; it is then among those to follow. */
  async add(file: string): Promise<boolean> {
    const seen = this.#seen.get(file);
    if (seen !== undefined) return seen;
    if (this.#seen.size > maximumFiles * 4) return false;
    const bytes = (await this.#mayRead(file)) ? await readRegularFile(file) : undefined;
    this.#seen.set(file, bytes !== undefined);
    this.dependencies.push({ path: file, sha256: bytes === undefined ? undefined : contentHash(bytes) });
    if (bytes === undefined) return false;
    this.found.push(file);
    this.#pending.push({ file, bytes });
    return true;
  }

  /**
   * What a source names becomes part of the program, which may print it: so it may name any file of its own folders, but
   * elsewhere (`../include/list.h`) only what is called a source, and not your keys.
   */
  async #mayRead(file: string): Promise<boolean> {
    const real = await linksFollowed(file);
    return SOURCE_NAME.test(real) || this.#homes.some((home) => isWithin(home, real));
  }

  async follow(): Promise<void> {
    for (let next = this.#pending.pop(); next; next = this.#pending.pop()) {
      if (this.files.length >= maximumFiles) return;
      this.files.push({ path: virtualPath(next.file), bytes: await this.#withIncludes(next.file, next.bytes) });
    }
  }

  /** For includes whose name a macro makes up: nearly always a header beside the source. */
  async offerHeaders(folder: string): Promise<void> {
    const names = await readdir(folder).catch(() => []);
    const headers = names.filter((name) => name.endsWith('.h')).slice(0, maximumOfferedHeaders);
    for (const name of headers) await this.add(path.join(folder, name));
  }

  /** The file's bytes with every include followed, and those through `..` rewritten. */
  async #withIncludes(file: string, bytes: Buffer): Promise<Uint8Array> {
    if (!/\.(?:[ch]|inc|def|[ch]pp|hh|cc)$/i.test(file) && bytes.includes(0)) return bytes;
    const text = bytes.toString('utf8');
    if (file.toLowerCase().endsWith('.c')) this.texts.set(file, text);
    let rewritten = '';
    let from = 0;
    for (const match of text.matchAll(includePattern)) {
      const quoted = match[2];
      const name = quoted ?? match[3] ?? '';
      const folders = quoted === undefined ? this.#includeFolders : [path.dirname(file), ...this.#includeFolders];
      const target = await this.#resolve(name, folders);
      if (target === undefined || !name.includes('..')) continue;
      rewritten += `${text.slice(from, match.index)}${match[1]}"${virtualPath(target)}"`;
      from = match.index + match[0].length;
    }
    return from === 0 ? bytes : Buffer.from(rewritten + text.slice(from));
  }

  async #resolve(name: string, folders: readonly string[]): Promise<string | undefined> {
    for (const folder of folders) {
      const candidate = path.resolve(folder, name);
      if (await this.add(candidate)) return candidate;
    }
    return undefined;
  }
}
