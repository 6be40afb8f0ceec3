/** Work on bytes for which a host may have something faster than these loops, and hands it in. */

export interface ByteWork {
  /** CRC-32 as of zlib, unsigned. */
  crc32(bytes: Uint8Array): number;
  /** Both are of the same length. */
  equal(a: Uint8Array, b: Uint8Array): boolean;
}

export const PLAIN: ByteWork = { crc32, equal };

const POLYNOMIAL = 0xedb88320;
const TABLE = Int32Array.from({ length: 256 }, (_, index) => {
  let crc = index;
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ POLYNOMIAL;
  return crc;
});

function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (let index = 0; index < bytes.length; index++) {
    crc = (TABLE[(crc ^ (bytes[index] ?? 0)) & 0xff] ?? 0) ^ (crc >>> 8);
  }
  return ~crc >>> 0;
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}
