/**
 * The fewest and narrowest grants of files that let a run pass which was watched: files by themselves, folders where their
 * names were listed, where they were made, or where many of their files were used.
 */
import type { PathGrant } from '../config/config.ts';
import {
  type GuestPath,
  guestPath,
  hostBehind,
  isWithin,
  type LocatedPath,
  nearestGrantable,
} from '../config/guestPaths.ts';
import type { PathProbe } from '../config/pathProbe.ts';
import type { ReportedDecision } from './report.ts';

export type Access = 'read' | 'write';

export interface LearnedGrant extends LocatedPath {
  readonly access: Access;
  /** What was first done with it. */
  readonly reason: ReportedDecision;
}

export interface LearnedFiles {
  readonly grants: readonly LearnedGrant[];
  readonly temp: boolean;
}

/** What the watched run was granted. */
export interface WatchedRun {
  readonly granted: readonly PathGrant[];
  /** The guest's `/tmp` was a folder of its own. */
  readonly temp: boolean;
  readonly probe: PathProbe;
}

/** So many files of one folder, used in the same way, are granted as the folder. Never the guest's root. */
const MANY_FILES = 4;

interface Need {
  readonly access: Access;
  readonly parts: GuestPath;
  readonly reason: ReportedDecision;
}

/** `decisions`: about files, in the order of the run. */
export function learnGrants(decisions: readonly ReportedDecision[], run: WatchedRun): LearnedFiles {
  const inTemp = ({ target }: ReportedDecision) => run.temp && guestPath(target)[0] === 'tmp';
  const files = decisions.filter((decision) => !inTemp(decision));
  const made = files.filter(({ use }) => use === 'make').map(({ target }) => guestPath(target));
  const strong = [...files.flatMap((decision) => needsOf(decision)), ...sameRights(files)];
  const exact = strong.map((need) => ({ ...need, parts: outermostMade(need.parts, made) }));
  const folders = outermost(withFolders(exact.map((need) => grantable(need, run))));
  // Inner paths first: a grant of one shows the folders on the way to it.
  const seen = files.filter(({ use }) => use === 'see' || use === 'open').sort((a, b) => depthOf(b) - depthOf(a));
  const grants = outermost(seen.reduce((found, decision) => withSight(found, decision, run), folders));
  const located = grants.map((need) => ({ ...need, host: hostOf(need.parts, run) }));
  return { grants: located, temp: decisions.some(inTemp) };
}

/** What must be granted for a use; to be seen, a path need only lie on the way to a grant. */
function needsOf(decision: ReportedDecision): readonly Need[] {
  const { use, required, target, asked, other = '' } = decision;
  const access = required === 'filesystem.write' ? 'write' : 'read';
  const parts = guestPath(asked ?? target);
  switch (use) {
    case 'see':
    case 'open':
      return [];
    // A granted folder cannot itself be removed or moved.
    case 'remove':
      return [{ access, parts: parts.slice(0, -1), reason: decision }];
    // A link may only point to what its own grant holds.
    case 'link':
      return [
        {
          access,
          parts: shared(parts.slice(0, -1), guestPath([...parts.slice(0, -1), other].join('/'))),
          reason: decision,
        },
      ];
    default:
      return [{ access, parts, reason: decision }];
  }
}

/** Both ends of a move need the same rights: where one is read at some time, the other is granted for reading too. */
function sameRights(decisions: readonly ReportedDecision[]): readonly Need[] {
  const read = decisions.filter(
    ({ required, use }) => required === 'filesystem.read' && use !== 'see' && use !== 'open',
  );
  const isRead = (parts: GuestPath) => read.some(({ target }) => isWithin(parts, guestPath(target)));
  return decisions
    .filter(({ operation, other }) => MOVES.has(operation) && other !== undefined)
    .flatMap((reason) => {
      const ends = [guestPath(reason.target), guestPath(reason.other ?? '')];
      return ends.some(isRead) ? ends.map((parts) => ({ access: 'read' as const, parts, reason })) : [];
    });
}

const MOVES = new Set(['path_rename', 'path_link']);

/** Whatever is in a folder that the run made is granted with it: the next run makes it again. */
function outermostMade(parts: GuestPath, made: readonly GuestPath[]): GuestPath {
  const around = made.filter((folder) => isWithin(parts, folder));
  return around.reduce((best, folder) => (folder.length < best.length ? folder : best), parts);
}

function grantable(need: Need, run: WatchedRun): Need {
  return { ...need, parts: nearestGrantable({ parts: need.parts, host: hostOf(need.parts, run) }, run.probe).parts };
}

function withFolders(needs: readonly Need[]): readonly Need[] {
  const files = new Map<string, Set<string>>();
  for (const { access, parts } of needs) {
    const folder = folderKey(access, parts);
    files.set(folder, (files.get(folder) ?? new Set()).add(parts.join('/')));
  }
  return needs.map((need) => {
    const many = (files.get(folderKey(need.access, need.parts))?.size ?? 0) >= MANY_FILES;
    return many && need.parts.length > 1 ? { ...need, parts: need.parts.slice(0, -1) } : need;
  });
}

function folderKey(access: Access, parts: GuestPath): string {
  return `${access} ${parts.slice(0, -1).join('/')}`;
}

/** Each once, without what lies in another one. */
function outermost(needs: readonly Need[]): readonly Need[] {
  return needs.filter((need, index) =>
    needs.every((other, at) => {
      if (at === index || other.access !== need.access || !isWithin(need.parts, other.parts)) return true;
      return other.parts.length === need.parts.length && at > index;
    }),
  );
}

/** A grant for what was only looked at, where no other grant shows it. */
function withSight(needs: readonly Need[], decision: ReportedDecision, run: WatchedRun): readonly Need[] {
  const parts = guestPath(decision.asked ?? decision.target);
  if (parts.length === 0) return needs;
  const covering = needs.filter((need) => isWithin(parts, need.parts));
  const onTheWay = covering.length === 0 && needs.some((need) => isWithin(need.parts, parts));
  // A folder that may only be written to cannot be opened.
  const shown = decision.use === 'open' ? covering.some(({ access }) => access === 'read') : covering.length > 0;
  if (shown || onTheWay) return needs;
  return [...needs, grantable({ access: 'read', parts, reason: decision }, run)];
}

function depthOf({ asked, target }: ReportedDecision): number {
  return guestPath(asked ?? target).length;
}

function hostOf(parts: GuestPath, { granted, probe }: WatchedRun): string {
  return hostBehind(parts, granted, probe) ?? probe.resolve('/', parts.join('/'));
}

function shared(one: GuestPath, other: GuestPath): GuestPath {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length++;
  return one.slice(0, length);
}
