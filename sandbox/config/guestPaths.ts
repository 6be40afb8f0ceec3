/** Paths of a guest from its root, the paths of the host behind them, and how a grant of one is written. */
import type { PathGrant } from './config.ts';
import { guestForm } from './grants.ts';
import { isInside, type PathProbe } from './pathProbe.ts';

/** From the guest's root; leading `..` where it leads out. */
export type GuestPath = readonly string[];

export interface LocatedPath {
  readonly parts: GuestPath;
  /** Absolute path on the host. */
  readonly host: string;
}

/** What is in a `sandbox.json` for a grant. */
export type WrittenGrant = string | { readonly host: string; readonly guest: string };

/** `..` is resolved as far as the text goes. The guest's working folder is its root, so a leading `/` says nothing. */
export function guestPath(path: string): GuestPath {
  const form = guestForm(path.replace(/^\/+/, ''));
  return form === '.' ? [] : form.split('/');
}

/** Whether `path` is `folder` or lies in it. */
export function isWithin(path: GuestPath, folder: GuestPath): boolean {
  return folder.every((part, index) => path[index] === part);
}

/** The host path behind a guest path that lies in a grant: the innermost one counts. */
export function hostBehind(path: GuestPath, grants: readonly PathGrant[], probe: PathProbe): string | undefined {
  let best: { readonly host: string; readonly guest: GuestPath } | undefined;
  for (const { host, guest } of grants) {
    const place = guestPath(guest);
    if (isWithin(path, place) && (best === undefined || place.length > best.guest.length))
      best = { host, guest: place };
  }
  if (best === undefined) return undefined;
  const rest = path.slice(best.guest.length);
  return rest.length === 0 ? best.host : probe.resolve(best.host, rest.join('/'));
}

/** A grant needs the folder around it to exist: of a path into nowhere, the first missing part can be granted. */
export function nearestGrantable({ parts, host }: LocatedPath, probe: PathProbe): LocatedPath {
  let [names, path] = [parts, host];
  for (;;) {
    const around = probe.parent(path);
    if (names.length <= 1 || around === undefined) return { parts: names, host: path };
    if (probe.kind(path) !== undefined || probe.kind(around) === 'directory') return { parts: names, host: path };
    [names, path] = [names.slice(0, -1), around];
  }
}

/** The shortest way to write a grant in a `sandbox.json` that lies in `folder`. */
export function writtenGrant({ parts, host }: LocatedPath, folder: string, probe: PathProbe): WrittenGrant {
  const text = writtenHost({ parts, host }, folder, probe);
  if (guestPath(text).join('/') === parts.join('/')) return text;
  return { host: text, guest: parts[0] === '..' ? parts.join('/') : `/${parts.join('/')}` };
}

/** Relative to the folder when it lies in it, or when the guest asked for `../` itself. */
function writtenHost({ parts, host }: LocatedPath, folder: string, probe: PathProbe): string {
  if (parts[0] === '..' && probe.resolve(folder, parts.join('/')) === host) return parts.join('/');
  if (!isInside(probe, host, folder)) return host;
  const names: string[] = [];
  for (let path = host; path !== folder; ) {
    const around = probe.parent(path) ?? folder;
    names.unshift(path.slice(around.length).replace(/^[\\/]/, ''));
    path = around;
  }
  return names.length === 0 ? '.' : `./${names.join('/')}`;
}
