/**
 * Reads the folders that a configuration grants and the sources that it names. Only what exists is granted: a path that is
 * not there, or is of the wrong kind, is a problem and no grant.
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
      const source = this.#existing(path, written, 'file');
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
    const host = this.#existing(hostPath, hostText, 'directory');
    if (host === undefined) return undefined;
    const guestText = named && isPath(written.guest) ? written.guest : hostText;
    const grant = { host, guest: guestForm(guestText) };
    this.#adviseOn(hostPath, hostText, grant, access);
    return this.#claim(path, grant) ? grant : undefined;
  }

  /** Absolute path of what must be there, or a problem. */
  #existing(path: JsonPath, written: string, wanted: 'file' | 'directory'): string | undefined {
    const { folder, probe } = this.#context;
    const absolute = probe.resolve(folder, written);
    const kind = written.includes('\0') ? undefined : probe.kind(absolute);
    if (kind === wanted) return absolute;
    if (kind !== undefined) {
      this.#reportKind(path, written, wanted);
      return undefined;
    }
    const meant = this.#nearestPath(absolute, written);
    const todo =
      meant === undefined
        ? wanted === 'file'
          ? 'Correct the path.'
          : 'Create it, or correct the path.'
        : `Did you mean "${meant}"?`;
    const message = `"${dotted(path)}": there is no ${wanted === 'file' ? 'file' : 'folder'} "${shortened(written)}" in ${folder}. ${todo}`;
    this.#findings.error(path, 'missing-path', message, this.#findings.change(path, meant));
    return undefined;
  }

  #reportKind(path: JsonPath, written: string, wanted: 'file' | 'directory'): void {
    if (wanted === 'file') {
      const message = `"${dotted(path)}": "${shortened(written)}" is a folder. List its source files one by one.`;
      this.#findings.error(path, 'not-a-file', message);
      return;
    }
    const folder = /^(.*)[\\/][^\\/]+[\\/]*$/.exec(written)?.[1] || '.';
    const message = `"${dotted(path)}": "${shortened(written)}" is a file, and only folders can be granted. Grant the folder that it is in: "${shortened(folder)}".`;
    this.#findings.error(path, 'not-a-folder', message, this.#findings.change(path, folder));
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

  /** False when another folder has the guest path already. */
  #claim(path: JsonPath, grant: PathGrant): boolean {
    const other = this.#taken.get(grant.guest);
    if (other !== undefined && other !== grant.host) {
      const message = `"${dotted(path)}": the program sees ${other} as "${grant.guest}" already. Choose another "guest" path.`;
      this.#findings.error(path, 'guest-path-taken', message);
      return false;
    }
    this.#taken.set(grant.guest, grant.host);
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

/** As the program sees a path: `/` between parts, no `./` in front and no `/` behind. */
export function guestForm(path: string): string {
  const parts = path.replaceAll('\\', '/').split('/');
  const kept = parts.filter((part) => part !== '' && part !== '.');
  const joined = kept.join('/');
  if (/^[\\/]/.test(path)) return `/${joined}`;
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
