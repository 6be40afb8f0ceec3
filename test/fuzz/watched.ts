/**
 * Runs inputs in a child process that is watched from here: one that runs out of memory, or does not come back, is a
 * finding, and the next child goes on behind it.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serialize } from 'node:v8';
import type { Corpus } from './corpus.ts';
import { TARGET_NAMES } from './targets/all.ts';

export interface Finding {
  /** Name of a bomb, or the number that `--input` takes. */
  readonly input: string;
  readonly problem: string;
  readonly bytes: Uint8Array | undefined;
}

/** What a child is asked to do. `first` and `count` number all inputs: bombs, then mutations. */
export interface Task {
  readonly target: string;
  readonly seed: number;
  readonly first: number;
  readonly count: number;
  /** Bytes: larger bombs are passed over. */
  readonly largest: number;
  readonly corpus: string;
  readonly progress: string;
}

export type Report =
  | { readonly kind: 'finding'; readonly finding: Finding }
  | { readonly kind: 'done'; readonly next: number };

/** Megabytes: enough for all we make of the largest bomb. */
const HEAP = 1024;
/** Seconds of processor time for one input; the child itself complains earlier, of inputs that do come back. */
const MOST_SECONDS = 40;
const LOOK_EVERY = 500;

/** The corpus on disk, for children to read. */
export class CorpusFile {
  readonly path = join(tmpdir(), `wasm-sandbox-fuzz-${process.pid}`);

  constructor(corpus: Corpus) {
    writeFileSync(this.path, serialize(corpus));
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { force: true });
    for (const target of TARGET_NAMES) rmSync(`${this.path}.${target}`, { force: true });
  }
}

/** `onFinding` is told of each as it comes. Gives how many inputs were tried. `until`: when to stop, as `Date.now()` has it. */
export async function runWatched(
  task: Omit<Task, 'corpus' | 'progress'>,
  corpus: CorpusFile,
  onFinding: (finding: Finding) => void,
  until = Number.POSITIVE_INFINITY,
): Promise<number> {
  const last = task.first + task.count;
  let next = task.first;
  while (next < last && Date.now() < until) {
    next = await runChild(
      { ...task, first: next, count: last - next, corpus: corpus.path, progress: `${corpus.path}.${task.target}` },
      onFinding,
      until,
    );
  }
  return next - task.first;
}

/** Gives the number of the first input that was not tried. */
function runChild(task: Task, onFinding: (finding: Finding) => void, until: number): Promise<number> {
  writeFileSync(task.progress, String(task.first));
  const child = fork(join(import.meta.dirname, 'child.ts'), {
    execArgv: [`--max-old-space-size=${HEAP}`],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    serialization: 'advanced',
  });
  let errors = '';
  child.stderr?.on('data', (text: Buffer) => {
    errors = (errors + text).slice(-4000);
  });
  child.send(task);
  return new Promise((resolve) => {
    let done: number | undefined;
    let hung = false;
    let late = false;
    const timer = watch(
      child,
      task,
      (why) => {
        hung = why === 'hung';
        late = why === 'late';
        child.kill('SIGKILL');
      },
      until,
    );
    child.on('message', (report: Report) => {
      if (report.kind === 'finding') onFinding(report.finding);
      else done = report.next;
    });
    child.on('exit', (code, signal) => {
      clearInterval(timer);
      const at = Number(readFileSync(task.progress, 'utf8'));
      if (done !== undefined || late) {
        resolve(done ?? at);
        return;
      }
      const problem = hung
        ? `does not come back within ${MOST_SECONDS} s of processor time`
        : `ends its process (${signal ?? code}): ${reasonIn(errors)}`;
      onFinding({ input: String(at), problem, bytes: undefined });
      resolve(at + 1);
    });
  });
}

/** Says so when the child is at the same input for too long, by its own processor time where that can be read. */
function watch(child: ChildProcess, task: Task, stop: (why: 'hung' | 'late') => void, until: number): NodeJS.Timeout {
  let seen = '';
  let since = processorSeconds(child.pid);
  return setInterval(() => {
    const at = readFileSync(task.progress, 'utf8');
    const now = processorSeconds(child.pid);
    if (at !== seen) [seen, since] = [at, now];
    if (now - since > MOST_SECONDS) stop('hung');
    else if (Date.now() > until + LOOK_EVERY) stop('late');
  }, LOOK_EVERY);
}

/** Of all threads (`/proc/PID/stat`, fields 14 and 15, in hundredths); the wall clock elsewhere. */
function processorSeconds(pid: number | undefined): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return performance.now() / 1000;
  }
}

function reasonIn(errors: string): string {
  return /FATAL ERROR: .*|\w*Error: .*/.exec(errors)?.[0] ?? errors.slice(-300);
}
