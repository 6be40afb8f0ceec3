/** Changes to bytes that know nothing of what the bytes mean: flips, splices, cuts, and numbers at their limits. */
import type { Random } from './random.ts';

/** LEB128 numbers that readers stumble over: the largest, the longest, and those longer than they need to be. */
const NUMBERS: readonly (readonly number[])[] = [
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0xff, 0xff, 0xff, 0xff, 0x7f],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  [0x80, 0x80, 0x80, 0x80, 0x08],
  [0x80, 0x80, 0x80, 0x80, 0x00],
  [0x81, 0x80, 0x80, 0x00],
  [0xff, 0xff, 0x03],
  [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00],
  [0xff, 0xff, 0xff, 0xff],
  [0xff, 0xff, 0xff, 0xff, 0x10, 0, 0, 0, 0, 0, 0, 0],
  [0, 0, 0, 0],
];
const BYTES = [0, 1, 0x0b, 0x3f, 0x40, 0x7f, 0x80, 0xc0, 0xfe, 0xff];

/** `other`: where spliced bytes come from. */
export function mutateBytes(bytes: Uint8Array, random: Random, other: Uint8Array = bytes): Uint8Array {
  let changed = bytes;
  for (let changes = 1 + random.int(4); changes > 0; changes--) changed = changedOnce(changed, random, other);
  return changed;
}

function changedOnce(bytes: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  const at = random.int(bytes.length + 1);
  const length = Math.min(1 + random.int(1 << random.int(10)), bytes.length - at);
  switch (random.int(9)) {
    case 0:
    case 1:
      return replaced(bytes, at, 1, [(bytes[at] ?? 0) ^ (1 << random.int(8))]);
    case 2:
      return replaced(bytes, at, 1, [random.pick(BYTES)]);
    case 3:
      return replaced(bytes, at, 1, [((bytes[at] ?? 0) + (random.chance(2) ? 1 : 255)) & 0xff]);
    case 4:
      return replaced(bytes, at, random.int(3), random.pick(NUMBERS));
    case 5:
      return replaced(bytes, at, length, []);
    case 6:
      return replaced(bytes, at, 0, bytes.subarray(at, at + length));
    case 7: {
      const from = random.int(other.length);
      return replaced(bytes, at, random.int(2) * length, other.subarray(from, from + 1 + random.int(64)));
    }
    default:
      return random.chance(8) ? bytes.slice(0, at) : replaced(bytes, at, 1, [random.int(256)]);
  }
}

/** `bytes` with `length` bytes at `at` exchanged for others. */
export function replaced(bytes: Uint8Array, at: number, length: number, by: ArrayLike<number>): Uint8Array {
  const rest = Math.min(at + length, bytes.length);
  const result = new Uint8Array(at + by.length + bytes.length - rest);
  result.set(bytes.subarray(0, at));
  result.set(by, at);
  result.set(bytes.subarray(rest), at + by.length);
  return result;
}
