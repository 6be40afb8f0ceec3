/** Steps backwards and forwards in runs made up by chance, against what frames with identities say. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StepKind } from '../../sandbox/debugger/stepping.ts';
import { step } from '../../sandbox/debugger/stepping.ts';
import { callStart, previousLine } from '../../sandbox/debugger/stepsBack.ts';
import { stepForward } from '../../sandbox/debugger/stepsForward.ts';
import { endsStep } from '../../sandbox/guest/worker/steps.ts';
import { type MadeUpHit, type MadeUpRun, madeUpRun } from './madeUpRun.ts';

const SEEDS = 60;

/** Every place of a run at which a step can end. */
function eachStop(check: (run: MadeUpRun, index: number, what: string) => Promise<void>): () => Promise<void> {
  return async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const run = madeUpRun(seed, 150);
      for (const [index, { site }] of run.hits.entries())
        if (run.lines.isSteppable(site)) await check(run, index, `seed ${seed}, hit ${index}`);
    }
  };
}

const place = ({ instant, site, frames }: MadeUpHit) => ({ instant, site, frames });

test(
  'a step back goes to the beginning of the line before in the same call, or to the call',
  eachStop(async (run, index, what) => {
    const found = await previousLine(place(run.hits[index]!), run.trace, run.lines);
    assert.equal(found?.instant, lineBefore(run, index)?.instant, what);
  }),
);

test(
  'from where a fault stopped it, too',
  eachStop(async ({ hits, trace, lines }, index, what) => {
    const hit = hits[index]!;
    const found = await previousLine({ instant: hit.instant + 1, site: undefined, frames: hit.frames }, trace, lines);
    assert.equal(found?.instant, beginningOfLine({ hits, trace, lines }, index).instant, what);
  }),
);

for (const kind of ['over', 'into', 'out'] satisfies StepKind[])
  test(
    `a step ${kind} ends in the past where it ends in a run`,
    eachStop(async (run, index, what) => {
      const found = await stepForward(kind, place(run.hits[index]!), run.trace, run.lines);
      assert.equal(found?.instant, stepOf(run, index, kind)?.instant, what);
    }),
  );

test('as many steps back as lines were stepped over in one call show the same places again', async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { hits, trace, lines } = madeUpRun(seed);
    const start = hits.find(({ site }) => lines.isSteppable(site))!;
    const way = [start];
    for (;;) {
      const next = (await stepForward('over', place(way.at(-1)!), trace, lines)) as MadeUpHit | undefined;
      if (next === undefined || next.frames[0]?.id !== start.frames[0]?.id) break;
      way.push(next);
    }
    for (let at = way.pop()!; way.length > 0; at = way.pop()!) {
      const back = await previousLine(place(at), trace, lines);
      assert.equal(back?.instant, way.at(-1)?.instant, `seed ${seed}`);
    }
  }
});

test(
  'a call begins anew at its first line',
  eachStop(async ({ hits, trace, lines }, index, what) => {
    const hit = hits[index]!;
    for (const { depth, id, functionIndex } of hit.frames) {
      const found = await callStart(place(hit), depth, trace, lines);
      const first = hits.find(({ frames, site }) => frames[0]?.id === id && lines.isSteppable(site));
      const expected =
        lines.hasLines(functionIndex) && first && first.instant <= hit.instant ? first.instant : undefined;
      assert.equal(found?.instant, expected, what);
    }
  }),
);

function lineBefore(run: MadeUpRun, index: number): MadeUpHit | undefined {
  const { hits, lines } = run;
  const [top, ...outer] = hits[index]!.frames;
  const own = lastIn(run, top!.id, index);
  if (own >= 0) return beginningOfLine(run, own);
  const caller = outer.map(({ id }) => lastIn(run, id, index)).find((at) => at >= 0);
  assert.ok(caller === undefined || lines.isSteppable(hits[caller]!.site));
  return caller === undefined ? undefined : hits[caller];
}

/** Index of the latest line's site of a call, before another. */
function lastIn({ hits, lines }: MadeUpRun, id: number, before: number): number {
  return hits.slice(0, before).findLastIndex(({ frames, site }) => frames[0]?.id === id && lines.isSteppable(site));
}

function beginningOfLine(run: MadeUpRun, index: number): MadeUpHit {
  const hit = run.hits[index]!;
  const before = lastIn(run, hit.frames[0]!.id, index);
  const same = before >= 0 && run.lines.line(run.hits[before]!.site) === run.lines.line(hit.site);
  return same ? beginningOfLine(run, before) : hit;
}

/** As the guest itself decides it. */
function stepOf({ hits, lines }: MadeUpRun, index: number, kind: StepKind): MadeUpHit | undefined {
  const from = hits[index]!;
  const how = step(kind, { functionIndex: 0, offset: 0, depth: from.depth }, lines.line(from.site));
  assert.ok(how.kind === 'step');
  let replaced = false;
  return hits.slice(index + 1).find(({ site, depth }) => {
    if (depth <= how.depth && lines.opens(site)) replaced = true;
    return endsStep(how, { line: lines.line(site), depth, replaced });
  });
}
