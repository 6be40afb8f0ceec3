/**
 * Reads the paths that a configuration grants and the sources that it names. A grant may be a folder or a file. It may
 * still be to come, when the folder around it is there.
 */
import type { PathGrant } from './config.ts';
import { dotted, type JsonPath } from './configDocument.ts';
import type { Findings } from './findings.ts';
import { nearest } from './nearest.ts';
import { isInside, type PathProbe } from './pathProbe.ts';

export interface GrantContext {
  /** Absolute path of the folder that relative paths start from. */
  readonly folder: string;
  readonly probe: PathProbe;
  /** Absolute path of the configuration file itself, when it is a file. */
  readonly file: string | undefined;
}

export class GrantReader {
  readonly #findings: Findings;
  readonly #context: GrantContext;
  /** Guest path → host path, over read and write grants together. */
  readonly #taken = new Map<string, string>();

  constructor(findings: Findings, context: GrantContext) {
    this.#findings = findings;
    this.#context = context;
  }

  grants(access: 'read' | 'write'): readonly PathGrant[] {
    const list = ['filesystem', access];
    const grants: PathGrant[] = [];
    for (let index = 0; index < this.#findings.document.count(list) && !this.#findings.full; index++) {
      const grant = this.#grant([...list, index], access);
      if (!grant) continue;
      if (grants.some((other) => other.host === grant.host && other.guest === grant.guest)) {
        this.#repeated([...list, index]);
      } else {
        grants.push(grant);
      }
    }
    return grants;
  }

  sources(): readonly string[] {
    const sources = new Set<string>();
    for (let index = 0; index < this.#findings.document.count(['sources']) && !this.#findings.full; index++) {
      const path = ['sources', index];
      const written = this.#findings.document.value(path);
      if (!isPath(written)) continue;
      const source = this.#source(path, written);
      if (source !== undefined && sources.has(source)) this.#repeated(path);
      else if (source !== undefined) sources.add(source);
    }
    return [...sources];
  }

