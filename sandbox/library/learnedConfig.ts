/** Writes what a watched run needed as a `sandbox.json`: grants with their reasons, and limits only where the usual ones would not do. */
import path from 'node:path';
import { hostPaths } from '../compile/pathProbe.ts';
import type { PathGrant, SandboxConfig } from '../config/config.ts';
import { guestPath, hostBehind, type WrittenGrant, writtenGrant } from '../config/guestPaths.ts';
import { nextLimit } from '../config/limitRemedy.ts';
import { defaultConfig } from '../config/loadConfig.ts';
import { printable } from '../wasm/printable.ts';
import { type Access, type LearnedGrant, learnGrants } from './learnedGrants.ts';
import { place, refusalPlace, shortPath } from './messages.ts';
import type { ReportedDecision, RunReport } from './report.ts';

export interface LearnedConfig {
  /** Of the `sandbox.json`, with comments. */
  readonly text: string;
  /** The same as data. */
  readonly config: Readonly<Record<string, unknown>>;
}

export interface LearnedRun {
  readonly decisions: readonly ReportedDecision[];
  readonly report: RunReport;
  /** What it ran with. */
  readonly config: SandboxConfig;
  /** What it would have run with. */
  readonly before: SandboxConfig;
  readonly folder: string;
  readonly file: string;
}

export function writeLearned(run: LearnedRun): LearnedConfig {
  const settings = [...limitsOf(run), ...filesOf(run), ...networkOf(run), ...namesOf(run), ...choicesOf(run)];
  const lines = new Tree();
  for (const setting of settings) lines.add(setting);
  return { text: `${header(run)}${lines.text()}\n`, config: lines.data() };
}

/** One line of the file. `item`: of the list at that path. */
interface Setting {
  readonly path: readonly [string] | readonly [string, string];
  readonly item: boolean;
  readonly value: unknown;
  readonly why: string;
}

const MOST_REFUSED = 20;

function header(run: LearnedRun): string {
  const { file, report, folder } = run;
  const outside = run.decisions.filter((decision) => isOutside(decision, run));
  const refused = [...report.violations, ...outside].map((each) => {
    const what = `${each.operation} of ${JSON.stringify(each.target)} ${refusalPlace(each)}`.trimEnd();
    return `// Not granted, as it lies elsewhere: ${what}.`;
  });
  const more = report.violationCount - report.violations.length;
  const end =
    report.outcome.kind === 'exited' ? [] : ['// That run did not come to its own end, so this may not be all.'];
  return [
    `// What one run of ${JSON.stringify(shortPath(file))} needed. Paths are relative to ${JSON.stringify(folder)}.`,
    ...end,
    // A name in it must not end the comment.
    ...new Set(refused.slice(0, MOST_REFUSED).map(printable)),
    ...(more > 0 || refused.length > MOST_REFUSED ? ['// … and more that was refused.'] : []),
    '',
  ].join('\n');
}

/**
 * A path from the root of the disk, which is not that of the program: it found nothing. Granted is only what lies in
 * the folder, and this would not be the same run if it were found.
 */
function isOutside({ use, target }: ReportedDecision, { config, folder }: LearnedRun): boolean {
  const [first] = guestPath(target);
  if (use === undefined || !target.startsWith('/') || first === undefined || first === '..') return false;
  if (first === 'tmp' && config.filesystem.temp) return false;
  if (hostBehind([first], elsewhere(config, folder), hostPaths) !== undefined) return false;
  return hostPaths.kind(path.join(folder, first)) === undefined && hostPaths.kind(target) !== undefined;
}

function elsewhere({ filesystem }: SandboxConfig, folder: string): readonly PathGrant[] {
  return [...filesystem.read, ...filesystem.write].filter(({ host }) => host !== folder);
}

function filesOf(run: LearnedRun): readonly Setting[] {
  const { decisions, config, folder, file } = run;
  const { read, write, temp } = config.filesystem;
  const files = decisions.filter((decision) => decision.use !== undefined && !isOutside(decision, run));
  const learned = learnGrants(files, { granted: [...read, ...write], temp, probe: hostPaths });
  const listed = (access: Access) =>
    learned.grants.filter((grant) => grant.access === access).map((grant) => fileSetting(grant, folder, file));
  const temporary: Setting = { path: ['filesystem', 'temp'], item: false, value: true, why: 'it uses /tmp' };
  return [...listed('read'), ...listed('write'), ...(learned.temp ? [temporary] : [])];
}

function fileSetting(grant: LearnedGrant, folder: string, file: string): Setting {
  const value: WrittenGrant = writtenGrant(grant, folder, hostPaths);
  return { path: ['filesystem', grant.access], item: true, value, why: reason(grant.reason, file) };
}

function reason({ operation, function: name, location }: ReportedDecision, file: string): string {
  const where = location === null ? shortPath(file) : place(location);
  return `${operation} in ${name === '' ? 'the program' : name}, ${where}`;
}

function networkOf({ decisions, file }: LearnedRun): readonly Setting[] {
  return decisions
    .filter(({ required }) => required === 'network.allow')
    .map((decision) => ({
      path: ['network', 'allow'] as const,
      item: true,
      value: decision.target,
      why: reason(decision, file),
    }));
}

function namesOf({ decisions, file }: LearnedRun): readonly Setting[] {
  return decisions
    .filter(({ required }) => required === 'env')
    .map((decision) => ({ path: ['env'] as const, item: true, value: decision.target, why: reason(decision, file) }));
}

