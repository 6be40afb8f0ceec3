/**
 * Descriptors that a process started from here would inherit. Node closes its own on the way and those numbered low
 * that it was itself given; one that a shell opened as number 20 goes through to every process beneath. Linux only: on
 * macOS and Windows the runtime hands on nothing but what is asked for.
 */
import { openSync, readdirSync, readFileSync } from 'node:fs';

/** Flag of `open`, as `/proc` shows it: closed when another program starts. */
const CLOSE_ON_EXEC = 0o2000000;
const FIRST_FREE = 3;
/** A descriptor numbered higher is not looked for: each number below it costs the new process an entry. */
const HIGHEST = 4096;

export function inheritedDescriptors(): number[] {
  if (process.platform !== 'linux') return [];
  try {
    return readdirSync('/proc/self/fdinfo')
      .map(Number)
      .filter((descriptor) => descriptor >= FIRST_FREE && descriptor < HIGHEST && staysOpen(descriptor));
  } catch {
    return [];
  }
}

function staysOpen(descriptor: number): boolean {
  try {
    const flags = /^flags:\s+([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'latin1'))?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0;
  } catch {
    // Gone: the one that listed the folder.
    return false;
  }
}

let empty: number | undefined;

/** A descriptor from which nothing comes and to which nothing goes. */
export function nothing(): number {
  empty ??= openSync('/dev/null', 'r+');
  return empty;
}
