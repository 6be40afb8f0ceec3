/** The sentences that users of the library and the command line read: what happened, where, what to do. */
import path from 'node:path';
import type { Diagnostic } from '../compile/artifact.ts';
import type { ConfigProblem } from '../config/problem.ts';
import { formatDuration, formatSize } from '../config/units.ts';
import type { Exhausted } from '../guest/protocol.ts';
import { refusalText } from '../wasi/violation.ts';
import type { Outcome, ReportedLimit, ReportedViolation } from './report.ts';
import { ownLocation, type StackFrame, type StackLocation } from './stack.ts';

/** `main.c:12:5`, with the path as short as the current folder allows. */
export function place({ source, line, column }: StackLocation): string {
  return `${shortPath(source)}:${line}:${column}`;
}

export function shortPath(file: string): string {
  const relative = path.relative(process.cwd(), file);
  return relative !== '' && !relative.startsWith('..') && !path.isAbsolute(relative) ? relative : file;
}

/** `where:line:column: error: sentence` for each problem of a configuration's text. */
export function configProblems(problems: readonly ConfigProblem[], where: string, text: string): readonly string[] {
  return problems.map(({ range, severity, message }) => {
    const before = text.slice(0, range.offset).split('\n');
    const position = where.endsWith('.json') ? `:${before.length}:${(before.at(-1)?.length ?? 0) + 1}` : '';
    const start = where === '' ? '' : `${shortPath(where)}${position}: `;
    return `${start}${severity}: ${message}`;
  });
}

/** `main.c:12:5: error: sentence`, as compilers print it. */
export function diagnosticLine({ file, line, column, severity, message }: Diagnostic): string {
  return `${shortPath(file)}:${line + 1}:${column + 1}: ${severity}: ${message}`;
}

/** One sentence for the end of a run that was not an exit. */
export function outcomeMessage(outcome: Exclude<Outcome, { kind: 'exited' }>): string {
  switch (outcome.kind) {
    case 'trapped':
      return `trap: ${placed(outcome.message, at(outcome.frames))}`;
    case 'exhausted':
      return `limit reached: ${limitMessage(outcome.exhausted, at(outcome.frames))}${trapAfter(outcome)}`;
    case 'killed':
      return 'The program was ended from outside.';
    case 'refused':
    case 'crashed':
      return outcome.message;
  }
}

/** What was denied, where, and how to grant it. */
export function violationMessage(violation: ReportedViolation): string {
  const { remedy, required } = violation;
  const todo = remedy === undefined ? '' : ` ${remedy.title}${OPTIONS[required] ?? ''}.`;
  return refusalText(violation, { place: refusalPlace(violation) }) + todo;
}

/** `at main.c:12:5 in load`; empty when nothing is known. */
export function refusalPlace({ function: name, location }: Pick<ReportedViolation, 'function' | 'location'>): string {
  const inside = name === '' ? '' : `in ${name}`;
  return location === null ? inside : `at ${place(location)} ${inside}`.trimEnd();
}

/** What can be passed instead. */
const OPTIONS: Readonly<Record<string, string>> = {
  'filesystem.read': ', or pass --read',
  'filesystem.write': ', or pass --write',
  env: ', or pass --env',
};

/** The stack as lines to be indented under a message; the toolchain's own functions only where nothing else is known. */
export function stackLines(frames: readonly StackFrame[]): readonly string[] {
  const own = frames.filter(({ library }) => !library);
  const shown = own.length > 0 ? own : frames;
  const lines = folded(
    shown.map(({ function: name, location }) => (location ? `at ${name} (${place(location)})` : `at ${name}`)),
  );
  const untold = lines.length - MOST_LINES;
  return untold > 0 ? [...lines.slice(0, MOST_LINES), `… ${untold} more`] : lines;
}

const MOST_LINES = 12;

/** A recursion is one line that says how often. */
function folded(lines: readonly string[]): readonly string[] {
  const runs: { readonly line: string; count: number }[] = [];
  for (const line of lines) {
    const last = runs.at(-1);
    if (last?.line === line) last.count++;
    else runs.push({ line, count: 1 });
  }
  return runs.map(({ line, count: times }) => (times > 1 ? `${line} × ${times}` : line));
}

/** The place belongs to the first sentence; what follows is advice. */
function placed(message: string, where: string): string {
  const end = message.indexOf('. ');
  return end < 0 ? `${message}${where}` : `${message.slice(0, end)}${where}${message.slice(end)}.`;
}

/** The program went on without what it was refused, and did not get far. */
function trapAfter({ trap }: Extract<Outcome, { kind: 'exhausted' }>): string {
  return trap ? ` It then trapped (${trap.message})${at(trap.frames)}.` : '';
}

function at(frames: readonly StackFrame[]): string {
  const own = ownLocation(frames);
  if (own?.location) return ` at ${place(own.location)} in ${own.function}`;
  return frames[0] ? ` in ${frames[0].function}` : '';
}

/** A growth of memory that was refused, and the program went on. */
export function survivedMessage({ exhausted, stack }: ReportedLimit): string {
  return `limit reached: ${limitMessage(exhausted, at(stack))} The program was told (the growth answered -1) and went on.`;
}

function limitMessage(exhausted: Exhausted, where: string): string {
  const { kind, used, limit } = exhausted;
  switch (kind) {
    case 'memory':
      return memoryMessage(exhausted, where);
    case 'timeout':
      return `the program ran for ${formatDuration(limit)}${where || UNKNOWN_PLACE}. ${raise(kind)}`;
    case 'fuel':
      return `${count(used)} of ${count(limit)} instructions were executed${where}. ${raise(kind)}`;
    case 'maxCallDepth':
      return `more than ${count(limit)} nested calls${where}. Look for endless recursion, or raise "maxCallDepth" in sandbox.json.`;
    case 'maxOutput':
      return `more than ${formatSize(limit)} of output${where}. Look for an endless loop that prints, or raise "maxOutput" in sandbox.json.`;
  }
}

/** It had to be ended from outside. */
const UNKNOWN_PLACE = ', in the end without answering: in a host call, or in one instruction that takes long';

function memoryMessage({ used, limit, of, by }: Exhausted, where: string): string {
  const asked = of === 'table' ? `a table that needs ${formatSize(used)}` : `${formatSize(used)} of memory`;
  if (by === 'machine') return `this machine could not give the program ${asked}${where}. Close other programs.`;
  return `the program asked for ${asked}, and "memory" allows ${formatSize(limit)}${where}. ${raise('memory')}`;
}

function raise(kind: string): string {
  return `Raise "${kind}" in sandbox.json, or pass --${kind}.`;
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
