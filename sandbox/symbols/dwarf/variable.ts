/** A variable as the debugger sees it: its type, and where its value is in a given frame. */
import {
  type FrameState,
  MissingMemory,
  OutOfBounds,
  type Place,
  type Type,
  type Value,
  type Variable,
} from '../model.ts';
import { Attribute } from './constants.ts';
import { DwarfError } from './cursor.ts';
import type { Entry } from './entry.ts';
import { evaluate, type Location, type Machine, type Piece } from './expression.ts';
import type { AttributeValue } from './forms.ts';
import type { LocalTypes } from './localTypes.ts';
import { locationsOf } from './locationList.ts';
import { addressOf, bytesOf, constant } from './operand.ts';
import type { TypeBuilder } from './typeBuilder.ts';
import { NOT_TRACKED, OPTIMIZED_OUT, Unavailable } from './unavailable.ts';

/** What all variables of a module share. */
export interface Program {
  readonly types: TypeBuilder;
  readonly localTypes: LocalTypes;
}

export class DwarfVariable implements Variable {
  readonly name: string;
  readonly #program: Program;
  readonly #entry: Entry;
  /** The function whose frame base counts, with its own code; undefined for globals. */
  readonly #owner: Entry | undefined;

  constructor(program: Program, entry: Entry, { name, owner }: { name: string; owner: Entry | undefined }) {
    this.name = name;
    this.#program = program;
    this.#entry = entry;
    this.#owner = owner;
  }

  get type(): Type {
    return this.#program.types.typeOfHolder(this.#entry);
  }

  read(frame: FrameState): Value {
    const { type } = this;
    return { type, place: this.#attempt(() => this.#place(type, frame)) };
  }

  #attempt(place: () => Place): Place {
    try {
      return place();
    } catch (error) {
      if (error instanceof MissingMemory) throw error;
      if (error instanceof Unavailable) return { kind: 'unavailable', reason: error.reason };
      if (error instanceof OutOfBounds) return { kind: 'unavailable', reason: 'outside the memory' };
      if (!(error instanceof DwarfError)) throw error;
      this.#program.types.information.report(error);
      return { kind: 'unavailable', reason: 'broken debug information' };
    }
  }

  #place(type: Type, frame: FrameState): Place {
    const holder = this.#entry.holderOf(Attribute.location);
    if (holder === undefined) return this.#constantPlace(type);
    const location = this.#locate(holder, Attribute.location, frame);
    return placeOf(location, type, frame);
  }

  #locate(holder: Entry, attribute: number, frame: FrameState): Location {
    const located = locationsOf(holder, attribute)?.find(({ low, high }) => low <= frame.offset && frame.offset < high);
    if (located === undefined || located.expression.length === 0) throw new Unavailable(OPTIMIZED_OUT);
    return evaluate(located.expression, this.#machine(holder, frame));
  }

  #machine(holder: Entry, frame: FrameState): Machine {
    const { localTypes } = this.#program;
    return {
      frame,
      unit: holder.unit,
      frameBase: () => this.#frameBase(frame),
      localType: (local) => localTypes.of(frame.functionIndex, local),
    };
  }

  #frameBase(frame: FrameState): number {
    if (this.#owner === undefined) throw new Unavailable(NOT_TRACKED);
    const location = this.#locate(this.#owner, Attribute.frameBase, frame);
    if (location.kind === 'memory') return location.address;
    if (location.kind === 'value') return addressOf(location.operand);
    throw new Unavailable(NOT_TRACKED);
  }

  #constantPlace(type: Type): Place {
    const value = this.#entry.holderOf(Attribute.constValue)?.get(Attribute.constValue);
    const bytes = value === undefined ? undefined : constantBytes(value, type);
    return bytes === undefined ? { kind: 'unavailable', reason: OPTIMIZED_OUT } : { kind: 'bytes', bytes };
  }
}

function constantBytes(value: AttributeValue, type: Type): Uint8Array | undefined {
  switch (value.kind) {
    case 'constant':
      return bytesOf(constant(value.value), type.size, true);
    case 'block':
      return value.bytes.length < type.size ? undefined : value.bytes.slice(0, type.size);
    default:
      return undefined;
  }
}

function placeOf(location: Location, type: Type, frame: FrameState): Place {
  switch (location.kind) {
    case 'memory':
      return { kind: 'memory', address: location.address };
    case 'pieces':
      return { kind: 'bytes', bytes: joined(location.pieces, type, frame) };
    default:
      return { kind: 'bytes', bytes: bytesOfPart(location, type, frame) };
  }
}

function joined(pieces: readonly Piece[], type: Type, frame: FrameState): Uint8Array {
  const bytes = new Uint8Array(type.size);
  let filled = 0;
  for (const { size, location } of pieces) {
    if (filled + size > type.size) throw new Unavailable('its pieces do not fit its type');
    bytes.set(pieceBytes(location, size, frame), filled);
    filled += size;
  }
  if (filled < type.size) throw new Unavailable(OPTIMIZED_OUT);
  return bytes;
}

function pieceBytes(location: Piece['location'], size: number, frame: FrameState): Uint8Array {
  if (location.kind === 'memory') return frame.memory.read(location.address, size);
  if (location.kind === 'value') return bytesOf(location.operand, size, false);
  if (location.bytes.length < size) throw new Unavailable(OPTIMIZED_OUT);
  return location.bytes.subarray(0, size);
}

function bytesOfPart(location: Exclude<Location, { kind: 'pieces' }>, type: Type, frame: FrameState): Uint8Array {
  if (location.kind !== 'value') return pieceBytes(location, type.size, frame);
  const { operand } = location;
  const isScalar = ['base', 'pointer', 'enum'].includes(resolved(type).kind);
  // A struct wider than the number that is said to hold it: only a part of it is left.
  if (!isScalar && operand.bits > 0 && operand.bits < type.size * 8) throw new Unavailable(OPTIMIZED_OUT);
  return bytesOf(operand, type.size, isSigned(type));
}

function resolved(type: Type): Type {
  let target = type;
  while (target.kind === 'alias') target = target.target;
  return target;
}

function isSigned(type: Type): boolean {
  const target = resolved(type);
  if (target.kind === 'enum') return target.signed;
  return (
    target.kind === 'base' && (target.encoding === 'signed' || target.name === 'char' || target.name === 'signed char')
  );
}
