/**
 * The grant that answers a refused path. The guest's `/` is its working folder, so `/data/x` may be meant from the folder
 * of the `sandbox.json` or from the root of the disk: what exists decides. A grant keeps the guest path as it was asked for.
 */
import type { PathGrant, SandboxConfig } from './config.ts';
import type { ConfigChange, SettingChange } from './configEdits.ts';
import {
  type GuestPath,
  guestPath,
  hostBehind,
  isWithin,
  type LocatedPath,
  nearestGrantable,
  writtenGrant,
} from './guestPaths.ts';
import { isInside } from './pathProbe.ts';
import type { RefusalFacts, RemedyContext } from './remedy.ts';

type Access = 'read' | 'write';

interface Wanted extends LocatedPath {
  /** The folder around it is granted, and a link leads out of that. A grant of the link grants what it leads to. */
  readonly byLink?: boolean;
}

export function fileRemedy(facts: RefusalFacts, access: Access, context: RemedyContext): ConfigChange | undefined {
  // No grant answers a path that starts with "/" where WASI wants a relative one.
  if (facts.errno === 'NOTCAPABLE' && facts.way === 'absolute') return undefined;
  if (isForTemp(facts, access, context)) return TEMPORARY_FOLDER;
  const paths = pathsToGrant(facts, context);
  if (paths === undefined) return undefined;
  const byLink = facts.way === 'link';
  const wanted = outermost(paths.map((parts) => ({ ...locate(parts, facts.target.startsWith('/'), context), byLink })));
  const changes = wanted.flatMap((each) => grant(each, access, context));
  // Moving between grants with different rights would change those of the file, so it is refused.
  const readable = wanted.length > 1 && wanted.some(({ parts }) => isGranted('read', parts, context));
  if (readable && access === 'write') changes.push(...wanted.flatMap((each) => grant(each, 'read', context)));
  return changes.length === 0 ? undefined : { title: titleOf(changes, wanted, context), changes };
}

const TEMPORARY_FOLDER: ConfigChange = {
  title: 'Give the program a temporary folder of its own at /tmp, in sandbox.json',
  changes: [{ path: ['filesystem', 'temp'], kind: 'set', value: true }],
};

/** Below `/tmp`, and no file that is there to be read. */
function isForTemp({ target, way }: RefusalFacts, access: Access, context: RemedyContext): boolean {
  const { config, folder, probe } = context;
  const [first, ...rest] = guestPath(target);
  if (
    first !== 'tmp' ||
    way !== undefined ||
    config.filesystem.temp ||
    hostBehind([first], grantsOf(config), probe) !== undefined
  )
    return false;
  if (probe.kind(probe.resolve(folder, 'tmp')) !== undefined) return false;
  return (
    access === 'write' || rest.length === 0 || probe.kind(probe.resolve('/', ['tmp', ...rest].join('/'))) === undefined
  );
}

function pathsToGrant(facts: RefusalFacts, context: RemedyContext): readonly GuestPath[] | undefined {
  const { operation, target, other } = facts;
  if (operation === 'path_symlink') return linkFolder(facts);
  const paths = other === undefined ? [guestPath(target)] : [guestPath(target), guestPath(other)];
  // A granted folder cannot itself be moved or removed: that takes a grant for the folder around it.
  const moves = operation === 'path_remove_directory' || operation === 'path_rename';
  return paths.map((parts) => (moves && isMovableFolder(parts, facts, context) ? parts.slice(0, -1) : parts));
}

function isMovableFolder(parts: GuestPath, { target }: RefusalFacts, context: RemedyContext): boolean {
  const { probe } = context;
  const { host } = locate(parts, target.startsWith('/'), context);
  const around = probe.parent(host);
  return (
    parts.length > 0 && probe.kind(host) === 'directory' && around !== undefined && probe.parent(around) !== undefined
  );
}

/**
 * A link may only point to what the same grant holds, so the folder around both is needed. No grant answers an absolute
 * one, or one that leads out of the grant that it lies in.
 */
