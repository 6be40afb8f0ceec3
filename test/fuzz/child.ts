/** The process that inputs are tried in. It writes down which one it is at, so that its parent knows when it dies. */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { deserialize } from 'node:v8';
import type { Corpus } from './corpus.ts';
import { inputOf, tryInput } from './inputs.ts';
import { TARGETS, type TargetName } from './targets/all.ts';
import type { Report, Task } from './watched.ts';

/** Children are exchanged for fresh ones: what V8 keeps of compiled modules would be taken for what we keep. */
const MOST_INPUTS = 4000;

process.once('message', (task: Task) => void run(task));

async function run(task: Task): Promise<void> {
  const corpus = deserialize(readFileSync(task.corpus)) as Corpus;
  const target = TARGETS[task.target as TargetName](corpus);
  const progress = openSync(task.progress, 'r+');
  const end = task.first + Math.min(task.count, MOST_INPUTS);
  for (let at = task.first; at < end; at++) {
    writeSync(progress, String(at), 0);
    const { name, bytes } = inputOf(target, task.seed, at);
    if (bytes.length > task.largest) continue;
    const problem = await tryInput(target, bytes);
    if (problem !== undefined) await report({ kind: 'finding', finding: { input: name, problem, bytes } });
  }
  target.end?.();
  closeSync(progress);
  await report({ kind: 'done', next: end });
  process.disconnect();
}

function report(message: Report): Promise<void> {
  return new Promise((resolve) => process.send?.(message, () => resolve()));
}
