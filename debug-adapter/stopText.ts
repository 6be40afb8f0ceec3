/** What a person reads about a stop or an end, in one place. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { DebugStop, Why } from '../sandbox/debugger/debugStop.ts';
import type { End, Exhausted } from '../sandbox/guest/protocol.ts';
import { CATALOGUE, type Coded, codeOf } from '../sandbox/library/catalogue.ts';
import { type HostViolation, refusalText } from '../sandbox/wasi/violation.ts';
import { printable } from '../sandbox/wasm/printable.ts';
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
      return { ...exception('Paused on a limit of the sandbox', limitStopText(why.exhausted)), cause: 'limit' };
    case 'violation':
      return { ...exception('Paused on a refused host call', violationText(why.violation)), cause: 'violation' };
    case 'beginning':
      return { reason: 'entry', description: 'Paused at the beginning of the recording' };
    default:
      return { reason: why.kind };
  }
}

export function exceptionOf({ why }: DebugStop): DebugProtocol.ExceptionInfoResponse['body'] {
  switch (why.kind) {
    case 'trap':
      return fault(why.trap, why.message, codeOf({ kind: 'trapped', trap: why.trap }));
    case 'abort':
      return fault('abort', why.message, codeOf({ kind: 'trapped', trap: 'unreachable' }));
    case 'limit':
      return fault(`limit: ${why.exhausted.kind}`, limitStopText(why.exhausted), codeOf({ ...why, kind: 'exhausted' }));
    case 'violation': {
      const { required, errno } = why.violation;
      const text = `${violationText(why.violation)} Continue, and the program is told ${errno}.`;
      const code = { code: 'SANDBOX_SECURITY_VIOLATION', detail: required } as const;
      return fault(`violation: ${required}`, text, code);
    }
    default:
      return { exceptionId: why.kind, description: 'The program did not stop on an exception.', breakMode: 'never' };
  }
}

/** `details` has the class and the code that the library would give it: `SANDBOX_RESOURCE_EXHAUSTED.memory`. */
function fault(
  exceptionId: string,
  description: string,
  { code, detail }: Coded,
): DebugProtocol.ExceptionInfoResponse['body'] {
  const fullTypeName = detail === undefined ? code : `${code}.${detail}`;
  const typeName = CATALOGUE[code].error ?? code;
  return { exceptionId, description, breakMode: 'always', details: { message: description, typeName, fullTypeName } };
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
      return { text: `The program was ended. ${limitText(end.exhausted)}${trapAfter(end)}`, exitCode: 137 };
    case 'killed':
      return { text: 'The program was ended by the debugger.', exitCode: 137 };
    case 'refused':
      return { text: `The program could not be started: ${end.message}`, exitCode: 2 };
    case 'departed':
      return { text: `The replay cannot go on: ${end.message}`, exitCode: 2 };
    case 'crashed':
      return {
        text: `The guest's process died. ${end.message} Your editor and the debugger are not affected; you can start again.`,
        exitCode: 134,
      };
  }
}

/** What was refused, why, what there is of the kind: as the command line says it too. */
export function violationText(violation: HostViolation): string {
  return printable(refusalText(violation));
}

/** What a person reads when a limit of the configuration is reached: what happened, which limit it was, what to do. */
export function limitText({ kind, used, limit, of, by }: Exhausted): string {
  const amount = (value: number) => Math.round(value).toLocaleString('en-US');
  const allows = `"${kind}" in sandbox.json allows ${amount(limit)}${kind === 'timeout' ? ' ms' : ''}.`;
  switch (kind) {
    case 'memory': {
      const asked = `It asked for ${amount(used)} bytes of memory${of === 'table' ? ' for a table' : ''}`;
      return by === 'machine' ? `${asked}, which this machine does not have.` : `${asked}; ${allows} ${RAISE}`;
    }
    case 'timeout':
      return `It ran for ${amount(used)} ms; ${allows} ${RAISE}`;
    case 'fuel':
      return `It executed ${amount(used)} instructions; ${allows} ${RAISE}`;
    case 'maxCallDepth':
      return `Its calls were nested ${amount(used)} deep; ${allows} Look for endless recursion, or raise the limit there.`;
    case 'maxOutput':
      return `It wrote ${amount(used)} bytes to its standard output and error; ${allows} Look for an endless loop that prints, or raise the limit there.`;
  }
}

const RAISE = 'Raise the limit there if it may have more.';

/** A growth that is refused is all that a program can go on from. */
function limitStopText(exhausted: Exhausted): string {
  const text = limitText(exhausted);
  return exhausted.kind === 'memory' ? `${text} Continue, and the program is told that there is no more (-1).` : text;
}

function trapAfter({ trap }: Extract<End, { kind: 'exhausted' }>): string {
  return trap === undefined ? '' : ` It then trapped: ${trap.message}.`;
}
