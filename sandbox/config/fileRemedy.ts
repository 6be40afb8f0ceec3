/**
 * The grant that answers a refused path. The guest's `/` is its working folder, so `/data/x` may be meant from the folder
 * of the `sandbox.json` or from the root of the disk: what exists decides. A grant keeps the guest path as it was asked for.
 */
import type { PathGrant } from './config.ts';
import type { ConfigChange, SettingChange } from './configEdits.ts';
import { guestForm } from './grants.ts';
import { isInside } from './pathProbe.ts';
import type { RefusalFacts, RemedyContext } from './remedy.ts';

type Access = 'read' | 'write';

/** A path of the guest from its root, and what it stands for. */
interface Wanted {
  readonly parts: readonly string[];
  readonly host: string;
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
  const [first, ...rest] = partsOf(target);
  if (first !== 'tmp' || way !== undefined || config.filesystem.temp || mapped([first], context)) return false;
  if (probe.kind(probe.resolve(folder, 'tmp')) !== undefined) return false;
  return (
    access === 'write' || rest.length === 0 || probe.kind(probe.resolve('/', ['tmp', ...rest].join('/'))) === undefined
  );
}

function pathsToGrant(facts: RefusalFacts, context: RemedyContext): readonly (readonly string[])[] | undefined {
  const { operation, target, other } = facts;
  if (operation === 'path_symlink') return linkFolder(facts);
  const paths = other === undefined ? [partsOf(target)] : [partsOf(target), partsOf(other)];
  // A granted folder cannot itself be moved or removed: that takes a grant for the folder around it.
  const moves = operation === 'path_remove_directory' || operation === 'path_rename';
  return paths.map((parts) => (moves && isMovableFolder(parts, facts, context) ? parts.slice(0, -1) : parts));
}

function isMovableFolder(parts: readonly string[], { target }: RefusalFacts, context: RemedyContext): boolean {
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
function linkFolder({ target, other, errno }: RefusalFacts): readonly (readonly string[])[] | undefined {
  if (errno === 'NOTCAPABLE' || other === undefined || other.startsWith('/')) return undefined;
  const folder = partsOf(target).slice(0, -1);
  const end = partsOf([...folder, other].join('/'));
  let shared = 0;
  while (shared < folder.length && folder[shared] === end[shared]) shared++;
  return [folder.slice(0, shared)];
}

/** Without what lies in another one. */
function outermost(wanted: readonly Wanted[]): readonly Wanted[] {
  return wanted.filter((each, index) =>
    wanted.every((other, at) => {
      const inside = index !== at && startsWith(each.parts, other.parts);
      return !inside || (other.parts.length === each.parts.length && at > index);
    }),
  );
}

/** From the guest's root, `..` resolved as far as the text goes. */
function partsOf(path: string): readonly string[] {
  const form = guestForm(path.replace(/^\/+/, ''));
  return form === '.' ? [] : form.split('/');
}

/** What a guest path stands for: in a folder that is granted already, in the working folder, or on the whole disk. */
function locate(parts: readonly string[], absolute: boolean, context: RemedyContext): Wanted {
  const { folder, probe } = context;
  const known = mapped(parts, context);
  if (known) return nearestGrantable(parts, known, context);
  const local = probe.resolve(folder, parts.join('/') || '.');
  const elsewhere = probe.resolve('/', parts.join('/'));
  if (parts[0] === '..' || probe.kind(local) !== undefined) return nearestGrantable(parts, local, context);
  // What C libraries hand on may have lost its "/": then only a path that exists as a whole counts.
  const elsewhereFits = absolute
    ? existing(elsewhere, context) > existing(local, context) - existing(folder, context)
    : probe.kind(elsewhere) !== undefined;
  return nearestGrantable(parts, elsewhereFits ? elsewhere : local, context);
}

/** How many parts of a path exist, from the root on. */
function existing(path: string, { probe }: RemedyContext): number {
  let end = probe.kind(path) === undefined ? probe.parent(path) : path;
  while (end !== undefined && probe.kind(end) === undefined) end = probe.parent(end);
  let depth = 0;
  for (let at = end && probe.parent(end); at !== undefined; at = probe.parent(at)) depth++;
  return depth;
}

/** The host path behind a guest path that lies in a grant. */
function mapped(parts: readonly string[], { config, probe }: RemedyContext): string | undefined {
  const grants = [...config.filesystem.read, ...config.filesystem.write];
  let best: PathGrant | undefined;
  for (const grant of grants) {
    const deeper = best === undefined || partsOf(grant.guest).length > partsOf(best.guest).length;
    if (deeper && startsWith(parts, partsOf(grant.guest))) best = grant;
  }
  if (best === undefined) return undefined;
  const rest = parts.slice(partsOf(best.guest).length);
  return rest.length === 0 ? best.host : probe.resolve(best.host, rest.join('/'));
}

/** A grant needs the folder around it to exist: of a path into nowhere, the first missing part is granted. */
function nearestGrantable(parts: readonly string[], host: string, { probe }: RemedyContext): Wanted {
  let [names, path] = [parts, host];
  for (;;) {
    const around = probe.parent(path);
    if (
      names.length <= 1 ||
      around === undefined ||
      probe.kind(path) !== undefined ||
      probe.kind(around) === 'directory'
    ) {
      return { parts: names, host: path };
    }
    [names, path] = [names.slice(0, -1), around];
  }
}

function grant({ parts, host, byLink }: Wanted, access: Access, context: RemedyContext): SettingChange[] {
  if (!byLink && isGranted(access, parts, context)) return [];
  const text = shortest(host, parts, context);
  const plain = partsOf(text).join('/') === parts.join('/');
  const guest = parts[0] === '..' ? parts.join('/') : `/${parts.join('/')}`;
  return [{ path: ['filesystem', access], kind: 'append', value: plain ? text : { host: text, guest } }];
}

function isGranted(access: Access, parts: readonly string[], { config }: RemedyContext): boolean {
  return config.filesystem[access].some((each) => startsWith(parts, partsOf(each.guest)));
}

/** As it would be written: relative to the folder of the `sandbox.json`, when it lies in it or the guest asked for `../`. */
function shortest(host: string, parts: readonly string[], { folder, probe }: RemedyContext): string {
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

function startsWith(parts: readonly string[], start: readonly string[]): boolean {
  return start.every((part, index) => parts[index] === part);
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
