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

/** What a sentence about a refusal says beside the facts. */
export interface RefusalWords {
  /** Where in the source: `at main.c:12:5 in load`. */
  readonly place?: string;
  /** Another file than `sandbox.json` would refuse it. */
  readonly wouldBeBy?: string;
}

/** What was refused, why, and what is granted of that kind. What to do about it is not in it. */
export function refusalText(violation: HostViolation, { place = '', wouldBeBy }: RefusalWords = {}): string {
  const { operation, target, required, available, errno, way } = violation;
  const verb = wouldBeBy === undefined ? 'was' : 'would be';
  const file = wouldBeBy ?? 'sandbox.json';
  const what = `${operation} of ${JSON.stringify(target)}${place === '' ? '' : ` ${place}`} ${verb} refused`;
  if (/\.max[A-Z]/.test(required)) return `${what}: "${required}" in ${file} allows ${amount(required, available[0])}.`;
  const granted = available.length === 0 ? 'Nothing of that kind is granted.' : `Available: ${listed(available)}.`;
  if (errno !== 'NOTCAPABLE') return `${what}: ${file} grants no "${required}" for it. ${granted}`;
  return `${what}: ${WAYS[way ?? 'parent']} ${granted}`;
}

/** More names than these help nobody. */
const MOST_LISTED = 8;

function listed(names: readonly string[]): string {
  const more = names.length - MOST_LISTED;
  return names.slice(0, MOST_LISTED).join(', ') + (more > 0 ? `, … ${more} more` : '');
}

const WAYS: Readonly<Record<NonNullable<HostViolation['way']>, string>> = {
  absolute: 'WASI takes no path that starts with "/". Name it from a pre-opened folder.',
  parent: 'it leads out of what the program can see.',
  link: 'a link leads out of what is granted.',
};

function amount(required: string, limit = 'less'): string {
  return /Size$|Written$/.test(required) ? formatSize(Number(limit)) : limit;
}

/** Violations of one run that anybody lists: a guest may be refused a million times, and the first ones tell what is wrong. More are only counted. */
export const MOST_VIOLATIONS = 1000;
