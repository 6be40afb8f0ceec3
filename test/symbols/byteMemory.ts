/** Guest memory for tests: an array of bytes with writers, and a variant that has not been fetched. */
import { type Memory, MissingMemory, OutOfBounds } from '../../sandbox/symbols/model.ts';

export class ByteMemory implements Memory {
  readonly bytes: Uint8Array;
  readonly view: DataView;

  constructor(bytes: number | Uint8Array = 65536) {
    this.bytes = typeof bytes === 'number' ? new Uint8Array(bytes) : bytes;
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength);
  }

  get size(): number {
    return this.bytes.length;
  }

  read(address: number, length: number): Uint8Array {
    if (address < 0 || address + length > this.size) throw new OutOfBounds(address, length);
    return this.bytes.slice(address, address + length);
  }

  i32(address: number, ...values: number[]): this {
    for (const [index, value] of values.entries()) this.view.setInt32(address + index * 4, value, true);
    return this;
  }

  text(address: number, text: string): this {
    this.bytes.set(new TextEncoder().encode(`${text}\0`), address);
    return this;
  }
}

/** Nothing of it has been fetched yet. */
export const unfetched: Memory = {
  size: 65536,
  read(address, length) {
    throw new MissingMemory(address, length);
  },
};
