/** A module's custom sections and function bodies, read here so that these tests stand on nothing but the DWARF reader. */
import type { DwarfInput } from '../../../sandbox/symbols/dwarf/dwarf.ts';

export function readModuleSections(bytes: Uint8Array): DwarfInput {
  const custom = new Map<string, Uint8Array>();
  const functions: { index: number; start: number; bodyStart: number; end: number }[] = [];
  let imported = 0;
  let at = 8;
  const uleb = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  const text = (): string => {
    const length = uleb();
    at += length;
    return new TextDecoder().decode(bytes.subarray(at - length, at));
  };
  while (at < bytes.length) {
    const id = bytes[at++];
    const size = uleb();
    const end = at + size;
    if (id === 0) custom.set(text(), bytes.subarray(at, end));
    // Only functions are imported by what clang links for WASI.
    if (id === 2)
      for (let left = uleb(); left > 0; left--) {
        text();
        text();
        if (bytes[at++] !== 0) throw new Error('an import that is no function');
        uleb();
        imported++;
      }
    if (id === 10) {
      const base = at;
      const count = uleb();
      for (let index = imported; index < imported + count; index++) {
        const length = uleb();
        const start = at - base;
        for (let groups = uleb(); groups > 0; groups--) {
          uleb();
          at++;
        }
        functions.push({ index, start, bodyStart: at - base, end: start + length });
        at = base + start + length;
      }
    }
    at = end;
  }
  return {
    bytes,
    functions,
    customSection: (name) => custom.get(name),
    functionName: (index) => `wasm-function[${index}]`,
  };
}
