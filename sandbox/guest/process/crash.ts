/** What to tell the user when a guest's process died by itself. */
import type { SandboxConfig } from '../../config/config.ts';
import type { End } from '../protocol.ts';
import type { ProcessExit } from './guestProcess.ts';
import { heapFull, heapMegabytes } from './heapLimit.ts';

type Crash = Extract<End, { kind: 'crashed' }>;

/** V8's last words when a thread's heap is full, and when the system gives no more memory at all. */
const HEAP_FULL = /JavaScript heap out of memory|Reached heap limit/i;
const NO_MEMORY = /out of memory|OOM|cannot allocate|bad_alloc/i;

export function crash({ code, signal, lastWords }: ProcessExit, { memory }: Pick<SandboxConfig, 'memory'>): Crash {
  if (HEAP_FULL.test(lastWords)) return { kind: 'crashed', message: heapFull(heapMegabytes(memory)), cause: 'memory' };
  if (NO_MEMORY.test(lastWords)) {
    const message = `The guest's process ran out of memory. Lower "memory" in sandbox.json, or close other programs. ${firstLine(lastWords)}`;
    return { kind: 'crashed', message, cause: 'memory' };
  }
  return { kind: 'crashed', message: `${died(code, signal)}${lastWords === '' ? '' : ` ${firstLine(lastWords)}`}` };
}

function died(code: number | null, signal: string | null): string {
  // On Linux and macOS this is also how the system takes a process that uses too much of its memory.
  if (signal === 'SIGKILL')
    return 'The guest\'s process was ended by SIGKILL, by no request of ours: perhaps the system ran short of memory. Lower "memory" in sandbox.json.';
  const how = signal === null ? `with exit code ${code ?? 'unknown'}` : `by ${signal}`;
  return `The guest's process was ended ${how}, by no request of ours: the engine crashed on this program. Try another version of the runtime, and please report the program.`;
}

/** V8 and Node print a banner or an empty line first: the first line that says something. */
function firstLine(text: string): string {
  return (
    text
      .split('\n')
      .find((line) => /error|fatal|#/i.test(line) && /[a-z]{3}/i.test(line))
      ?.trim() ??
    text.split('\n')[0] ??
    ''
  );
}
