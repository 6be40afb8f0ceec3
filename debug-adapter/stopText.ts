/** What a person reads about a stop or an end, in one place. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { DebugStop, Why } from '../sandbox/debugger/run.ts';
import type { End, Exhausted } from '../sandbox/guest/protocol.ts';
import type { HostViolation } from '../sandbox/wasi/violation.ts';
import type { StoppedAddition } from './events.ts';

type StoppedBody = Pick<DebugProtocol.StoppedEvent['body'], 'reason' | 'description' | 'text' | 'hitBreakpointIds'>;

/** Body of the `stopped` event, without the thread and the moment. */
export function stoppedBody(why: Why): StoppedBody & Pick<StoppedAddition, 'cause'> {
  const exception = (description: string, text: string) => ({ reason: 'exception', description, text });
  switch (why.kind) {
    case 'breakpoint':
      return { reason: 'breakpoint', hitBreakpointIds: [...why.ids] };
    case 'trap':
      return { ...exception(`Paused on trap: ${why.trap}`, why.trap), cause: 'trap' };
    case 'abort':
      return { ...exception('Paused on abort', why.message), cause: 'abort' };
    case 'limit':
      return { ...exception('Paused on a limit of the sandbox', limitText(why.exhausted)), cause: 'limit' };
    case 'violation':
      return { ...exception('Paused on a refused host call', violationText(why.violation)), cause: 'violation' };
    default:
      return { reason: why.kind };
  }
}

export function exceptionOf({ why }: DebugStop): DebugProtocol.ExceptionInfoResponse['body'] {
  switch (why.kind) {
    case 'trap':
      return { exceptionId: why.trap, description: why.message, breakMode: 'always' };
    case 'abort':
      return { exceptionId: 'abort', description: why.message, breakMode: 'always' };
    case 'limit':
      return {
        exceptionId: `limit: ${why.exhausted.kind}`,
        description: limitText(why.exhausted),
        breakMode: 'always',
      };
    case 'violation':
      return {
        exceptionId: `violation: ${why.violation.required}`,
        description: violationText(why.violation),
        breakMode: 'always',
      };
    default:
      return { exceptionId: why.kind, description: 'The program did not stop on an exception.', breakMode: 'never' };
  }
}

/** The last line of a session in the debug console, and the exit code that a shell would see. */
export function endText(end: End): { readonly text: string; readonly exitCode: number } {
  switch (end.kind) {
    case 'exited': {
      const results = end.results.length > 0 ? ` and returned ${end.results.join(', ')}` : '';
      return { text: `The program exited with code ${end.code}${results}.`, exitCode: end.code };
    }
    case 'trapped':
      return { text: `The program trapped: ${end.message || end.trap}.`, exitCode: 134 };
    case 'exhausted':
      return { text: `The program was ended. ${limitText(end.exhausted)}`, exitCode: 137 };
    case 'killed':
      return { text: 'The program was ended by the debugger.', exitCode: 137 };
    case 'refused':
      return { text: `The program could not be started: ${end.message}`, exitCode: 2 };
    case 'crashed':
      return {
        text: `The guest's process died: ${end.message}. Your editor and the debugger are not affected; you can start again.`,
        exitCode: 134,
      };
  }
}

/** One sentence: what was refused, what it would need, what there is. */
export function violationText({ operation, target, required, available }: HostViolation): string {
  const granted = available.length > 0 ? available.join(', ') : 'nothing';
  return `Refused: ${operation} ${target} needs ${required}; granted: ${granted}.`;
}

/** What a person reads when a limit of the configuration is reached: what happened, and which limit it was. */
export function limitText({ kind, used, limit, of, by }: Exhausted): string {
  const amount = (value: number) => Math.round(value).toLocaleString('en-US');
  const allows = `"${kind}" in sandbox.json allows ${amount(limit)}.`;
  switch (kind) {
    case 'memory': {
      const asked = `It asked for ${amount(used)} bytes of memory${of === 'table' ? ' for a table' : ''}`;
      return by === 'machine' ? `${asked}, which this machine does not have.` : `${asked}; ${allows}`;
    }
    case 'timeout':
      return `It ran for ${amount(used)} ms; ${allows}`;
    case 'fuel':
      return `It executed ${amount(used)} instructions; ${allows}`;
    case 'maxCallDepth':
      return `Its calls were nested ${amount(used)} deep; ${allows}`;
    case 'maxOutput':
      return `It wrote ${amount(used)} bytes to its standard output and error; ${allows}`;
  }
}
