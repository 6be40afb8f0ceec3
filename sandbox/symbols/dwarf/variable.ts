/** A variable as the debugger sees it: its type, and where its value is in a given frame. */
import type { CodeOffset } from '../../wasm/offsets.ts';
import {
  type FrameState,
  MissingMemory,
  OutOfBounds,
  type Place,
  type Type,
  type Value,
  type Variable,
} from '../model.ts';
import { Attribute, Tag } from './constants.ts';
import { DwarfError } from './cursor.ts';
import type { Entry } from './entry.ts';
import { evaluate, type Location, type Machine, type Piece } from './expression.ts';
import type { AttributeValue } from './forms.ts';
import { locationsOf } from './locationList.ts';
import type { ModuleCode } from './moduleCode.ts';
import { addressOf, bytesOf, constant, fromBytes } from './operand.ts';
import type { TypeBuilder } from './typeBuilder.ts';
import { dimensionCount, dimensionsOf } from './typeNames.ts';
import { NOT_TRACKED, OPTIMIZED_OUT, Unavailable } from './unavailable.ts';

/** What all variables of a module share. */
export interface Program {
  readonly types: TypeBuilder;
  readonly code: ModuleCode;
  /** Where a function's first statement is: before it, its frame base is not set yet. */
  firstStatement(functionIndex: number): CodeOffset;
}

/** No array has more elements than memory has bytes. */
const LONGEST_ARRAY = 2 ** 32;
const LARGEST_INTEGER = 8;

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
    const type = this.#typeIn(frame);
    return { type, place: this.#attempt(() => this.#place(type, frame)) };
  }

  /** The type, with the lengths that an array of variable length has in this frame. */
  #typeIn(frame: FrameState): Type {
    const { types } = this.#program;
    return types.information.attempt(() => this.#arrayTypeIn(frame), undefined) ?? this.type;
  }

  #arrayTypeIn(frame: FrameState): Type | undefined {
    const entry = this.#entry.type;
    const counts = entry?.tag === Tag.arrayType ? this.#runTimeCounts(entry, frame) : undefined;
    return entry === undefined || counts === undefined ? undefined : this.#program.types.arrayType(entry, counts);
  }

  /** undefined when every dimension is fixed. */
  #runTimeCounts(array: Entry, frame: FrameState): readonly (number | undefined)[] | undefined {
    const dimensions = dimensionsOf(array);
    const lengths = dimensions.map((dimension) => dimension.reference(Attribute.count));
    if (lengths.every((length) => length === undefined)) return undefined;
    return dimensions.map((dimension, index) => {
      const length = lengths[index];
      return length === undefined ? dimensionCount(dimension) : this.#integerOf(length, frame);
    });
  }

  /** Value of a variable that the compiler made for a length. */
  #integerOf(entry: Entry, frame: FrameState): number | undefined {
    const length = new DwarfVariable(this.#program, entry, { name: entry.name, owner: this.#owner });
    const { type } = length;
    if (type.size > LARGEST_INTEGER) return undefined;
    const place = length.#attempt(() => length.#place(type, frame));
    if (place.kind === 'unavailable') return undefined;
    const bytes = place.kind === 'bytes' ? place.bytes : readIfInside(frame, place.address, type.size);
    const count = bytes === undefined ? Number.POSITIVE_INFINITY : Number(fromBytes(bytes));
    return count <= LONGEST_ARRAY ? count : undefined;
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
    const frameBase = (): number => this.#frameBase(frame);
    return this.#evaluate(holder, attribute, { frame, frameBase });
  }

  #evaluate(holder: Entry, attribute: number, { frame, frameBase }: Pick<Machine, 'frame' | 'frameBase'>): Location {
    const located = locationsOf(holder, attribute)?.find(({ low, high }) => low <= frame.offset && frame.offset < high);
    if (located === undefined || located.expression.length === 0) throw new Unavailable(OPTIMIZED_OUT);
    const { code } = this.#program;
    return evaluate(located.expression, {
      frame,
      frameBase,
      unit: holder.unit,
      localType: (local) => code.localType(frame.functionIndex, local),
    });
  }

  #frameBase(frame: FrameState): number {
    if (this.#owner === undefined) throw new Unavailable(NOT_TRACKED);
    if (frame.offset < this.#program.firstStatement(frame.functionIndex)) throw new Unavailable('not set up yet');
    const frameBase = (): never => {
      throw new Unavailable('its frame base is made of itself');
    };
    const location = this.#evaluate(this.#owner, Attribute.frameBase, { frame, frameBase });
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

function readIfInside({ memory }: FrameState, address: number, size: number): Uint8Array | undefined {
  try {
    return memory.read(address, size);
  } catch (error) {
    if (error instanceof OutOfBounds) return undefined;
    throw error;
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
