/**
 * The guest's memory as synchronous code sees it while the guest is stopped: pages fetched once, kept until
 * it runs again. Symbols read synchronously and throw `MissingMemory`; `answer` fetches what was missing and asks again.
 */
import { type Memory, MissingMemory, OutOfBounds } from '../symbols/model.ts';

const PAGE = 4096;
/** A question that needs more fetches than this is not a question about a screenful of values. */
const MAX_FETCHES = 4096;

export type FetchMemory = (address: number, length: number) => Promise<Uint8Array>;

export class MemoryCache implements Memory {
  readonly size: number;
  readonly #fetch: FetchMemory;
  readonly #pages = new Map<number, Uint8Array>();

  constructor(size: number, fetch: FetchMemory) {
    this.size = size;
    this.#fetch = fetch;
  }

  read(address: number, length: number): Uint8Array {
    if (!(address >= 0 && length >= 0 && address + length <= this.size)) throw new OutOfBounds(address, length);
    const first = Math.floor(address / PAGE);
    const within = address - first * PAGE;
    const only = this.#pages.get(first);
    if (only !== undefined && within + length <= only.length) return only.subarray(within, within + length);
    return this.#join(address, length, first);
  }

  /** Runs `question` until it has all the memory it asks for. It must be free of side effects: it runs several times. */
  async answer<T>(question: () => T): Promise<T> {
    for (let fetches = 0; ; fetches++) {
      try {
        return question();
      } catch (error) {
        if (!(error instanceof MissingMemory) || fetches === MAX_FETCHES) throw error;
        await this.#load(error.address, error.length);
      }
    }
  }

  #join(address: number, length: number, first: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let page = first; page * PAGE < address + length; page++) {
      const content = this.#pages.get(page);
      if (content === undefined) throw new MissingMemory(address, length);
      const start = Math.max(address, page * PAGE);
      const end = Math.min(address + length, page * PAGE + content.length);
      bytes.set(content.subarray(start - page * PAGE, end - page * PAGE), start - address);
    }
    return bytes;
  }

  async #load(address: number, length: number): Promise<void> {
    const first = Math.floor(address / PAGE);
    const last = Math.floor((address + Math.max(length, 1) - 1) / PAGE);
    const start = first * PAGE;
    const bytes = await this.#fetch(start, Math.min((last + 1) * PAGE, this.size) - start);
    for (let page = first; page <= last; page++) {
      const offset = (page - first) * PAGE;
      this.#pages.set(page, bytes.subarray(offset, Math.min(offset + PAGE, bytes.length)));
    }
  }
}
