/**
 * A past is what was: runs are recorded while they stop at every site and everything is looked at; then the state after a
 * seek to a random one of these instants, from wherever the replays stand, and the hits before and after it, must be the same.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GuestOptions } from '../../sandbox/guest/protocol.ts';
import { Timeline } from '../../sandbox/replay/timeline.ts';
import { ProgramGenerator } from '../instrument/programGenerator.ts';
import { call, fixture, sourceOptions, textOptions } from './programs.ts';
import { type RecordedRun, type RunSettings, random, recordRun, sightOf } from './recordedRun.ts';

const SEEKS = 14;
const QUERIES = 5;

async function compare(options: GuestOptions, settings: RunSettings, seed: number): Promise<void> {
  const run = await recordRun(options, settings);
  const present = run.end === undefined ? run.last : undefined;
  const timeline = await Timeline.open({ file: run.file, guest: options }, present);
  try {
    await compareSeeks(run, timeline, random(seed));
    await compareHits(run, timeline, random(seed + 1));
  } finally {
    timeline.close();
    await run.guest.kill();
  }
}

async function compareSeeks({ sights, options }: RecordedRun, timeline: Timeline, next: () => number): Promise<void> {
  const atSites = sights.filter(({ site }) => site !== undefined);
  for (let count = 0; count < SEEKS; count++) {
    const seen = atSites[Math.floor(next() * atSites.length)];
    assert.ok(seen);
    const { stop, guest, output } = await timeline.seek(seen.instant);
    assert.deepEqual(await sightOf(stop, guest, output, options), seen);
  }
}

async function compareHits({ hits }: RecordedRun, timeline: Timeline, next: () => number): Promise<void> {
  for (let count = 0; count < QUERIES; count++) {
    const [here, other] = [hits[Math.floor(next() * hits.length)], hits[Math.floor(next() * hits.length)]];
    assert.ok(here && other);
    const query = { sites: [other.site, here.site], ...(count % 2 === 0 && { maxDepth: here.depth }) };
    const meant = hits.filter(
      ({ site, depth }) => query.sites.includes(site) && depth <= (query.maxDepth ?? Number.POSITIVE_INFINITY),
    );
    const { instant } = here;
    assert.deepEqual(
      await timeline.lastHit(query, instant),
      meant.findLast((hit) => hit.instant < instant),
    );
    assert.deepEqual(
      await timeline.nextHit(query, instant),
      meant.find((hit) => hit.instant > instant),
    );
  }
}

const input = { stdin: ['ab', 'cdefg', 'h'] };

test('C, as it is debugged', async () => compare(await sourceOptions('examples/c/orders.c'), { most: 80 }, 1));

test('AssemblyScript, as it is debugged', async () =>
  compare(await sourceOptions('examples/assemblyscript/assembly/inventory.ts'), { most: 80 }, 2));

test('host calls, NaNs, growths, and an exit inside catch_all', () =>
  compare(textOptions(fixture('replay', 'host.wat')), { ...input, most: 200, every: 2 }, 3));

test('the same to its end', () => compare(textOptions(fixture('replay', 'host.wat')), { ...input, every: 9 }, 4));

for (const [name, entry] of [
  ['recursion.wat', call('indirect', 4)],
  ['recursion.wat', call('down', 60)],
  ['recursion.wat', call('trap', 3)],
  ['exceptions.wat', call('all', 3)],
  ['tryTable.wat', call('all', 3)],
  ['accessors.wat', call('tail', 5)],
  ['control.wat', call('nested', 4)],
] as const) {
  test(`${name}, ${JSON.stringify(entry)}`, () =>
    compare(textOptions(fixture('instrument', name), entry), { most: 120, every: 2 }, 5));
}

test('vectors', () => compare(textOptions(VECTORS), {}, 9));

for (const [index, exceptions] of (['none', 'legacy', 'try_table'] as const).entries()) {
  test(`a program that nobody would write, exceptions: ${exceptions}`, () => {
    const text = new ProgramGenerator(index + 11, exceptions).module();
    return compare(textOptions(text, call('run', 6)), { most: 120, every: 2 }, 6 + index);
  });
}

const VECTORS = `(module (memory 1) (global $v (mut v128) (v128.const i32x4 1 2 3 4)) (global $n (mut i32) (i32.const 0))
  (func (export "_start")
    (loop $next
      (global.set $v (f32x4.div (global.get $v) (f32x4.sub (global.get $v) (f32x4.splat (f32.const 2)))))
      (v128.store (i32.const 32) (i8x16.add (global.get $v) (v128.load (i32.const 16))))
      (v128.store (i32.const 16) (i32x4.mul (global.get $v) (v128.load (i32.const 32))))
      (global.set $n (i32.add (global.get $n) (i32.const 1)))
      (br_if $next (i32.lt_u (global.get $n) (i32.const 9))))))`;
