/** Requests that set breakpoints. They are answered as soon as the program is built; before a launch they stay pending and are told later. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { Breakpoint, BreakpointRules } from '../sandbox/debugger/breakpoints.ts';
import { hitCounts } from '../sandbox/debugger/hitCondition.ts';
import { exceptionFilters } from './capabilities.ts';
import type { Positions } from './positions.ts';
import type { RequestArguments } from './requestArguments.ts';
import type { Session } from './session.ts';

export class BreakpointRequests {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  async setLines(args: RequestArguments): Promise<DebugProtocol.SetBreakpointsResponse['body']> {
    const path = args.record('source').textOr('path') ?? '';
    const { positions } = this.#session;
    const requests = args.records('breakpoints').map((breakpoint) => {
      const column = breakpoint.numberOr('column');
      return {
        line: positions.lineFromClient(breakpoint.number('line')),
        ...(column === undefined ? {} : { column: positions.columnFromClient(column) }),
        rules: rulesOf(breakpoint),
      };
    });
    await this.#session.prepared();
    const set = this.#session.breakpoints.setLines(path, requests);
    this.#session.run?.breakpointsChanged();
    return { breakpoints: set.map((breakpoint) => breakpointToDap(breakpoint, positions)) };
  }

  async setFunctions(args: RequestArguments): Promise<DebugProtocol.SetFunctionBreakpointsResponse['body']> {
    const requests = args
      .records('breakpoints')
      .map((breakpoint) => ({ name: breakpoint.text('name'), rules: rulesOf(breakpoint) }));
    await this.#session.prepared();
    const set = this.#session.breakpoints.setFunctions(requests);
    this.#session.run?.breakpointsChanged();
    return { breakpoints: set.map((breakpoint) => breakpointToDap(breakpoint, this.#session.positions)) };
  }

  setExceptions(args: RequestArguments): DebugProtocol.SetExceptionBreakpointsResponse['body'] {
    const filters = args.texts('filters');
    this.#session.stopAt = {
      traps: filters.includes('traps'),
      limits: filters.includes('limits'),
      violations: filters.includes('violations'),
    };
    this.#session.run?.filtersChanged();
    return { breakpoints: filters.map((filter) => ({ verified: Object.hasOwn(exceptionFilters, filter) })) };
  }

  async locations(args: RequestArguments): Promise<DebugProtocol.BreakpointLocationsResponse['body']> {
    const path = args.record('source').textOr('path') ?? '';
    const { positions } = this.#session;
    const first = positions.lineFromClient(args.number('line'));
    const last = positions.lineFromClient(args.numberOr('endLine') ?? args.number('line'));
    await this.#session.prepared();
    const places = this.#session.statementsIn(path, first, last);
    return {
      breakpoints: places.map(({ line, column }) => ({
        line: positions.lineToClient(line),
        column: positions.columnToClient(column),
      })),
    };
  }
}

/** As in the answer to `setBreakpoints` and in `breakpoint` events. */
export function breakpointToDap({ id, binding, rules }: Breakpoint, positions: Positions): DebugProtocol.Breakpoint {
  switch (binding.kind) {
    case 'pending':
      return { id, verified: false, reason: 'pending', message: 'Waiting for the program to be built.' };
    case 'unbound':
      return { id, verified: false, reason: 'failed', message: binding.reason };
    case 'bound':
      return {
        id,
        verified: true,
        line: positions.lineToClient(binding.line),
        source: { path: binding.path },
        ...complaint(rules),
      };
  }
}

function complaint({ hitCondition }: BreakpointRules): { message?: string } {
  if (hitCondition === undefined || hitCondition.trim() === '' || hitCounts(hitCondition, 1) !== undefined) return {};
  return {
    message: `The hit count "${hitCondition}" is not understood, so every hit stops. Write 5, == 5, >= 5, < 5 or % 5.`,
  };
}

function rulesOf(breakpoint: RequestArguments): BreakpointRules {
  const condition = breakpoint.textOr('condition');
  const hitCondition = breakpoint.textOr('hitCondition');
  const logMessage = breakpoint.textOr('logMessage');
  return {
    ...(condition ? { condition } : {}),
    ...(hitCondition ? { hitCondition } : {}),
    ...(logMessage ? { logMessage } : {}),
  };
}