  #grant(path: JsonPath, access: 'read' | 'write'): PathGrant | undefined {
    const written = this.#findings.document.value(path);
    const named = isMapping(written);
    const hostText = named ? written.host : written;
    if (!isPath(hostText)) return undefined;
    const hostPath = named ? [...path, 'host'] : path;
    const host = this.#host(hostPath, hostText, access);
    if (host === undefined) return undefined;
    const guestText = named && isPath(written.guest) ? written.guest : hostText;
    const grant = { host, guest: guestForm(guestText) };
    this.#adviseOn(hostPath, hostText, grant, access);
    return this.#claim(path, grant) ? grant : undefined;
  }

  /** Absolute path of a grant; undefined, and a problem, when it is not there. */
  #host(path: JsonPath, written: string, access: 'read' | 'write'): string | undefined {
    const { folder, probe } = this.#context;
    const absolute = probe.resolve(folder, written);
    if (this.#kind(absolute) !== undefined) return absolute;
    const parent = probe.parent(absolute);
    if (absolute.includes('\0') || parent === undefined || this.#kind(parent) !== 'directory') {
      this.#missing(path, written, 'file or folder');
      return undefined;
    }
    this.#notYet(path, { written, absolute, access });
    return absolute;
  }

  /** What may be written is often still to come; what may be read is more likely a mistake, or a file that need not be there. */
  #notYet(path: JsonPath, grant: { written: string; absolute: string; access: 'read' | 'write' }): void {
    const { written, absolute, access } = grant;
    const meant = this.#nearestPath(absolute, written);
    const [consequence, advice] = NOT_YET[access];
    const todo = meant === undefined ? advice : `Did you mean "${meant}"?`;
    const message = `"${dotted(path)}": "${shortened(written)}" does not exist yet. ${consequence} ${todo}`;
    const list = this.#findings.document.items(['filesystem', 'write']);
    const isToCome = meant === undefined && (access === 'write' || list.includes(written));
    const severity = isToCome ? 'information' : 'warning';
    this.#findings[severity](path, 'missing-path', message, this.#findings.change(path, meant));
  }

  #source(path: JsonPath, written: string): string | undefined {
    const absolute = this.#context.probe.resolve(this.#context.folder, written);
    const kind = this.#kind(absolute);
    if (kind === 'file') return absolute;
    if (kind === undefined) {
      this.#missing(path, written, 'file');
    } else {
      const message = `"${dotted(path)}": "${shortened(written)}" is a folder. List its source files one by one.`;
      this.#findings.error(path, 'not-a-file', message);
    }
    return undefined;
  }

  #kind(absolute: string): 'file' | 'directory' | undefined {
    return absolute.includes('\0') ? undefined : this.#context.probe.kind(absolute);
  }

  #missing(path: JsonPath, written: string, what: string): void {
    const { folder, probe } = this.#context;
    const meant = this.#nearestPath(probe.resolve(folder, written), written);
    const todo = meant === undefined ? 'Create it, or correct the path.' : `Did you mean "${meant}"?`;
    const where = probe.resolve('/', written) === probe.resolve(folder, written) ? '' : ` in ${folder}`;
    const message = `"${dotted(path)}": there is no ${what} "${shortened(written)}"${where}. ${todo}`;
    this.#findings.error(path, 'missing-path', message, this.#findings.change(path, meant));
  }

  /** Warnings about grants that work and that few would want. */
  #adviseOn(path: JsonPath, written: string, grant: PathGrant, access: 'read' | 'write'): void {
    const { probe, folder, file } = this.#context;
    if (probe.parent(grant.host) === undefined) {
      const message = `"${dotted(path)}" grants the whole disk. Grant just the folders that the program needs.`;
      this.#findings.warning(path, 'grants-too-much', message);
    } else if (access === 'write' && file !== undefined && isInside(probe, file, grant.host)) {
      const message = `"${dotted(path)}" lets the program change this configuration itself, and grant itself more. Grant a folder for its output, such as "./out".`;
      this.#findings.warning(path, 'grants-too-much', message);
    } else if (grant.guest === guestForm(written) && /^\.\.([\\/]|$)/.test(written)) {
      const name = grant.host.split(/[\\/]/).at(-1) ?? 'data';
      const message = `"${dotted(path)}" lies outside ${folder}, so its path in the program starts with "..". Give it a name there: { "host": "${shortened(written)}", "guest": "/${name}" }.`;
      const whole = typeof path.at(-1) === 'number' ? { host: written, guest: `/${name}` } : undefined;
      this.#findings.information(path, 'outside-folder', message, this.#findings.change(path, whole));
    }
  }

  /** False when another grant, or the folder for temporary files, has the guest path already. */
  #claim(path: JsonPath, grant: PathGrant): boolean {
    const place = grant.guest.replace(/^\//, '');
    const temp = place === 'tmp' && this.#findings.document.value(['filesystem', 'temp']) === true;
    const other = temp ? 'its own temporary folder ("temp")' : this.#taken.get(place);
    if (other !== undefined && other !== grant.host) {
      const message = `"${dotted(path)}": the program sees ${other} as "${grant.guest}" already. Choose another "guest" path.`;
      this.#findings.error(path, 'guest-path-taken', message);
      return false;
    }
    this.#taken.set(place, grant.host);
    return true;
  }

  #repeated(path: JsonPath): void {
    this.#findings.repeated(path, dotted(path));
  }

  /** The same path with its last part replaced by the nearest name in that folder. */
  #nearestPath(absolute: string, written: string): string | undefined {
    const { probe } = this.#context;
    const folder = probe.parent(absolute);
    const [, before = '', name = ''] = /^(.*?)([^\\/]+)[\\/]*$/.exec(written) ?? [];
    if (folder === undefined || name === '' || name === '..' || name === '.') return undefined;
    const names = probe.entries(folder).map((entry) => entry.replace(/\/$/, ''));
    const found = nearest(name, names);
    return found === undefined ? undefined : before + found;
  }
}

const NOT_YET: Readonly<Record<'read' | 'write', readonly [string, string]>> = {
  read: ['The program finds nothing there.', 'Create it, or correct the path.'],
  write: ['The program may create it.', 'Create the folder first if it needs one.'],
};

/** As the program sees a path: `/` between parts, resolved as far as its text goes, no `./` in front and no `/` behind. */
export function guestForm(path: string): string {
  const kept: string[] = [];
  const absolute = /^[\\/]/.test(path);
  for (const part of path.split(/[\\/]/)) {
    if (part === '' || part === '.') continue;
    if (part !== '..') kept.push(part);
    else if (kept.length > 0 && kept.at(-1) !== '..') kept.pop();
    else if (!absolute) kept.push('..');
  }
  const joined = kept.join('/');
  if (absolute) return `/${joined}`;
  return joined === '' ? '.' : joined;
}

function isPath(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isMapping(value: unknown): value is { readonly host?: unknown; readonly guest?: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shortened(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
