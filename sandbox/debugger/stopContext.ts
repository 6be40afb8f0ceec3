/**
 * What can be read at one stop: memory, globals and the locals of every live frame, fetched once and kept
 * until the guest runs again.
 */
import type { Guest, GuestFrame } from '../guest/protocol.ts';
import type { Instrumented, LocalSlot } from '../instrument/instrumented.ts';
import type { FrameState } from '../symbols/model.ts';
import { MemoryCache } from './memoryCache.ts';

/** What can be looked at: a guest that stands still. */
export type StandingGuest = Pick<Guest, 'readMemory' | 'memorySize' | 'readFrame' | 'readGlobals'>;

export class StopContext {
  readonly memory: MemoryCache;
  readonly #guest: StandingGuest;
  readonly #instrumented: Instrumented;
  readonly #globals: readonly (number | bigint | undefined)[];
  readonly #frames = new Map<number, Promise<Uint8Array>>();

  private constructor(
    guest: StandingGuest,
    instrumented: Instrumented,
    read: Pick<StopContext, 'memory'> & { globals: readonly (number | bigint | undefined)[] },
  ) {
    this.#guest = guest;
    this.#instrumented = instrumented;
    this.memory = read.memory;
    this.#globals = read.globals;
  }

  static async open(guest: StandingGuest, instrumented: Instrumented): Promise<StopContext> {
    const [size, globals] = await Promise.all([
      instrumented.memories > 0 ? guest.memorySize() : 0,
      guest.readGlobals(),
    ]);
    const memory = new MemoryCache(size, (address, length) => guest.readMemory(address, length));
    return new StopContext(guest, instrumented, { memory, globals });
  }

  /** The state of a frame, for `Variable.read`. */
  async frame(frame: GuestFrame): Promise<FrameState> {
    const slots = this.#instrumented.shadow.slots.get(frame.functionIndex) ?? [];
    const bytes = slots.length === 0 ? new Uint8Array() : await this.#slotsOf(frame.depth);
    return {
      functionIndex: frame.functionIndex,
      offset: frame.offset,
      memory: this.memory,
      local: (index) => readSlot(slots, bytes, index),
      global: (index) => this.#globals[index],
    };
  }

  #slotsOf(depth: number): Promise<Uint8Array> {
    const known = this.#frames.get(depth);
    if (known !== undefined) return known;
    const slots = this.#guest.readFrame(depth);
    this.#frames.set(depth, slots);
    return slots;
  }
}

function readSlot(
  slots: readonly LocalSlot[],
  bytes: Uint8Array,
  index: number,
): number | bigint | Uint8Array | undefined {
  const slot = slots.find(({ local }) => local === index);
  if (slot === undefined) return undefined;
  const at = 8 * slot.slot;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (slot.type) {
    case 'i32':
      return view.getInt32(at, true);
    case 'i64':
      return view.getBigInt64(at, true);
    case 'f32':
      return view.getFloat32(at, true);
    case 'f64':
      return view.getFloat64(at, true);
    case 'v128':
      return bytes.subarray(at, at + 16);
  }
}
