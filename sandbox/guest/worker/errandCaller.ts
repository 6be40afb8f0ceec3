/** The guest's end of errands: asks for one and waits inside the host call until it is done. */
import { Errno, errnoName, fail } from '../../wasi/errno.ts';
import type { FromWorker } from '../messages.ts';
import type { Errand } from '../process/errand.ts';
import type { Block } from './standardInput.ts';

/** Returns when it is done; throws WasiError. */
export type Errands = (errand: Errand) => void;

const PENDING = -1;

export function errandCaller(post: (message: FromWorker) => void, block: Block): Errands {
  return (errand) => {
    const reply = new Int32Array(new SharedArrayBuffer(4));
    Atomics.store(reply, 0, PENDING);
    post({ kind: 'errand', errand, reply: reply.buffer });
    block(() => Atomics.load(reply, 0) !== PENDING);
    const errno = Atomics.load(reply, 0);
    if (errno !== Errno.SUCCESS) fail(errnoName(errno));
  };
}

/** What the controller keeps: replies are due in the order of the errands. */
export class PendingErrands {
  readonly #replies: Int32Array[] = [];

  add(reply: SharedArrayBuffer): void {
    this.#replies.push(new Int32Array(reply));
  }

  done(errno: number): void {
    const reply = this.#replies.shift();
    if (reply !== undefined) Atomics.store(reply, 0, errno);
  }
}
