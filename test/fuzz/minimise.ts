/** Makes a failing input smaller, as long as it fails: what is left is what matters. */
import { replaced } from './byteMutations.ts';

const MOST_TRIES = 3000;

/** `fails` must say the same of the same bytes. */
export async function minimised(
  bytes: Uint8Array,
  fails: (bytes: Uint8Array) => Promise<boolean>,
): Promise<Uint8Array> {
  let smallest = bytes;
  let tries = 0;
  for (let length = Math.ceil(bytes.length / 2); length >= 1; length = length === 1 ? 0 : Math.ceil(length / 2)) {
    for (let at = 0; at < smallest.length && tries < MOST_TRIES; tries++) {
      const shorter = replaced(smallest, at, length, []);
      if (shorter.length < smallest.length && (await fails(shorter))) smallest = shorter;
      else at += length;
    }
  }
  return smallest;
}