/** A quarter more than was used, as runs differ, and then the next round value. */
const HEADROOM = 1.25;

function limitsOf({ decisions, report }: LearnedRun): readonly Setting[] {
  const usual = defaultConfig({ folder: '/', probe: hostPaths });
  const { usage } = report;
  const most = (required: string) =>
    Math.max(0, ...decisions.filter((each) => each.required === required).map(({ needed = 0 }) => needed));
  const exhausted = report.outcome.kind === 'exhausted' ? report.outcome.exhausted : undefined;
  const used = (kind: string, value: number) => (exhausted?.kind === kind ? Math.max(value, exhausted.used) : value);
  const limits: readonly [readonly [string] | readonly [string, string], number, number][] = [
    [['memory'], used('memory', usage.memory), usual.memory],
    [['timeout'], used('timeout', usage.time), usual.timeout],
    [['maxCallDepth'], used('maxCallDepth', 0), usual.maxCallDepth],
    [['maxOutput'], usage.outputBytes, usual.maxOutput],
    [['filesystem', 'maxFileSize'], most('filesystem.maxFileSize'), usual.filesystem.maxFileSize],
    [['filesystem', 'maxTotalWritten'], most('filesystem.maxTotalWritten'), usual.filesystem.maxTotalWritten],
    [['filesystem', 'maxOpenFiles'], most('filesystem.maxOpenFiles'), usual.filesystem.maxOpenFiles],
  ];
  return limits.flatMap(([path, value, limit]) => {
    const enough = value > limit ? nextLimit(path, value * HEADROOM, limit) : undefined;
    return enough === undefined ? [] : [{ path, item: false, value: enough, why: `${Math.ceil(value)} were used` }];
  });
}

/** What grants nothing, and the same run is not the same without. */
function choicesOf({ before, folder }: LearnedRun): readonly Setting[] {
  const usual = defaultConfig({ folder: '/', probe: hostPaths });
  const kept = (['clock', 'random', 'wasi', 'toolchain'] as const)
    .filter((key) => before[key] !== usual[key])
    .map((key): Setting => ({ path: [key], item: false, value: before[key], why: '' }));
  const sources = before.sources.map((host): Setting => {
    const value = writtenGrant({ parts: [], host }, folder, hostPaths);
    return { path: ['sources'], item: true, value: typeof value === 'string' ? value : value.host, why: '' };
  });
  return [...kept, ...sources];
}

/** Settings in the order of their first line, at most one level deep, as text and as data. */
class Tree {
  readonly #settings = new Map<string, Setting[]>();

  add(setting: Setting): void {
    const key = setting.path.join('.');
    const before = this.#settings.get(key) ?? [];
    this.#settings.set(key, before);
    if (!before.some(({ value }) => JSON.stringify(value) === JSON.stringify(setting.value))) before.push(setting);
  }

  data(): Record<string, unknown> {
    const data: Record<string, unknown> = {};
    for (const [first, rest] of this.#groups()) {
      const [whole] = rest;
      if (whole?.key === undefined) data[first] = whole && plainValue(whole.settings);
      else data[first] = Object.fromEntries(rest.map(({ key, settings }) => [key, plainValue(settings)]));
    }
    return data;
  }

  text(): string {
    const entries = [...this.#groups()].map(([first, rest]) => {
      const [whole] = rest;
      if (whole?.key === undefined) return written(first, whole?.settings ?? [], '  ');
      const inner = rest.map(({ key, settings }) => written(key ?? '', settings, '    '));
      return { text: `  ${JSON.stringify(first)}: {\n${joined(inner)}\n  }`, why: '' };
    });
    return entries.length === 0 ? '{}' : `{\n${joined(entries)}\n}`;
  }

  #groups(): ReadonlyMap<string, readonly { key: string | undefined; settings: readonly Setting[] }[]> {
    const groups = new Map<string, { key: string | undefined; settings: readonly Setting[] }[]>();
    for (const settings of this.#settings.values()) {
      const [first = '', key] = settings[0]?.path ?? [''];
      groups.set(first, [...(groups.get(first) ?? []), { key, settings }]);
    }
    return groups;
  }
}

function plainValue(settings: readonly Setting[]): unknown {
  return settings[0]?.item ? settings.map(({ value }) => value) : settings[0]?.value;
}

/** Text without what separates it from the next entry; `why` goes behind that. */
interface Entry {
  readonly text: string;
  readonly why: string;
}

function written(key: string, settings: readonly Setting[], indent: string): Entry {
  const [first] = settings;
  const name = `${indent}${JSON.stringify(key)}: `;
  if (first === undefined || !first.item) {
    return { text: `${name}${JSON.stringify(first?.value ?? null)}`, why: first?.why ?? '' };
  }
  const items = settings.map(({ value, why }) => ({ text: `${indent}  ${flat(value)}`, why }));
  return { text: `${name}[\n${joined(items)}\n${indent}]`, why: '' };
}

function joined(entries: readonly Entry[]): string {
  return entries
    .map(
      ({ text, why }, index) =>
        `${text}${index < entries.length - 1 ? ',' : ''}${why === '' ? '' : ` // ${printable(why)}`}`,
    )
    .join('\n');
}

function flat(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const pairs = Object.entries(value).map(([key, each]) => `${JSON.stringify(key)}: ${JSON.stringify(each)}`);
  return `{ ${pairs.join(', ')} }`;
}
