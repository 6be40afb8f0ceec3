/**
 * Replaces what must not stand in a recording by as many `x`: the same length, so that everything around it stays as it
 * was. What the guest itself sees is not touched; so a replay sees something else than the run did, and may depart.
 */
import type { Redaction } from './format.ts';

/** Calls that hand on what somebody else has written. */
const READS = ['fd_read', 'fd_pread', 'sock_recv', 'sandbox_http.read'];
const FILLER = 0x78; // x
const EQUALS_SIGN = 0x3d;

interface Span {
  readonly address: number;
  readonly length: number;
}

export class Redactor {
  readonly #env: boolean;
  readonly #files: boolean;
  #call: 'env' | 'read' | undefined;
  /** Contents that the running call has written; the rest of its writes are numbers. */
  #contents: Span[] = [];

  private constructor(what: readonly Redaction[]) {
    this.#env = what.includes('env');
    this.#files = what.includes('files');
  }

  /** Undefined: nothing of what calls write is to be replaced. */
  static for(what: readonly Redaction[]): Redactor | undefined {
    return what.includes('env') || what.includes('files') ? new Redactor(what) : undefined;
  }

  before(name: string): void {
    this.#contents = [];
    this.#call = undefined;
    if (this.#env && name === 'environ_get') this.#call = 'env';
    else if (this.#files && READS.includes(name)) this.#call = 'read';
  }

  wrote(address: number, length: number, content: boolean): void {
    if (content && this.#call !== undefined) this.#contents.push({ address, length });
  }

  /** Whether the running call has written something that is to be replaced. */
  get concerned(): boolean {
    return this.#contents.length > 0;
  }

  /** A copy of this part of memory, as it may be written down. */
  copy(memory: Uint8Array, start: number, length: number): Uint8Array {
    const copy = memory.slice(start, start + length);
    for (const content of this.#contents) {
      const { address: from, end } = this.#secret(memory, content);
      if (end > start && from < start + length)
        copy.fill(FILLER, Math.max(0, from - start), Math.min(length, end - start));
    }
    return copy;
  }

  /** Of `NAME=value` and the zero behind it, the value. */
  #secret(memory: Uint8Array, { address, length }: Span): { readonly address: number; readonly end: number } {
    const end = address + length;
    if (this.#call !== 'env') return { address, end };
    const name = memory.subarray(address, end).indexOf(EQUALS_SIGN);
    return { address: address + name + 1, end: end - 1 };
  }
}
