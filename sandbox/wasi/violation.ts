/** A refused host call as data, and as the sentence that people read. */
import { formatSize } from '../config/units.ts';

/** A host call that policy or containment refused, as the host saw it: symbols are added by the debugger. */
export interface HostViolation {
  /** WASI function: `path_open`. */
  readonly operation: string;
  /** What it was about: a guest path, a variable's name, `host:port`. */
  readonly target: string;
  /** The capability that would be needed: `filesystem.read`. */
  readonly required: string;
  /** What was granted of that kind, as text. */
  readonly available: readonly string[];
  readonly decision: 'denied';
  /** WASI errno name: `ACCES` for policy, `NOTCAPABLE` for containment. A guest without any file grant gets NOTCAPABLE for both. */
  readonly errno: string;
  /** The other path of a call with two: where a file was to be moved to, what a link was to point to. */
  readonly other?: string;
  /** How a NOTCAPABLE path leads out: it starts with `/` where WASI wants a relative one, by `..`, by a link. */
  readonly way?: 'absolute' | 'parent' | 'link';
  /** What a quota would have to be, in its unit. */
  readonly needed?: number;
}

/**
 * One sentence or two: what was refused, why, and what is granted of that kind. `place`: where in the source, to be put
 * into the sentence: `at main.c:12:5 in load`.
 */
export function refusalText(violation: HostViolation, place = ''): string {
  const { operation, target, required, available, errno, way } = violation;
  const [room = ''] = required.split('.');
  const what = `${operation} of ${JSON.stringify(target)}${place === '' ? '' : ` ${place}`} was refused`;
  const limit = available[0];
  if (room !== required && /^max/.test(required.slice(room.length + 1))) {
    return `${what}: "${required}" in sandbox.json allows ${amount(required, limit)}.`;
  }
  const granted = available.length === 0 ? 'Nothing of that kind is granted.' : `Available: ${available.join(', ')}.`;
  if (errno !== 'NOTCAPABLE') return `${what}: sandbox.json grants no "${required}" for it. ${granted}`;
  return `${what}: ${WAYS[way ?? 'parent']} ${granted}`;
}

const WAYS: Readonly<Record<NonNullable<HostViolation['way']>, string>> = {
  absolute: 'WASI takes no path that starts with "/". Name it from a pre-opened folder.',
  parent: 'it leads out of what the program can see.',
  link: 'a link leads out of what is granted.',
};

function amount(required: string, limit: string | undefined): string {
  return required === 'filesystem.maxFileSize' || required.endsWith('.maxTotalWritten') || required.endsWith('Size')
    ? formatSize(Number(limit))
    : (limit ?? 'less');
}

/** Violations of one run that anybody lists: a guest may be refused a million times, and the first ones tell what is wrong. More are only counted. */
export const MOST_VIOLATIONS = 1000;
