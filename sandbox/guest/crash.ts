/** What to tell the user when a guest's process died by itself. */
import type { ProcessExit } from './guestProcess.ts';

export function crashMessage({ code, signal, lastWords }: ProcessExit): string {
  if (/heap out of memory|out of memory|OOM/i.test(lastWords))
    return `The guest's process ran out of memory. Lower "memory" in sandbox.json, or close other programs. ${firstLine(lastWords)}`;
  const how = signal === null ? `with exit code ${code ?? 'unknown'}` : `by ${signal}`;
  const words = lastWords === '' ? '' : ` Its last words: ${firstLine(lastWords)}`;
  return `The guest's process was ended ${how}, by no request of ours.${words}`;
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
