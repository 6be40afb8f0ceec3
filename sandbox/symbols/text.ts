/** Text of characters and strings that lie in guest memory: decoding, escapes and caps. */
import type { Memory } from './model.ts';
import { readMemory } from './values.ts';

/** Characters of a string that are shown before it is cut. */
export const longestText = 200;

const named: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\0': '\\0',
  '\\': '\\\\',
};

/** A string between quotes, with C escapes; `…` after the quote when it was cut. */
export function quoted(text: string, cut = false): string {
  let out = '';
  for (const character of text) out += character === '"' ? '\\"' : escaped(character);
  return `"${out}"${cut ? '…' : ''}`;
}

/** A single character as C writes it, by code point. */
export function quotedCharacter(codePoint: number): string {
  if (codePoint < 0 || codePoint > 0x10ffff) return "'?'";
  const character = String.fromCodePoint(codePoint);
  return `'${character === "'" ? "\\'" : escaped(character)}'`;
}

/** A `char`, whose upper half is no character by itself. */
export function quotedByte(byte: number): string {
  return byte < 0x80 ? quotedCharacter(byte) : `'${hexEscape(byte)}'`;
}

/** A C string of unknown length at an address. */
export function cString(memory: Memory, address: number): string {
  const bytes = readUntilZero(memory, address, longestText + 1);
  return quotedBytes(bytes.subarray(0, longestText), bytes.length > longestText);
}

/** The bytes of a C string up to its end, or up to `limit` when there is none before. */
export function readUntilZero(memory: Memory, address: number, limit: number): Uint8Array {
  const available = Math.min(limit, memory.size - address);
  // Out of bounds already at the first byte: let the reader say so.
  if (available <= 0) return readMemory(memory, address, 1);
  const bytes = readMemory(memory, address, available);
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}

/** UTF-8 where it is, bytes as `\x80` where it is not. */
export function quotedBytes(bytes: Uint8Array, cut = false): string {
  const whole = cut ? bytes.subarray(0, lastWholeCharacter(bytes)) : bytes;
  try {
    return quoted(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(whole), cut);
  } catch {
    let out = '';
    for (const byte of whole) {
      out += byte === 0x22 ? '\\"' : byte < 0x80 ? escaped(String.fromCharCode(byte)) : hexEscape(byte);
    }
    return `"${out}"${cut ? '…' : ''}`;
  }
}

/** Code units of 2 or 4 bytes, little-endian. */
export function wideText(bytes: Uint8Array, unit: 2 | 4): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let out = '';
  for (let offset = 0; offset + unit <= bytes.length; offset += unit) {
    if (unit === 2) out += String.fromCharCode(view.getUint16(offset, true));
    else out += codePointText(view.getUint32(offset, true));
  }
  return out;
}

function codePointText(codePoint: number): string {
  return codePoint <= 0x10ffff ? String.fromCodePoint(codePoint) : '\ufffd';
}

function escaped(character: string): string {
  const name = named[character];
  if (name) return name;
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return hexEscape(code);
  // Half of a surrogate pair is no character of its own.
  if (code >= 0xd800 && code < 0xe000) return `\\u${code.toString(16)}`;
  return character;
}

function hexEscape(code: number): string {
  return `\\x${code.toString(16).padStart(2, '0')}`;
}

/** A cap may fall inside a UTF-8 sequence: where the last complete one ends. */
function lastWholeCharacter(bytes: Uint8Array): number {
  let start = bytes.length - 1;
  while (start >= 0 && bytes.length - start < 4 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start--;
  const lead = bytes[start] ?? 0;
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  return start + length > bytes.length ? Math.max(start, 0) : bytes.length;
}
