/**
 * What to call, in which order: settled before the guest starts, so that a wrong name or argument is refused with a
 * sentence instead of failing half-way.
 */
import type { FunctionType, Module } from '../../wasm/module.ts';
import { printableName } from '../../wasm/printable.ts';
import type { GuestOptions } from '../protocol.ts';
import { callArguments } from './callArguments.ts';

export interface Call {
  readonly function: string;
  readonly arguments: readonly (number | bigint)[];
}

export type EntryPlan = { readonly kind: 'calls'; readonly calls: readonly Call[] } | Refusal;

export interface Refusal {
  readonly kind: 'refused';
  readonly message: string;
}

type Entry = GuestOptions['entry'];

/** `module` is the one that will run: its own exports keep their names and types when it is instrumented. */
export function planEntry(module: Module, entry: Entry): EntryPlan {
  if (entry.kind === 'call') return planCall(module, entry);
  if (signatureOf(module, '_start') !== undefined)
    return { kind: 'calls', calls: [{ function: '_start', arguments: [] }] };
  return refused(`The module exports no _start: it is no program that runs by itself. ${callable(module)}`);
}

function planCall(module: Module, entry: Extract<Entry, { kind: 'call' }>): EntryPlan {
  const type = signatureOf(module, entry.function);
  if (type === undefined) return refused(`The module exports no function ${entry.function}. ${callable(module)}`);
  const converted = callArguments(entry.function, type.params, entry.arguments);
  if (converted.kind === 'refused') return converted;
  const initialize = entry.initialize ?? '_initialize';
  const initializer = signatureOf(module, initialize);
  if (initializer === undefined && entry.initialize !== undefined)
    return refused(`The module exports no function ${initialize} to initialise it. ${callable(module)}`);
  if (initializer !== undefined && initializer.params.length > 0)
    return refused(`${initialize} takes ${initializer.params.length} arguments: it cannot initialise the module.`);
  const call = { function: entry.function, arguments: converted.values };
  const first = { function: initialize, arguments: [] };
  return { kind: 'calls', calls: initializer === undefined || initialize === entry.function ? [call] : [first, call] };
}

function signatureOf(module: Module, name: string): FunctionType | undefined {
  const found = module.exports.find((candidate) => candidate.kind === 'function' && candidate.name === name);
  const fn = found && module.functions[found.index];
  return fn && { kind: 'func', params: fn.params, results: fn.results };
}

/** Exports of instrumentation are no business of the user's. */
const OURS = /^__ws_/;
const SHOWN = 12;
const LONGEST = 100;

function callable(module: Module): string {
  const names = module.exports
    .filter((entry) => entry.kind === 'function' && !OURS.test(entry.name) && entry.name !== '_initialize')
    .map((entry) => entry.name);
  if (names.length === 0) return 'It exports no function that could be called.';
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '';
  return `Functions that can be called: ${names
    .slice(0, SHOWN)
    .map((name) => printableName(name, LONGEST))
    .join(', ')}${more}.`;
}

function refused(message: string): Refusal {
  return { kind: 'refused', message };
}