function linkFolder({ target, other, errno }: RefusalFacts): readonly GuestPath[] | undefined {
  if (errno === 'NOTCAPABLE' || other === undefined || other.startsWith('/')) return undefined;
  const folder = guestPath(target).slice(0, -1);
  const end = guestPath([...folder, other].join('/'));
  let shared = 0;
  while (shared < folder.length && folder[shared] === end[shared]) shared++;
  return [folder.slice(0, shared)];
}

/** Without what lies in another one. */
function outermost(wanted: readonly Wanted[]): readonly Wanted[] {
  return wanted.filter((each, index) =>
    wanted.every((other, at) => {
      const inside = index !== at && isWithin(each.parts, other.parts);
      return !inside || (other.parts.length === each.parts.length && at > index);
    }),
  );
}

/** What a guest path stands for: in a folder that is granted already, in the working folder, or on the whole disk. */
function locate(parts: GuestPath, absolute: boolean, context: RemedyContext): Wanted {
  const { folder, probe } = context;
  const known = hostBehind(parts, grantsOf(context.config), probe);
  if (known !== undefined) return nearestGrantable({ parts, host: known }, probe);
  const local = probe.resolve(folder, parts.join('/') || '.');
  const elsewhere = probe.resolve('/', parts.join('/'));
  if (parts[0] === '..' || probe.kind(local) !== undefined) return nearestGrantable({ parts, host: local }, probe);
  // What C libraries hand on may have lost its "/": then only a path that exists as a whole counts.
  const elsewhereFits = absolute
    ? existing(elsewhere, context) > existing(local, context) - existing(folder, context)
    : probe.kind(elsewhere) !== undefined;
  return nearestGrantable({ parts, host: elsewhereFits ? elsewhere : local }, probe);
}

/** How many parts of a path exist, from the root on. */
function existing(path: string, { probe }: RemedyContext): number {
  let end = probe.kind(path) === undefined ? probe.parent(path) : path;
  while (end !== undefined && probe.kind(end) === undefined) end = probe.parent(end);
  let depth = 0;
  for (let at = end && probe.parent(end); at !== undefined; at = probe.parent(at)) depth++;
  return depth;
}

function grant(wanted: Wanted, access: Access, context: RemedyContext): SettingChange[] {
  if (!wanted.byLink && isGranted(access, wanted.parts, context)) return [];
  const value = writtenGrant(wanted, context.folder, context.probe);
  return [{ path: ['filesystem', access], kind: 'append', value }];
}

function grantsOf({ filesystem }: SandboxConfig): readonly PathGrant[] {
  return [...filesystem.read, ...filesystem.write];
}

function isGranted(access: Access, parts: GuestPath, { config }: RemedyContext): boolean {
  return config.filesystem[access].some((each) => isWithin(parts, guestPath(each.guest)));
}

function titleOf(changes: readonly SettingChange[], wanted: readonly Wanted[], context: RemedyContext): string {
  const names = new Set(changes.map(({ value }) => JSON.stringify(typeof value === 'string' ? value : hostOf(value))));
  const verbs = new Set(changes.map(({ path }) => (path[1] === 'read' ? 'reading' : 'writing')));
  const notes = [
    ...(names.has('"."') ? ['the whole folder'] : []),
    ...wanted.flatMap((each) => linkNote(each, context)),
  ];
  const note = notes.length === 0 ? '' : ` (${notes.join(', ')})`;
  return `Grant ${[...verbs].join(' and ')} ${[...names].join(' and ')}${note} in sandbox.json`;
}

/** A link in the folder that leads out of it: whoever grants it should know. */
function linkNote({ host }: Wanted, { folder, probe }: RemedyContext): readonly string[] {
  const end = probe.real?.(host);
  if (end === undefined || !isInside(probe, host, folder)) return [];
  return isInside(probe, end, probe.real?.(folder) ?? folder) ? [] : [`a link to "${end}"`];
}

function hostOf(value: unknown): string {
  return (value as { readonly host: string }).host;
}
