/** The guest's clocks and random numbers as the configuration wants them: real, or the same in every run. */
import type { SandboxConfig } from '../../config/config.ts';
import type { Clock } from '../../wasi/host.ts';

const NANOSECONDS = 1_000_000n;
const REALTIME = 0;
/** 2000-01-01T00:00:00Z in milliseconds: what a frozen clock shows at the start. */
const FROZEN_AT = BigInt(Date.UTC(2000, 0, 1));

export interface GuestClock extends Clock {
  sleep(milliseconds: number): void;
}

/** `block` waits for the given milliseconds. */
export function guestClock(kind: SandboxConfig['clock'], block: (milliseconds: number) => void): GuestClock {
  return kind === 'real' ? realClock(block) : frozenClock();
}

function realClock(block: (milliseconds: number) => void): GuestClock {
  const offset = BigInt(Math.round(performance.timeOrigin)) * NANOSECONDS;
  const started = process.hrtime.bigint();
  const monotonic = () => process.hrtime.bigint() - started;
  return {
    now: (id) => (id === REALTIME ? offset + BigInt(Math.round(performance.now() * 1e6)) : monotonic()),
    resolution: (id) => (id === REALTIME ? 1000n : 1n),
    sleep: block,
  };
}

/** Stands still, except that a sleep takes no time and moves it on: so that a guest that waits for a moment reaches it. */
function frozenClock(): GuestClock {
  let elapsed = 0n;
  return {
    now: (id) => (id === REALTIME ? FROZEN_AT * NANOSECONDS : 0n) + elapsed,
    resolution: () => 1n,
    sleep: (milliseconds) => {
      if (Number.isFinite(milliseconds)) elapsed += BigInt(Math.ceil(milliseconds * 1e6));
    },
  };
}

/** Fills a buffer with random bytes. */
export function randomSource(random: SandboxConfig['random']): (buffer: Uint8Array) => void {
  if (random === 'real') return (buffer) => void crypto.getRandomValues(buffer);
  return seeded(BigInt(Math.trunc(random)));
}

const MASK = (1n << 64n) - 1n;

/** SplitMix64 (Steele, Lea, Flood 2014): the seed of a run has to give the same bytes everywhere, for ever. */
function seeded(seed: bigint): (buffer: Uint8Array) => void {
  let state = seed & MASK;
  let word = 0n;
  let left = 0;
  const next = () => {
    state = (state + 0x9e3779b97f4a7c15n) & MASK;
    let z = state;
    z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK;
    z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK;
    return z ^ (z >> 31n);
  };
  return (buffer) => {
    for (let index = 0; index < buffer.length; index++) {
      if (left === 0) {
        word = next();
        left = 8;
      }
      buffer[index] = Number(word & 0xffn);
      word >>= 8n;
      left--;
    }
  };
}
