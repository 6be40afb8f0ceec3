/** A module taken apart into sections, and put together again with lengths that are right. */
import { ByteWriter } from '../../sandbox/wasm/byteWriter.ts';
import { readModule } from '../../sandbox/wasm/module.ts';

export interface Part {
  readonly id: number;
  /** Of custom sections. */
  readonly name?: string;
  /** Without the name. */
  readonly contents: Uint8Array;
}

export const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

/** Of a module that can be read. */
export function partsOf(bytes: Uint8Array): Part[] {
  return readModule(bytes).sections.map(({ id, name, start, end }) => {
    const contents = bytes.slice(start, end);
    return name === undefined ? { id, contents } : { id, name, contents };
  });
}

export function moduleOf(parts: readonly Part[]): Uint8Array {
  const out = new ByteWriter().raw(HEADER);
  for (const { id, name, contents } of parts) {
    const label = name === undefined ? new Uint8Array(0) : new ByteWriter().name(name).written();
    out
      .u8(id)
      .unsigned(label.length + contents.length)
      .raw(label)
      .raw(contents);
  }
  return out.written().slice();
}

/** Contents of a section that is a count and its items. */
export function vector(items: readonly ArrayLike<number>[]): Uint8Array {
  const out = new ByteWriter().unsigned(items.length);
  for (const item of items) out.raw(item);
  return out.written();
}

/** A function's body with its size in front. */
export function sized(body: ArrayLike<number>): Uint8Array {
  return new ByteWriter().unsigned(body.length).raw(body).written();
}

export function concatenated(...pieces: readonly ArrayLike<number>[]): Uint8Array {
  const out = new ByteWriter();
  for (const piece of pieces) out.raw(piece);
  return out.written().slice();
}
