/**
 * `npm run fuzz -- [--target NAME] [--seed N] [--minutes N] [--input N]`: one target, or all in turn, until the time is
 * up. Findings are made smaller and saved in the system's folder for temporary files; with any, the exit code is 1.
 */
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildCorpus } from './corpus.ts';
import { inputOf, tryInput } from './inputs.ts';
import { minimised } from './minimise.ts';
import { TARGET_NAMES, TARGETS, type TargetName } from './targets/all.ts';
import { CorpusFile, type Finding, runWatched } from './watched.ts';

/** Inputs of one target in a row. */
const TURN = 2000;

const { values } = parseArgs({
  options: {
    target: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    minutes: { type: 'string', default: '10' },
    input: { type: 'string' },
  },
});
const names = TARGET_NAMES.filter((name) => values.target === undefined || name === values.target);
if (names.length === 0) throw new Error(`There is no target ${values.target}; there are ${TARGET_NAMES.join(', ')}.`);
const seed = Number(values.seed);
console.log(`seed ${seed}, targets ${names.join(', ')}`);
const corpus = await buildCorpus({ compilers: true });

if (values.input !== undefined) await tryOne(names[0] as TargetName, Number(values.input));
else await runAll(Date.now() + Number(values.minutes) * 60_000);

async function runAll(until: number): Promise<void> {
  using file = new CorpusFile(corpus);
  const tried = new Map<TargetName, number>(names.map((name) => [name, 0]));
  const seen = new Set<string>();
  for (let turn = 0; Date.now() < until; turn++) {
    const target = names[turn % names.length] as TargetName;
    const first = tried.get(target) ?? 0;
    const findings: Finding[] = [];
    const count = await runWatched(
      { target, seed, first, count: TURN, largest: Number.POSITIVE_INFINITY },
      file,
      (found) => findings.push(found),
      until,
    );
    tried.set(target, first + count);
    for (const finding of findings) await tell(target, finding, seen);
    if (turn % names.length === names.length - 1) console.log(summary(tried));
  }
  console.log(`done: ${summary(tried)}`);
  if (seen.size > 0) process.exitCode = 1;
}

/** Each problem once: the same line of ours fails for many inputs. */
async function tell(target: TargetName, { input, problem, bytes }: Finding, seen: Set<string>): Promise<void> {
  const key = `${target} ${kindOf(problem)}`;
  if (seen.has(key)) return;
  seen.add(key);
  console.log(`\nFINDING ${target}, seed ${seed}, input ${input}: ${problem.slice(0, 2000)}`);
  const name = `wasm-sandbox-fuzz-${target}-${seed}-${input.replaceAll(/\W+/g, '-').slice(0, 60)}`;
  if (!bytes) return;
  const tried = TARGETS[target](corpus);
  const smaller =
    bytes.length > 200_000 || /^takes/.test(problem)
      ? bytes
      : await minimised(bytes, async (shorter) => kindOf((await tryInput(tried, shorter)) ?? '') === kindOf(problem));
  const path = join(tmpdir(), name);
  writeFileSync(path, smaller);
  console.log(`  ${smaller.length} bytes: ${path}`);
}

/** Where it was thrown, else what it says without its numbers. */
function kindOf(problem: string): string {
  return /at .*:\d+:\d+\)?$/m.exec(problem)?.[0] ?? problem.replaceAll(/\d+/g, '');
}

async function tryOne(name: TargetName, at: number): Promise<void> {
  const target = TARGETS[name](corpus);
  const input = inputOf(target, seed, at);
  const problem = await tryInput(target, input.bytes);
  console.log(`${name}, input ${input.name}, ${input.bytes.length} bytes: ${problem ?? 'no finding'}`);
  if (problem !== undefined) process.exitCode = 1;
}

function summary(tried: ReadonlyMap<TargetName, number>): string {
  return [...tried].map(([name, count]) => `${name} ${count}`).join(', ');
}
