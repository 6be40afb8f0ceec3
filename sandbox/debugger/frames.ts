/** Guest frames become source frames: inlined functions get frames of their own, and every frame has a name and a place. */
import type { GuestFrame } from '../guest/protocol.ts';
import type { Scope, SourceFrame, Symbols } from '../symbols/model.ts';
import type { DebugLocation, Sources } from './sources.ts';

export interface DebugFrame {
  readonly name: string;
  readonly location: DebugLocation | undefined;
  readonly inlined: boolean;
  /** True when the user has no source of his own for it. */
  readonly library: boolean;
  readonly scopes: readonly Scope[];
  /** The wasm frame it belongs to. */
  readonly guest: GuestFrame;
}

/** Places whose frames are kept. */
const MOST_PLACES = 4096;

/** The source frames of guest stacks. Each place is worked out once: a program that prints in a loop has one stack for all its lines. */
export class SourceFrames {
  readonly #symbols: Symbols;
  readonly #sources: Sources;
  /** By place in the module. Depths are those of the stack that came first. */
  readonly #known = new Map<string, readonly DebugFrame[]>();

  constructor(symbols: Symbols, sources: Sources) {
    this.#symbols = symbols;
    this.#sources = sources;
  }

  /** Innermost first. */
  of(stack: readonly GuestFrame[]): readonly DebugFrame[] {
    return stack.flatMap((guest) => this.#at(guest).map((frame) => ({ ...frame, guest })));
  }

  #at(guest: GuestFrame): readonly DebugFrame[] {
    const place = `${guest.functionIndex}:${guest.offset}`;
    const known = this.#known.get(place);
    if (known !== undefined) return known;
    if (this.#known.size >= MOST_PLACES) this.#known.clear();
    const frames = framesAt(guest, this.#symbols, this.#sources);
    this.#known.set(place, frames);
    return frames;
  }
}

function framesAt(guest: GuestFrame, symbols: Symbols, sources: Sources): readonly DebugFrame[] {
  const frames = symbols.frames(guest.functionIndex, guest.offset, false);
  const from = frames.length > 0 ? symbols : sources.disassembly;
  const found = frames.length > 0 ? frames : from.frames(guest.functionIndex, guest.offset, false);
  return found.map((frame) => toDebugFrame({ frame, guest, from, own: from === symbols }, sources));
}

interface Found {
  readonly frame: SourceFrame;
  readonly guest: GuestFrame;
  readonly from: Symbols;
  /** The frame comes from the program's own debug information. */
  readonly own: boolean;
}

function toDebugFrame({ frame, guest, from, own }: Found, sources: Sources): DebugFrame {
  const located = sources.locate(from, frame.location);
  const location = located ?? disassembled(guest, sources);
  const library = !own || located === undefined || located.source.library;
  return { name: frame.name, location, inlined: frame.inlined, library, scopes: frame.scopes, guest };
}

/** Where there is no source there is still code to look at. */
function disassembled(guest: GuestFrame, sources: Sources): DebugLocation | undefined {
  const { disassembly } = sources;
  const [frame] = disassembly.frames(guest.functionIndex, guest.offset, false);
  return sources.locate(disassembly, frame?.location);
}

/** The innermost place in the user's own sources: where an output line or a violation came from. */
export function userLocation(frames: readonly DebugFrame[]): DebugFrame | undefined {
  return frames.find((frame) => !frame.library);
}
