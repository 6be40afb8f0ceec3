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

/** Innermost first. */
export function sourceFrames(symbols: Symbols, sources: Sources, stack: readonly GuestFrame[]): readonly DebugFrame[] {
  return stack.flatMap((guest) => {
    const frames = symbols.frames(guest.functionIndex, guest.offset, false);
    const from = frames.length > 0 ? symbols : sources.disassembly;
    const found = frames.length > 0 ? frames : from.frames(guest.functionIndex, guest.offset, false);
    return found.map((frame) => toDebugFrame({ frame, guest, from, own: from === symbols }, sources));
  });
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
