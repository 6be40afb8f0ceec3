/** What a person reads about a stop or an end, in one place. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { DebugStop, Why } from '../sandbox/debugger/run.ts';
import type { End, Exhausted } from '../sandbox/guest/protocol.ts';
import type { HostViolation } from '../sandbox/wasi/violation.ts';

/** Body of the `stopped` event, without the thread. */
export function stoppedBody(
  why: Why,
): Pick<DebugProtocol.StoppedEvent['body'], 'reason' | 'description' | 'text' | 'hitBreakpointIds'> {
  switch (why.kind) {
    case 'breakpoint':
      return { reason: 'breakpoint', hitBreakpointIds: [...why.ids] };
    case 'trap':
      return { reason: 'exception', description: `Paused on trap: ${why.trap}`, text: why.trap };
    case 'abort':
      return { reason: 'exception', description: 'Paused on abort', text: why.message };
    case 'limit':
      return { reason: 'exception', description: 'Paused on a limit of the sandbox', text: limitText(why.exhausted) };
    case 'violation':
      return { reason: 'exception', description: 'Paused on a refused host call', text: violationText(why.violation) };
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

function limitText({ kind, used, limit }: Exhausted): string {
  const amount = (value: number) => value.toLocaleString('en-US');
  switch (kind) {
    case 'memory':
      return `It asked for ${amount(used)} bytes of memory; "memory" in sandbox.json allows ${amount(limit)}.`;
    case 'timeout':
      return `It ran for ${amount(Math.round(used))} ms; "timeout" in sandbox.json allows ${amount(limit)}.`;
    case 'fuel':
      return `It executed ${amount(used)} instructions; "fuel" in sandbox.json allows ${amount(limit)}.`;
    case 'maxCallDepth':
      return `Its calls were nested ${amount(used)} deep; "maxCallDepth" in sandbox.json allows ${amount(limit)}.`;
  }
}
