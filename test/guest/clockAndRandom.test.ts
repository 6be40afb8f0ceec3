import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { guestClock, randomSource } from '../../sandbox/guest/worker/clockAndRandom.ts';

describe('a frozen clock', () => {
  it('shows the same time in every run, and passes only while the guest sleeps', () => {
    const clock = guestClock('frozen', () => assert.fail('it must not wait'));
    const start = BigInt(Date.parse('2000-01-01T00:00:00Z')) * 1_000_000n;
    assert.equal(clock.now(0), start);
    assert.equal(clock.now(1), 0n);
    clock.sleep(1.5);
    assert.equal(clock.now(0), start + 1_500_000n);
    assert.equal(clock.now(1), 1_500_000n);
  });
});

describe('a real clock', () => {
  it('agrees with this process, and waits', () => {
    const slept: number[] = [];
    const clock = guestClock('real', (milliseconds) => slept.push(milliseconds));
    assert.ok(Math.abs(Number(clock.now(0) / 1_000_000n) - Date.now()) < 1000);
    const before = clock.now(1);
    assert.ok(clock.now(1) >= before);
    clock.sleep(20);
    assert.deepEqual(slept, [20]);
  });
});

describe('random numbers', () => {
  it('of a seed are the same for ever: SplitMix64 from that seed, little-endian', () => {
    const bytes = new Uint8Array(24);
    randomSource(1234567)(bytes);
    // First outputs for the seed 1234567, as published with the algorithm.
    const words = [6457827717110365317n, 3203168211198807973n, 9817491932198370423n];
    assert.deepEqual([...new BigUint64Array(bytes.buffer)], words);
  });

  it('do not depend on the sizes of the requests', () => {
    const [whole, parts] = [new Uint8Array(40), new Uint8Array(40)];
    randomSource(7)(whole);
    const source = randomSource(7);
    for (let at = 0; at < 40; at += 5) source(parts.subarray(at, at + 5));
    assert.deepEqual(parts, whole);
  });

  it('of the real source differ', () => {
    const source = randomSource('real');
    const [one, two] = [new Uint8Array(32), new Uint8Array(32)];
    source(one);
    source(two);
    assert.notDeepEqual(one, two);
  });
});
