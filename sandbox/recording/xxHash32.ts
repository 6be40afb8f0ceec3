/**
 * The checksum of blocks: xxHash32 (Yann Collet; `doc/xxhash_spec.md` of the xxHash project). It is on the way of every
 * recorded byte, and in plain code it is faster than the CRC-32 that Node has.
 */

const P1 = 0x9e3779b1 | 0;
const P2 = 0x85ebca77 | 0;
const P3 = 0xc2b2ae3d | 0;
const P4 = 0x27d4eb2f | 0;
const P5 = 0x165667b1 | 0;

/** Unsigned. Words are little-endian. */
export function xxHash32(bytes: Uint8Array, seed: number): number {
  const words = wordsOf(bytes);
  let hash = bytes.length < 16 ? (seed + P5) | 0 : mixedStripes(words, bytes.length >>> 4, seed);
  hash = (hash + bytes.length) | 0;
  for (let at = bytes.length < 16 ? 0 : (bytes.length >>> 4) << 2; at < words.length; at++) {
    hash = (hash + Math.imul(words[at] ?? 0, P3)) | 0;
    hash = Math.imul((hash << 17) | (hash >>> 15), P4);
  }
  for (let at = words.length << 2; at < bytes.length; at++) {
    hash = (hash + Math.imul(bytes[at] ?? 0, P5)) | 0;
    hash = Math.imul((hash << 11) | (hash >>> 21), P1);
  }
  hash = Math.imul(hash ^ (hash >>> 15), P2);
  hash = Math.imul(hash ^ (hash >>> 13), P3);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** A stripe is four words. */
function mixedStripes(words: Int32Array, stripes: number, seed: number): number {
  let a = (seed + P1 + P2) | 0;
  let b = (seed + P2) | 0;
  let c = seed | 0;
  let d = (seed - P1) | 0;
  for (let at = 0; at < stripes << 2; at += 4) {
    a = (a + Math.imul(words[at] ?? 0, P2)) | 0;
    b = (b + Math.imul(words[at + 1] ?? 0, P2)) | 0;
    c = (c + Math.imul(words[at + 2] ?? 0, P2)) | 0;
    d = (d + Math.imul(words[at + 3] ?? 0, P2)) | 0;
    a = Math.imul((a << 13) | (a >>> 19), P1);
    b = Math.imul((b << 13) | (b >>> 19), P1);
    c = Math.imul((c << 13) | (c >>> 19), P1);
    d = Math.imul((d << 13) | (d >>> 19), P1);
  }
  const first = ((a << 1) | (a >>> 31)) + ((b << 7) | (b >>> 25));
  return (first + ((c << 12) | (c >>> 20)) + ((d << 18) | (d >>> 14))) | 0;
}

function wordsOf(bytes: Uint8Array): Int32Array {
  const count = bytes.length >>> 2;
  if (bytes.byteOffset % 4 === 0) return new Int32Array(bytes.buffer, bytes.byteOffset, count);
  const aligned = new Uint8Array(count << 2);
  aligned.set(bytes.subarray(0, count << 2));
  return new Int32Array(aligned.buffer);
}
