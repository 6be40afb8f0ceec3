/** What is told of refused calls, and what is only counted. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DebugFrame } from '../../sandbox/debugger/frames.ts';
import { type ViolationReport, ViolationTally } from '../../sandbox/debugger/violationTally.ts';
import type { Violation } from '../../sandbox/guest/protocol.ts';
import { MOST_VIOLATIONS } from '../../sandbox/wasi/violation.ts';

let seq = 0;

/** A refused call from line `line`, reached by the way `way`. */
function violation(target: string, line: number, way = 0): Violation {
  return {
    seq: ++seq,
    instant: seq * 10,
    time: seq,
    operation: 'path_open',
    target,
    required: 'filesystem.read',
    available: [],
    decision: 'denied',
    errno: 'ACCES',
    frames: [
      { functionIndex: 1, offset: line, depth: 2 },
      { functionIndex: 2, offset: way, depth: 1 },
    ],
  };
}

function tally(): { tally: ViolationTally; told: ViolationReport[]; asked: () => number } {
  const told: ViolationReport[] = [];
  let asked = 0;
  const placeOf = ({ frames }: Violation) => {
    asked++;
    const source = { name: 'a.c', path: '/a.c', onDisk: true, library: false, content: undefined };
    const location = { source, line: Number(frames[0]?.offset), column: 0 };
    const origin = { name: 'f', location, inlined: false, library: false, scopes: [], guest: frames[0] } as DebugFrame;
    return { frames: [origin], origin };
  };
  return { tally: new ViolationTally(placeOf, (report) => told.push(report)), told, asked: () => asked };
}

const total = (told: readonly ViolationReport[]) => told.reduce((sum, { count }) => sum + count, 0);

test('the same violation is told a few times, then counted, with nothing lost', () => {
  const { tally: it, told, asked } = tally();
  for (let n = 0; n < 100_000; n++) it.add(violation('/x', 4));
  assert.equal(told.length, 10);
  assert.deepEqual(
    told.map(({ novelty }) => novelty),
    ['first', ...Array(9).fill('again')],
  );
  it.flush();
  assert.equal(told.length, 11);
  assert.equal(told.at(-1)?.count, 99_990);
  assert.equal(told.at(-1)?.seq, seq);
  it.flush();
  assert.equal(told.length, 11);
  assert.equal(total(told), 100_000);
  assert.equal(asked(), 1);
});

test('another line, another target: told by themselves; another way to the same line is not', () => {
  const { tally: it, told } = tally();
  it.add(violation('/x', 4));
  it.add(violation('/x', 5));
  it.add(violation('/y', 4));
  it.add(violation('/x', 4, 9));
  assert.deepEqual(
    told.map(({ novelty }) => novelty),
    ['first', 'first', 'first', 'again'],
  );
});

test('too many different ones are counted together', () => {
  const { tally: it, told } = tally();
  const more = 50_000;
  for (let n = 0; n < more; n++) it.add(violation(`/${n}`, 4));
  assert.equal(told.length, MOST_VIOLATIONS);
  it.flush();
  assert.equal(told.length, MOST_VIOLATIONS + 1);
  assert.equal(told.at(-1)?.novelty, 'unlisted');
  assert.equal(total(told), more);
});

test('one call reached by more ways than can be remembered is still counted', () => {
  const { tally: it, told } = tally();
  for (let n = 0; n < 20_000; n++) it.add(violation('/x', 4, n));
  it.flush();
  assert.ok(told.length < 20);
  assert.equal(total(told), 20_000);
});
