/** A bounded run of the fuzzer over every target, the same inputs each time. `npm run fuzz` goes on from there. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { buildCorpus } from './corpus.ts';
import { TARGET_NAMES, type TargetName } from './targets/all.ts';
import { CorpusFile, type Finding, runWatched } from './watched.ts';

const SEED = 1;
/** Bytes. Larger bombs take seconds each, and are left to `npm run fuzz`. */
const LARGEST = 700_000;
/** The bombs, which come first, and as many mutations as are left. */
const INPUTS: Readonly<Record<TargetName, number>> = {
  decoder: 1200,
  instrument: 400,
  dwarf: 150,
  assemblyscript: 60,
  sourceMap: 150,
  config: 800,
  wat: 800,
  dap: 150,
  recording: 2000,
};

const corpus = new CorpusFile(await buildCorpus({ compilers: true }));
after(() => corpus[Symbol.dispose]());

describe('fuzzing', { concurrency: 2 }, () => {
  for (const target of TARGET_NAMES) test(`${target}: ${INPUTS[target]} inputs`, () => run(target));
});

async function run(target: TargetName): Promise<void> {
  const findings: Finding[] = [];
  const task = { target, seed: SEED, first: 0, count: INPUTS[target], largest: LARGEST };
  const tried = await runWatched(task, corpus, (finding) => findings.push(finding));
  assert.equal(tried, INPUTS[target]);
  assert.deepEqual(
    findings.map(({ input, problem }) => `${input}: ${problem}`),
    [],
  );
}
